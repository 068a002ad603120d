"""A treatment plan as a plain dictionary with stable keys: plan.json."""

from __future__ import annotations

import numpy as np

from euthymia.cli.assessment_data import assessment_data, chart_state
from euthymia.cli.cases import CaseOn
from euthymia.cli.plain import (
    Data,
    citation_data,
    estimate_data,
    finding_data,
)
from euthymia.cli.protocol_data import course_data, entry_data, timing_data
from euthymia.core.findings import worst
from euthymia.core.poses import FloatArray
from euthymia.core.software import software
from euthymia.plan.course.values import Course
from euthymia.plan.dose.values import Dose, DoseLine
from euthymia.plan.protocol.schema import to_dict
from euthymia.plan.target.placing import Placing
from euthymia.plan.treatment import MeasuredThreshold, Patient, TreatmentPlan
from euthymia.report.sections.words import conclusion

FORMAT_VERSION = 1


def plan_data(plan: TreatmentPlan, opened: CaseOn) -> Data:
    """Everything in the plan but its pictures."""
    setting, entry = plan.setting, plan.setting.entry
    return {
        "euthymia_plan": FORMAT_VERSION,
        "software": software(),
        "on": plan.on.isoformat(),
        "case": str(opened.case.folder),
        "chart": chart_state(opened),
        "conclusion": {
            "gravest": worst(plan.findings).label,
            "forbidden": plan.forbidden,
            "text": conclusion(plan.findings)[1],
        },
        "patient": _patient(plan.patient),
        "request": _request(plan),
        "assessment": assessment_data(plan.assessment),
        "threshold": _threshold(plan.threshold),
        "placing": _placing(plan.placing),
        "doses": [_dose(dose) for dose in plan.doses],
        "didt_a_per_us": plan.didt_a_per_us,
        "protocol": {
            **entry_data(entry),
            "timing": timing_data(setting.protocol),
            "protocol": to_dict(setting.protocol),
        },
        "stimulator": {"id": setting.stimulator.id, "name": setting.stimulator.name},
        "course": _course(plan.course),
        "totals": _totals(plan),
        "findings": _findings(plan),
    }


def _findings(plan: TreatmentPlan) -> list[Data]:
    """All findings of all parts, gravest first, each with its part."""
    pairs = [(part, found) for part, all_of in plan.parts for found in all_of]
    pairs.sort(key=lambda pair: -pair[1].severity)
    return [finding_data(found, part) for part, found in pairs]


def _patient(patient: Patient) -> Data:
    return {
        "pseudonym": patient.pseudonym,
        "synthetic": patient.synthetic,
        "age_years": list(patient.age_years),
        "sex": patient.sex,
        "diagnosis": patient.diagnosis,
        "indication": patient.indication,
    }


def _request(plan: TreatmentPlan) -> Data:
    asked = plan.request
    return {
        "protocol": asked.protocol,
        "target": asked.target,
        "stimulator": asked.stimulator,
        "coil": asked.coil,
        "start_on": asked.start_on.isoformat(),
        "course": asked.course,
    }


def _threshold(threshold: MeasuredThreshold | None) -> Data | None:
    if threshold is None:
        return None
    return {
        "pct_mso": estimate_data(threshold.pct_mso),
        "kind": threshold.kind.value,
        "observation": threshold.observation.value,
        "measured_on": threshold.measured_on.isoformat(),
        "stimulator": threshold.stimulator,
        "coil": threshold.coil,
    }


def _placing(placing: Placing) -> Data:
    """Fields are for 1 A/us."""
    solver, target = placing.solver, placing.target
    return {
        "head": {
            "title": placing.head.title,
            "labels_sha256": placing.head.id,
            "frame": placing.head.frame.id,
            "mni_uncertainty_mm": placing.head.mni.uncertainty_mm,
        },
        "coil": {"id": placing.coil.id, "name": placing.coil.name, "sha256": placing.coil.sha256},
        "target": {
            "id": target.id,
            "title": target.title,
            "mni_mm": list(target.mni_mm),
            "position_mm": _point(placing.target_mm),
            "moved_mm": round(placing.moved_mm, 2),
            "source": citation_data(target.source),
        },
        "pose": placing.pose.to_json(),
        "handle_angle_deg": placing.handle_angle_deg,
        "field_target": estimate_data(placing.field_target),
        "depth_target_mm": placing.depth_target_mm,
        "motor": {
            "position_mm": _point(placing.motor_mm),
            "pose": placing.motor_pose.to_json(),
            "field": estimate_data(placing.field_motor),
            "depth_mm": placing.depth_motor_mm,
        },
        "scalp_rules": [
            {
                "id": row.rule.id,
                "name": row.rule.name,
                "pose": row.pose.to_json(),
                "field_target_v_per_m": row.strength,
                "distance_mm": row.distance_mm,
                "source": citation_data(row.rule.source),
            }
            for row in placing.rules
        ],
        "grey_matter": {
            "peak_v_per_m": placing.brain.peak(),
            "above_half_peak_ml": placing.brain.volume_above_ml(0.5),
        },
        "solver": {
            "unknowns": solver.unknowns,
            "iterations": solver.iterations,
            "relative_residual": solver.relative_residual,
            "direct_v_per_m": solver.direct_strength,
            "reciprocal_v_per_m": solver.reciprocal_strength,
            "disagreement": solver.disagreement,
            "placements_rated": solver.placements_rated,
        },
    }


def _dose(dose: Dose) -> Data:
    return {
        "intensity_pct": dose.intensity.percent,
        "intensity_of": dose.intensity.of.value,
        "setting_pct_mso": dose.setting_pct_mso,
        "text": dose.field_sentence,
        "field_motor_at_threshold": estimate_data(dose.field_m1_at_threshold),
        "lines": [_line(line) for line in dose.lines],
    }


def _line(line: DoseLine) -> Data:
    return {
        "kind": line.kind.value,
        "title": line.title,
        "prescribed": line.prescribed,
        "output": estimate_data(line.output),
        "setting_pct_mso": line.setting_pct_mso,
        "achieved": estimate_data(line.achieved),
        "didt_a_per_us": line.didt_a_per_us,
        "field_target": estimate_data(line.field_target),
        "field_ratio_pct": estimate_data(line.field_ratio_pct),
        "caveat": line.caveat,
        "source": citation_data(line.source),
    }


def _course(course: Course | None) -> Data | None:
    if course is None:
        return None
    return {
        "rule": course_data(course.rule),
        "timezone": course.timezone,
        "session_minutes": course.session_minutes,
        "first_day": course.first_day.isoformat() if course.first_day else None,
        "last_day": course.last_day.isoformat() if course.last_day else None,
        "sessions": [
            {
                "number": session.number,
                "phase": session.phase,
                "start": session.start.isoformat(),
                "stimulation_start": session.stimulation_start.isoformat(),
                "end": session.end.isoformat(),
                "provisional": session.provisional,
                "note": session.note,
            }
            for session in course.sessions
        ],
    }


def _totals(plan: TreatmentPlan) -> Data | None:
    totals = plan.totals
    if totals is None:
        return None
    return {
        "per_session": totals.per_session,
        "sessions": totals.sessions,
        "per_day_most": totals.per_day_most,
        "per_course": totals.per_course,
    }


def _point(position_mm: FloatArray) -> list[float]:
    return [round(float(value), 2) + 0.0 for value in np.asarray(position_mm)]
