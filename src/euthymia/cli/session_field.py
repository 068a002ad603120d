"""The field at the target during a session: head, coil and target of the command line prepared."""

from __future__ import annotations

from euthymia.chart.chart import Chart
from euthymia.cli.bars import watching
from euthymia.cli.output import remark
from euthymia.cli.session_run import FieldWish
from euthymia.core.errors import InputError
from euthymia.core.poses import Pose
from euthymia.core.store import Store
from euthymia.model.coil.files import coil_named
from euthymia.model.head.named import head_named
from euthymia.treat.navigation.aim import Aim, aim_at
from euthymia.treat.navigation.target_field import didt_of


def aim_wished(wish: FieldWish, chart: Chart, pose: Pose | None) -> Aim:
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
        aim = aim_at(head, coil, target, pose, store=Store.default(), progress=progress)
    remark(
        f"field at {target}: {aim.planned.full_v_per_m / 100:.2f} V/m for each % MSO at the "
        f"planned pose, told within {aim.planned.error_pct:.1f} % of a direct solve on this head"
    )
    return aim


def _from_plan(chart: Chart, given: str | None, what: str) -> str:
    if given is not None:
        return given
    if chart.plan_request is None:
        raise InputError("this chart", "it holds no request for a plan", f"Give --{what}")
    return str(getattr(chart.plan_request.fact, what))
