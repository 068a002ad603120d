"""The worked patient: a plan whose field, pose and output are what the system really works out.

The field takes minutes to solve, so it was solved once, on the default head in this patient's
size, by `tools/derive_worked_patient.py`; `data/worked.json` holds what came out and what it was
made with. From there the dose is worked out anew each time by the same code as any plan's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from euthymia.chart.patient_facts import HeadMeasured, MotorThresholdMeasured, ThresholdMethod
from euthymia.chart.prescription_facts import FieldAtTarget, PlacementChosen
from euthymia.clinic.example.assumptions import WorkedPatient, assumptions
from euthymia.core.poses import Pose
from euthymia.core.quantities import Estimate
from euthymia.model.coil.catalogue import coil
from euthymia.plan.dose.calculate import dose
from euthymia.plan.dose.values import Dose, DoseInputs, Observation
from euthymia.plan.protocol.catalogue import entry

FILE = "worked.json"


@dataclass(frozen=True, slots=True)
class Placed:
    """What the slow part of the plan came to: the coil's pose, and fields per 1 A/us."""

    head: str
    pose: Pose
    field_target: Estimate
    field_motor: Estimate
    depth_target_mm: float
    depth_motor_mm: float
    software: str


@cache
def placed() -> Placed:
    """The stored result of the field's solution."""
    text = (files("euthymia.clinic.example") / "data" / FILE).read_text(encoding="utf-8")
    known = json.loads(text)
    return Placed(
        head=known["head"],
        pose=Pose.from_json(known["pose"]),
        field_target=Estimate(**known["field_target"]),
        field_motor=Estimate(**known["field_motor"]),
        depth_target_mm=known["depth_target_mm"],
        depth_motor_mm=known["depth_motor_mm"],
        software=known["software"],
    )


def asked() -> WorkedPatient:
    """What was measured of this patient, and asked for."""
    return assumptions().worked


def head_measured(day: date) -> HeadMeasured:
    """The head by tape."""
    known = asked()
    return HeadMeasured(
        measured_on=day,
        nasion_inion_mm=known.nasion_inion_mm,
        tragus_tragus_mm=known.tragus_tragus_mm,
        circumference_mm=known.circumference_mm,
    )


def threshold_measured(day: date) -> MotorThresholdMeasured:
    """The motor threshold, seen on electromyography."""
    known = asked()
    return MotorThresholdMeasured(
        measured_on=day,
        intensity_pct_mso=known.threshold_pct_mso,
        low_pct_mso=known.threshold_low_pct_mso,
        high_pct_mso=known.threshold_high_pct_mso,
        state="resting",
        method=ThresholdMethod.ML_PEST,
        observation=Observation.EMG,
        muscle="right APB",
        stimulator=known.stimulator,
        coil=known.coil,
        pulses=known.threshold_pulses,
    )


@cache
def worked_dose() -> Dose:
    """The dose, by the same code as any plan's."""
    known, found = asked(), placed()
    inputs = DoseInputs(
        motor_threshold_pct_mso=Estimate(
            known.threshold_pct_mso,
            "%MSO",
            known.threshold_low_pct_mso,
            known.threshold_high_pct_mso,
            how="as recorded with the threshold",
        ),
        observation=Observation.EMG,
        max_didt_a_per_us=coil(known.coil).max_didt_a_per_us,
        field_target_per_didt=found.field_target,
        field_m1_per_didt=found.field_motor,
        depth_target_mm=found.depth_target_mm,
        depth_m1_mm=found.depth_motor_mm,
    )
    return dose(inputs, entry(known.protocol).build().blocks[0].intensity)


def placement_chosen(day: date) -> PlacementChosen:
    """The plan's own placement of the coil, with the field at its setting."""
    known, found, line = asked(), placed(), worked_dose().prescribed
    assert line is not None and line.field_target is not None and line.setting_pct_mso is not None
    field = line.field_target
    return PlacementChosen(
        chosen_on=day,
        target=known.target,
        coil=known.coil,
        how="bench",
        head=found.head,
        pose=found.pose,
        field=FieldAtTarget(
            v_per_m=field.value,
            low_v_per_m=field.low,
            high_v_per_m=field.high,
            output_pct_mso=line.setting_pct_mso,
            stimulator=known.stimulator,
            how=field.how,
        ),
        note="The plan's own placement, on the default head in this synthetic patient's size.",
    )


def to_json(
    head: str,
    pose: Pose,
    field_target: Estimate,
    field_motor: Estimate,
    depths_mm: tuple[float, float],
    software: str,
) -> str:
    """The file of a result, as `placed` reads it."""
    return json.dumps(
        {
            "about": "The field of one synthetic patient's plan; made by "
            "tools/derive_worked_patient.py from example.toml [worked]",
            "head": head,
            "pose": pose.to_json(),
            "field_target": _estimate(field_target),
            "field_motor": _estimate(field_motor),
            "depth_target_mm": depths_mm[0],
            "depth_motor_mm": depths_mm[1],
            "software": software,
        },
        indent=1,
    )


def _estimate(value: Estimate) -> dict[str, Any]:
    return {
        "value": value.value,
        "unit": value.unit,
        "low": value.low,
        "high": value.high,
        "coverage": value.coverage,
        "how": value.how,
    }
