"""What a session is to give, from a chart: the prescription first, the threshold without one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from fact_samples import AT, PLACEMENT, PRESCRIPTION, THRESHOLD, TODAY, chart_of, signed
from session_samples import SESSION_KINDS

from euthymia.chart.course_facts import PlanRequested
from euthymia.chart.patient_facts import MotorThresholdMeasured
from euthymia.chart.prescription_facts import PrescriptionWritten
from euthymia.chart.session_facts import SessionDelivered
from euthymia.chart.session_inputs import questions_of, to_session_inputs
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.treat.session.day import RulesOfTheDay

ASKED = PlanRequested(protocol="HF10-37", target="t", stimulator="s", coil="c", start_on=TODAY)
PRESCRIBED = (PRESCRIPTION, signed(PRESCRIPTION))


def given(number: int) -> SessionDelivered:
    at = AT - timedelta(days=2) + timedelta(minutes=number)
    return SessionDelivered(
        number=number,
        protocol="iTBS-600",
        started_at=at,
        ended_at=at + timedelta(seconds=30),
        pulses=600,
        completed=True,
    )


def test_the_standing_prescription_is_what_is_given() -> None:
    found = to_session_inputs(chart_of(THRESHOLD, ASKED, *PRESCRIBED), TODAY)
    assert found.prescription.protocol_id == "iTBS-600"
    assert found.prescription.outputs_pct_mso == (62.0,)
    assert found.prescription.session == 1
    assert (found.pose, found.findings) == (None, ())


def test_the_placement_of_the_prescription_says_where_the_coil_goes() -> None:
    placed = PRESCRIPTION.model_copy(update={"placement": str(UUID(int=2))})
    found = to_session_inputs(chart_of(PLACEMENT, placed, signed(placed)), TODAY)
    assert found.pose is PLACEMENT.pose


def test_a_prescription_that_nobody_signed_gives_nothing() -> None:
    with pytest.raises(InputError, match="no signed prescription and no request"):
        to_session_inputs(chart_of(THRESHOLD, PRESCRIPTION), TODAY)


def test_without_a_prescription_the_threshold_says_the_output() -> None:
    found = to_session_inputs(chart_of(THRESHOLD, ASKED), TODAY)
    assert found.prescription.protocol_id == "HF10-37"
    assert found.prescription.outputs_pct_mso == (62.0,)  # 120 % of 52
    assert found.findings == ()


@pytest.mark.parametrize(
    ("wishes", "codes"),
    [
        ({"outputs": [60.0]}, ["session.not-as-prescribed"]),
        ({"outputs": [62.0]}, []),
        ({"protocol": "HF10-37"}, ["session.not-prescribed"]),
        ({"protocol": "iTBS-600"}, []),
        ({"ramp": True}, ["session.ramp"]),
        ({"ramp": True, "number": 9}, []),
    ],
)
def test_what_is_not_as_prescribed_is_said(wishes: dict[str, object], codes: list[str]) -> None:
    chart = chart_of(THRESHOLD, *PRESCRIBED)
    found = to_session_inputs(chart, TODAY, **wishes).findings  # type: ignore[arg-type]
    assert [each.code for each in found] == codes
    asked = [each for each in found if each.code != "session.ramp"]
    assert all(each.severity is Severity.ACKNOWLEDGE for each in asked)


def test_the_ramp_of_a_prescription_lowers_the_first_session() -> None:
    ramped = PRESCRIPTION.model_copy(update={"ramp": True})
    found = to_session_inputs(chart_of(ramped, signed(ramped)), TODAY)
    assert found.prescription.outputs_pct_mso[0] < 62.0
    assert [each.code for each in found.findings] == ["session.ramp"]


def test_after_the_last_prescribed_session_a_new_prescription_is_asked_for() -> None:
    two = PRESCRIPTION.model_copy(update={"sessions": 2})
    before = chart_of(given(1), two, signed(two), given(2))
    assert to_session_inputs(before, TODAY).findings == ()
    after = chart_of(given(1), two, signed(two), given(2), given(3))
    (finding,) = to_session_inputs(after, TODAY).findings
    assert (finding.code, finding.found, finding.limit) == (
        "session.all-given", "2 given", "2 prescribed",
    )  # fmt: skip


def test_a_session_on_record_or_still_open_is_refused() -> None:
    with pytest.raises(InputError, match="it is on record already"):
        to_session_inputs(chart_of(*PRESCRIBED, given(1)), TODAY, number=1)
    with pytest.raises(InputError, match="session 1: it is still open"):
        to_session_inputs(chart_of(*PRESCRIBED, SESSION_KINDS[0]), TODAY)


def test_the_questions_of_the_day_know_the_day_handed_in() -> None:
    asked = questions_of(chart_of(THRESHOLD, given(1)), TODAY)
    assert isinstance(asked, RulesOfTheDay)
    assert (asked.day.on, asked.day.sessions_given) == (TODAY, 1)
    assert asked.day.threshold is not None
    assert asked.day.threshold.measured_on == TODAY
    early = questions_of(chart_of(THRESHOLD), TODAY - timedelta(days=1))
    assert isinstance(early, RulesOfTheDay)
    assert early.day.threshold is None


def later(pct_mso: float, **changed: object) -> MotorThresholdMeasured:
    """A threshold measured today, after the prescription was written."""
    same = {"stimulator": PRESCRIPTION.stimulator, "coil": PRESCRIPTION.coil, "measured_on": TODAY}
    return THRESHOLD.model_copy(
        update={"intensity_pct_mso": pct_mso, "low_pct_mso": None, "high_pct_mso": None,
                **same, **changed}
    )  # fmt: skip


def written_before() -> PrescriptionWritten:
    return PRESCRIPTION.model_copy(
        update={"written_on": TODAY - timedelta(days=5), "output_pct_rmt": 120.0}
    )


def test_the_output_follows_a_later_threshold_and_says_so() -> None:
    written = written_before()
    chart = chart_of(written, signed(written), later(55.0))
    found = to_session_inputs(chart, TODAY)
    assert found.prescription.outputs_pct_mso == (66.0,)
    assert [each.code for each in found.findings] == ["session.follows-threshold"]
    assert found.findings[0].severity is Severity.NOTE


@pytest.mark.parametrize(
    "changed",
    [
        {"measured_on": TODAY - timedelta(days=9)},
        {"coil": "another"},
        {"stimulator": "another"},
        {"state": "active"},
        {"intensity_pct_mso": 90.0},
    ],
    ids=[
        "measured before",
        "another coil",
        "another stimulator",
        "active",
        "beyond the stimulator",
    ],
)
def test_the_output_stays_as_written_where_it_cannot_follow(changed: dict[str, object]) -> None:
    written = written_before()
    chart = chart_of(written, signed(written), later(55.0, **changed))
    assert to_session_inputs(chart, TODAY).prescription.outputs_pct_mso == (62.0,)
