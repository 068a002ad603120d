"""What was prescribed against what was given, per train, session and course."""

from __future__ import annotations

from datetime import timedelta

import pytest
from session_bench import START, Chair, block, prescription

from euthymia.core.findings import Severity
from euthymia.treat.devices.faults import Fault
from euthymia.treat.dose.account import course_dose, remainder_findings, session_dose
from euthymia.treat.session.documents import Document, SessionStatus
from euthymia.treat.session.journal import Journal, journals
from euthymia.treat.session.limits import default_limits
from euthymia.treat.session.operator import Request


def journal_of(chair: Chair) -> Journal:
    (journal,) = journals(chair.documents)
    return journal


def stopped_at(at_s: float, trains: int = 3) -> Journal:
    chair = Chair(prescription(block(trains)), requests=[(at_s, Request.STOP)])
    chair.run()
    return journal_of(chair)


def test_a_whole_session_is_given_whole_and_proposes_nothing() -> None:
    chair = Chair()
    chair.run()
    dose = session_dose(journal_of(chair))
    assert (dose.prescribed_pulses, dose.delivered_pulses, dose.given_pct) == (30, 30, 100.0)
    assert (dose.prescribed_trains, dose.delivered_trains, dose.assumed_pulses) == (3, 3, 0)
    assert dose.mean_output_pct_mso == pytest.approx(60.0)
    assert dose.mean_field_v_per_m is None
    assert dose.pose_worst_mm is None
    assert dose.simulated
    assert remainder_findings(dose) == ()


def test_the_mean_output_is_weighted_with_pulses() -> None:
    whole = block(2, pulses=10) + block(2, pulses=30)
    chair = Chair(prescription(whole, outputs_pct_mso=(40.0, 60.0)))
    chair.run()
    dose = session_dose(journal_of(chair))
    assert dose.mean_output_pct_mso == pytest.approx((20 * 40 + 60 * 60) / 80)


@pytest.mark.parametrize(
    ("at_s", "trains", "code"),
    [(0.5, 3, "dose.not-given"), (6.5, 3, "dose.remainder"), (73.5, 20, "dose.counts-as-given")],
)
def test_the_rest_of_a_session_is_proposed_by_rule(at_s: float, trains: int, code: str) -> None:
    (finding,) = remainder_findings(session_dose(stopped_at(at_s, trains)))
    assert finding.code == code
    assert finding.source is not None


def test_an_open_session_asks_to_be_taken_up_or_closed() -> None:
    chair = Chair()
    chair.device.inject(Fault.LINK_LOST, 5.4)
    chair.run()
    dose = session_dose(journal_of(chair))
    assert dose.status is None
    (finding,) = remainder_findings(dose)
    assert (finding.code, finding.severity) == ("dose.session-open", Severity.CAUTION)


def test_a_course_adds_its_sessions_up_by_day() -> None:
    documents: list[Document] = []
    for number, days in enumerate((0, 0, 1), start=1):
        start = START + timedelta(days=days, hours=number)
        requests = [(6.5, Request.STOP)] if number == 3 else []
        chair = Chair(prescription(session=number), requests=requests, start=start)
        chair.run()
        documents += chair.documents
    course = course_dose(journals(documents))
    assert course.prescribed_pulses == 90
    assert course.on(START.date()) == 60
    assert course.completed == 2
    assert course.sessions[2].status is SessionStatus.PARTIAL
    assert course.delivered_pulses == 60 + course.sessions[2].delivered_pulses


def test_the_tolerability_ramp_reaches_the_prescribed_output_within_the_first_sessions() -> None:
    ramp = default_limits().ramp
    fractions = [ramp.fraction(session) for session in range(1, 8)]
    assert fractions == sorted(fractions)
    assert fractions[0] < 1.0
    assert fractions[4] == 1.0
    assert not ramp.source.tag.verified
