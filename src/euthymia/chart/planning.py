"""From a chart to a plan, and from a plan to what the chart records of it."""

from __future__ import annotations

from collections import Counter
from datetime import date

from euthymia.assess.assessment import Assessment
from euthymia.chart.assessment_inputs import assessed
from euthymia.chart.chart import Chart
from euthymia.chart.course_facts import PlanNumbers, PlanProposed
from euthymia.chart.plan_inputs import PlanInputs, to_plan_inputs
from euthymia.chart.prescription_facts import FieldAtTarget, PlacementChosen, PrescriptionWritten
from euthymia.core.errors import InputError
from euthymia.core.progress import SILENT, Progress
from euthymia.core.store import Store
from euthymia.model.head.head import Head
from euthymia.plan.protocol.dosing import Threshold
from euthymia.plan.protocol.schema import to_json
from euthymia.plan.treatment import TreatmentPlan, make_plan


def plan_from_chart(
    chart: Chart,
    head: Head,
    on: date,
    *,
    store: Store | None = None,
    progress: Progress = SILENT,
) -> TreatmentPlan:
    """The plan that the chart asks for, on a head (see `plan_head.patients_head`)."""
    inputs = to_plan_inputs(chart, on)
    return plan_of(inputs, assessed(chart, on), head, on, store=store, progress=progress)


def plan_of(
    inputs: PlanInputs,
    assessment: Assessment,
    head: Head,
    on: date,
    *,
    store: Store | None = None,
    progress: Progress = SILENT,
) -> TreatmentPlan:
    """The plan from what a chart says, where that was looked at before."""
    return make_plan(
        inputs.patient,
        inputs.request,
        assessment,
        inputs.threshold,
        head,
        inputs.site,
        inputs.availability,
        on=on,
        store=store,
        progress=progress,
    )


def plan_proposed(
    plan: TreatmentPlan, sha256: str, file_name: str | None, software: str
) -> PlanProposed:
    """The plan as the chart records it; sha256: of its document."""
    return PlanProposed(
        plan_sha256=sha256,
        summary=plan.in_one_line,
        file_name=file_name,
        software=software,
        numbers=plan_numbers(plan),
    )


def plan_numbers(plan: TreatmentPlan) -> PlanNumbers:
    """The plan in figures."""
    line = plan.dose.prescribed if plan.dose is not None else None
    field = line.field_target if line is not None else None
    course = plan.course if plan.course is not None and plan.course.sessions else None
    counted = Counter(found.severity.label for found in plan.findings)
    return PlanNumbers(
        protocol=plan.setting.entry.id,
        target=plan.request.target,
        stimulator=plan.setting.stimulator.id,
        coil=plan.request.coil,
        setting_pct_mso=plan.outputs_pct_mso[0],
        low_pct_mso=line.output.low if line is not None else None,
        high_pct_mso=line.output.high if line is not None else None,
        pct_rmt=_pct_rmt(plan),
        field_v_per_m=field.value if field is not None else None,
        field_low_v_per_m=field.low if field is not None else None,
        field_high_v_per_m=field.high if field is not None else None,
        pulses_per_session=plan.setting.protocol.pulse_count,
        sessions=len(course.sessions) if course else None,
        first_day=course.first_day if course else None,
        last_day=course.last_day if course else None,
        findings=dict(counted),
        forbidden=plan.forbidden,
    )


def placement_chosen(plan: TreatmentPlan, on: date) -> PlacementChosen:
    """The plan's own placement of the coil, with the field at its setting where there is one."""
    line = plan.dose.prescribed if plan.dose is not None else None
    field = line.field_target if line is not None else None
    setting = line.setting_pct_mso if line is not None else None
    return PlacementChosen(
        chosen_on=on,
        target=plan.request.target,
        coil=plan.request.coil,
        how="bench",
        head=plan.placing.head.id,
        pose=plan.placing.pose,
        field=FieldAtTarget(
            v_per_m=field.value,
            low_v_per_m=field.low,
            high_v_per_m=field.high,
            output_pct_mso=setting,
            stimulator=plan.setting.stimulator.id,
            how=field.how,
        )
        if field is not None and setting is not None
        else None,
    )


def prescription_written(
    plan: TreatmentPlan,
    on: date,
    *,
    placement_text: str,
    placement: str | None = None,
    plan_sha256: str | None = None,
    ramp: bool = False,
    note: str = "",
) -> PrescriptionWritten:
    """The prescription that a plan amounts to, to be signed.

    placement: id of the entry that chose it. plan_sha256: of the plan's document, if proposed.
    Raises InputError where the plan is forbidden, or has no output or no calendar.
    """
    if plan.forbidden:
        raise InputError(
            "this plan", "something forbids it as it stands", "Settle what its findings name first"
        )
    outputs = tuple(output for output in plan.outputs_pct_mso if output is not None)
    if len(outputs) < len(plan.setting.protocol.blocks):
        raise InputError(
            "this plan", "its output could not be worked out", "Measure the motor threshold first"
        )
    if plan.course is None or not plan.course.sessions:
        raise InputError(
            "this plan", "it has no calendar", "Record when the patient can come, and plan anew"
        )
    return PrescriptionWritten(
        written_on=on,
        protocol=plan.setting.entry.id,
        protocol_json=to_json(plan.setting.protocol),
        output_pct_rmt=_pct_rmt(plan),
        outputs_pct_mso=outputs,
        stimulator=plan.setting.stimulator.id,
        coil=plan.request.coil,
        target=plan.request.target,
        placement=placement,
        placement_text=placement_text,
        sessions=len(plan.course.sessions),
        sessions_per_day=max(plan.course.sessions_each_day),
        ramp=ramp,
        course=plan.setting.rule.id if plan.setting.rule is not None else None,
        plan_sha256=plan_sha256,
        note=note,
    )


def _pct_rmt(plan: TreatmentPlan) -> float | None:
    """The setting in % of the resting threshold; None where it follows another or none."""
    line = plan.dose.prescribed if plan.dose is not None else None
    active = plan.threshold is not None and plan.threshold.kind is Threshold.AMT
    return None if line is None or line.achieved is None or active else line.achieved.value
