"""From a question on the bench to the entry that says where the coil is to be."""

from __future__ import annotations

from datetime import date

from euthymia.chart.prescription_facts import FieldAtTarget, PlacementChosen
from euthymia.clinic.bench.answer import Answer
from euthymia.clinic.bench.detail import Detail
from euthymia.clinic.bench.opened import OpenBench
from euthymia.core.poses import Pose


def chosen_placement(
    answer: Answer, detail: Detail, bench: OpenBench, on: date, note: str = ""
) -> PlacementChosen:
    """The placement of an answer, with the field at the target where the output is known."""
    setting, target = answer.setting, answer.target
    x, y, z = target.point_mm.tolist()
    return PlacementChosen(
        chosen_on=on,
        target=target.id or f"{x:.1f},{y:.1f},{z:.1f}",
        coil=setting.coil.id,
        how="bench",
        head=bench.head.id,
        pose=answer.placed.pose,
        field=None
        if setting.output_pct is None
        else FieldAtTarget(
            v_per_m=detail.field.value,
            low_v_per_m=detail.field.low,
            high_v_per_m=detail.field.high,
            output_pct_mso=setting.output_pct,
            stimulator=setting.coil.stimulator,
            how=f"{detail.field.how}; told error of the engine {answer.relative_error:.1%}",
        ),
        note=note.strip(),
    )


def chosen_pose(fact: PlacementChosen | None, head_id: str) -> Pose | None:
    """The pose of a chosen placement where it holds in the head with that identity."""
    if fact is None or fact.pose is None or fact.head != head_id:
        return None
    return fact.pose
