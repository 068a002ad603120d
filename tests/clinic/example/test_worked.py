"""The worked patient: a plan, a placement and a prescription that the system itself works out."""

from __future__ import annotations

import pytest

from clinic.example.made import SMALL, charts
from euthymia.chart.chart import Chart
from euthymia.chart.session_facts import SessionDelivered
from euthymia.clinic.example.worked import asked, placed, to_json, worked_dose
from euthymia.model.head.tape import shaped_head
from euthymia.model.head.tape_measures import TapeMeasures
from euthymia.plan.protocol.catalogue import entry


@pytest.fixture(scope="module")
def worked_chart() -> Chart:
    """The chart whose placement has a field."""
    found = [c for _, c in charts(SMALL) if c.placement and c.placement.fact.field]
    assert len(found) == 1
    return found[0]


def test_the_output_is_the_protocols_share_of_the_threshold(worked_chart: Chart) -> None:
    line = worked_dose().prescribed
    assert line is not None
    share = entry(asked().protocol).build().blocks[0].intensity.percent
    assert line.output.value == pytest.approx(asked().threshold_pct_mso * share / 100)
    assert line.setting_pct_mso == pytest.approx(line.output.value, abs=0.5)


def test_plan_placement_prescription_and_sessions_say_the_same(worked_chart: Chart) -> None:
    plan = worked_chart.plans[-1].fact.numbers
    chosen, written = worked_chart.placement, worked_chart.standing_prescription
    assert plan is not None and chosen is not None and written is not None
    assert chosen.fact.field is not None
    assert plan.field_v_per_m == chosen.fact.field.v_per_m
    assert plan.setting_pct_mso == chosen.fact.field.output_pct_mso
    assert written.fact.outputs_pct_mso == (plan.setting_pct_mso,)
    assert worked_chart.placement_of(written.fact) == chosen
    late = [s.fact for s in worked_chart.sessions if 3 < s.fact.number <= 10]
    assert all(isinstance(each, SessionDelivered) for each in late)
    assert {each.intensity_pct_mso for each in late} <= {plan.setting_pct_mso}


def test_the_stored_field_is_of_the_head_that_the_tape_gives() -> None:
    known = asked()
    tape = TapeMeasures(known.nasion_inion_mm, known.tragus_tragus_mm, known.circumference_mm)
    head = shaped_head(tape)
    assert head.id == placed().head
    assert head.frame.id == placed().pose.frame.id


def test_the_stored_result_reads_back_as_it_was_written() -> None:
    known = placed()
    assert known.pose.frame.id.startswith("colin27")
    text = to_json(
        known.head,
        known.pose,
        known.field_target,
        known.field_motor,
        (known.depth_target_mm, known.depth_motor_mm),
        known.software,
    )
    assert known.head in text
    assert str(known.field_target.value) in text
