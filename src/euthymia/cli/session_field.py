"""The field at the target during a session: head, coil and target of the command line prepared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.chart.chart import Chart
from euthymia.cli.bars import watching
from euthymia.cli.heads import head_named
from euthymia.cli.output import remark
from euthymia.cli.session_run import FieldWish
from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.core.store import Store
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.files import coil_named
from euthymia.model.field.realtime.engine import RealTimeHead
from euthymia.model.field.realtime.head import real_time_head
from euthymia.model.head.head import Head
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.regions import point_region
from euthymia.treat.navigation.target_field import DeliveredField, RealTimeTarget, didt_of
from euthymia.treat.session.documents import TargetField


@dataclass(frozen=True, eq=False)
class Aim:
    """What the engine asks for the field of a pose, and what the planned pose brings."""

    source: DeliveredField
    planned: TargetField


def aim_at(wish: FieldWish, chart: Chart, pose: Pose | None) -> Aim:
    """Prepare the head, or read it from the store, and look at the planned pose."""
    if pose is None:
        raise InputError(
            "--field", "it needs to know where the coil is", "Give --poses SOURCE and --pose FILE"
        )
    coil = coil_named(_from_plan(chart, wish.coil, "coil"))
    target = _from_plan(chart, wish.target, "target")
    didt_of(coil)  # before the minutes that a head takes
    with watching() as progress:
        head = head_named(wish.head, progress)
        point = _place(target, head)
        if pose.frame.id != head.frame.id:
            raise InputError(
                "planned pose",
                f"it is in frame {pose.frame.id!r}, and the head in {head.frame.id!r}",
                "Give --head the head on which the pose was planned",
            )
        engine = real_time_head(head, store=Store.default(), progress=progress)
    aim = aimed(engine, coil, point, pose, head.id)
    remark(
        f"field at {target}: {aim.planned.full_v_per_m / 100:.2f} V/m for each % MSO at the "
        f"planned pose, told within {aim.planned.error_pct:.1f} % of a direct solve on this head"
    )
    return aim


def aimed(engine: RealTimeHead, coil: AnyCoil, point_mm: FloatArray, pose: Pose, head: str) -> Aim:
    """The aim of a prepared head: the first answer is given here, so that no train waits for it."""
    target = RealTimeTarget(point_region(engine, point_mm), coil)
    return Aim(DeliveredField(target, didt_of(coil)), target.planned(pose, head))


def _from_plan(chart: Chart, given: str | None, what: str) -> str:
    if given is not None:
        return given
    if chart.plan_request is None:
        raise InputError("this chart", "it holds no request for a plan", f"Give --{what}")
    return str(getattr(chart.plan_request.fact, what))


def _place(target: str, head: Head) -> FloatArray:
    """The target's place in the head, from the catalogue or as millimetres."""
    parts = target.split(",")
    if len(parts) == 1:
        point, _ = head.snap_to_grey(head.from_mni(targets().coordinate(target).mni_mm))
        return np.asarray(point)
    try:
        place = np.array([float(part) for part in parts])
    except ValueError:
        place = np.empty(0)
    if place.shape != (3,) or not np.isfinite(place).all():
        raise InputError(
            f"--target {target!r}", "it is no place", "Give X,Y,Z in RAS millimetres of the head"
        )
    return place
