"""What a session's coil is aimed at: the field engine of a head, made ready for one target."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.core.progress import SILENT, Progress
from euthymia.core.store import Store
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.field.realtime.engine import RealTimeHead
from euthymia.model.field.realtime.head import real_time_head
from euthymia.model.head.head import Head
from euthymia.plan.target.named import place_named
from euthymia.plan.target.regions import point_region
from euthymia.treat.navigation.target_field import DeliveredField, RealTimeTarget, didt_of
from euthymia.treat.session.documents import TargetField


@dataclass(frozen=True, eq=False)
class Aim:
    """What the engine asks for the field of a pose, and what the planned pose brings."""

    source: DeliveredField
    planned: TargetField


def aim_at(
    head: Head,
    coil: AnyCoil,
    target: str,
    pose: Pose,
    *,
    store: Store | None = None,
    progress: Progress = SILENT,
) -> Aim:
    """Prepare the head (minutes, unless the store knows it), and look at the planned pose.

    target: an id of the catalogue, or "X,Y,Z" in millimetres of the head.
    """
    point = place_named(target, head)
    if pose.frame.id != head.frame.id:
        raise InputError(
            "planned pose",
            f"it is in frame {pose.frame.id!r}, and the head in {head.frame.id!r}",
            "Give the head on which the pose was planned",
        )
    engine = real_time_head(head, store=store, progress=progress)
    return aimed(engine, coil, point, pose, head.id)


def aimed(engine: RealTimeHead, coil: AnyCoil, point_mm: FloatArray, pose: Pose, head: str) -> Aim:
    """The aim of a prepared head: the first answer is given here, so that no train waits for it."""
    target = RealTimeTarget(point_region(engine, point_mm), coil)
    return Aim(DeliveredField(target, didt_of(coil)), target.planned(pose, head))
