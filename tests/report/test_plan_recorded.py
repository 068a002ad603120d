"""A plan made from a chart, and what the chart then records of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from plan_samples import EXAMPLES, PLANNED_ON, ball_head, ball_placing, example_plan

from euthymia.chart.case import Case
from euthymia.chart.chart import Chart, replay
from euthymia.chart.course_facts import PlanSigned, SignatureMeaning
from euthymia.chart.entries import AnyFact, draft, entry_of
from euthymia.chart.envelope import NO_LINE_BEFORE, Author, seal
from euthymia.chart.planning import (
    placement_chosen,
    plan_from_chart,
    plan_numbers,
    plan_proposed,
    prescription_written,
)
from euthymia.chart.prescription_facts import PrescriptionSigned
from euthymia.chart.session_inputs import to_session_inputs
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.plan.treatment import TreatmentPlan

AT = datetime(2026, 12, 17, 15, 0, tzinfo=timezone(timedelta(hours=-6)))
SHA256 = "ab" * 32


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def plan(patch: pytest.MonkeyPatch) -> TreatmentPlan:
    return example_plan("clear-candidate", patch)


def with_facts(chart: Chart, *facts: AnyFact) -> Chart:
    """The chart with these facts written after it, each through the same checks as on disk."""
    entries = list(chart.entries)
    for fact in facts:
        made = draft(fact, id=str(UUID(int=len(entries))), at=AT, author=Author("Mira", "doctor"))
        entries.append(entry_of(seal(made, len(entries) + 1, NO_LINE_BEFORE)))
    return replay(entries)


def test_the_plan_of_a_chart_is_the_plan_put_together_by_hand(
    plan: TreatmentPlan, patch: pytest.MonkeyPatch
) -> None:
    patch.setattr(
        "euthymia.plan.treatment.place_coil",
        lambda _head, coil, _target, **_ignored: ball_placing(coil=coil.id),
    )
    chart = Case.open(EXAMPLES / "clear-candidate").chart
    made = plan_from_chart(chart, ball_head(), PLANNED_ON)
    assert plan_numbers(made) == plan_numbers(plan)
    assert made.findings == plan.findings


def test_the_figures_are_those_of_the_plan(plan: TreatmentPlan) -> None:
    found = plan_numbers(plan)
    assert plan.dose is not None and plan.course is not None
    line = plan.dose.prescribed
    assert line is not None and line.field_target is not None and line.achieved is not None
    assert found.setting_pct_mso == plan.dose.setting_pct_mso == plan.outputs_pct_mso[0]
    assert (found.low_pct_mso, found.high_pct_mso) == (line.output.low, line.output.high)
    assert found.field_v_per_m == line.field_target.value
    assert found.pct_rmt == line.achieved.value
    assert (found.sessions, found.first_day) == (36, plan.course.first_day)
    assert sum(found.findings.values()) == len(plan.findings)
    assert not found.forbidden


def test_a_recorded_plan_says_itself_in_one_line_and_in_figures(plan: TreatmentPlan) -> None:
    fact = plan_proposed(plan, SHA256, "plan.pdf", "euthymia 0.1")
    assert fact.summary == plan.in_one_line
    assert fact.summary.startswith(plan.setting.entry.id)
    assert "36 sessions from 2027-01-04" in fact.summary
    assert fact.numbers == plan_numbers(plan)


def test_a_plan_becomes_a_prescription_by_which_the_next_session_is_given(
    plan: TreatmentPlan,
) -> None:
    chart = Case.open(EXAMPLES / "clear-candidate").chart
    proposed = plan_proposed(plan, SHA256, "plan.pdf", "euthymia 0.1")
    approved = SignatureMeaning.APPROVED
    placed = with_facts(
        chart,
        proposed,
        PlanSigned(plan_sha256=SHA256, meaning=approved),
        placement_chosen(plan, PLANNED_ON),
    )
    assert placed.placement is not None
    assert placed.placement.fact.field is not None
    written = prescription_written(
        plan,
        PLANNED_ON,
        placement=placed.placement.id,
        placement_text="By navigation",
        plan_sha256=SHA256,
        ramp=True,
    )
    assert (written.sessions, written.sessions_per_day) == (36, 1)
    signed = with_facts(
        placed,
        written,
        PrescriptionSigned(prescription_sha256=written.sha256, meaning=approved),
    )
    found = to_session_inputs(signed, PLANNED_ON)
    assert found.prescription.protocol == plan.setting.protocol
    assert found.pose is not None
    assert found.pose.isclose(plan.placing.pose)
    fraction = found.prescription.outputs_pct_mso[0] / written.outputs_pct_mso[0]
    assert fraction < 1
    assert [each.code for each in found.findings] == ["session.ramp"]


def test_a_plan_that_is_no_prescription_yet_is_refused_in_one_sentence(
    plan: TreatmentPlan,
) -> None:
    stop = Finding("x", Severity.STOP, "x", "It must not be")
    for changed, says in (
        (replace(plan, own_findings=(stop,)), "something forbids it"),
        (replace(plan, doses=()), "its output could not be worked out"),
        (replace(plan, course=None), "it has no calendar"),
    ):
        with pytest.raises(InputError, match=says):
            prescription_written(changed, PLANNED_ON, placement_text="By a cap")
    assert replace(plan, own_findings=(stop,)).in_one_line.startswith("must not go ahead")
    assert plan_numbers(replace(plan, doses=(), course=None)).setting_pct_mso is None
    assert placement_chosen(replace(plan, doses=()), PLANNED_ON).field is None
