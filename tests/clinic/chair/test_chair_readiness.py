"""Whether a session may begin: prescription, deviation, the day's count, interval and ceiling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.chair.chair_samples import ANSWERS, measured, prescription, short_protocol
from euthymia.chart.chart import Chart, replay
from euthymia.chart.course_facts import SignatureMeaning
from euthymia.chart.entries import AnyFact, Entry
from euthymia.chart.envelope import Author
from euthymia.chart.follow_up_facts import CourseEnded, EndReason
from euthymia.chart.intake_facts import ConsentAbout, ConsentDecision, ConsentRecorded
from euthymia.chart.patient_facts import PatientRegistered
from euthymia.chart.prescription_facts import (
    DeviationSigned,
    PrescriptionSigned,
    PrescriptionWritten,
)
from euthymia.chart.session_facts import (
    DeviceUsed,
    SessionDelivered,
    SessionStarted,
    TrainDelivered,
    TrainIntended,
)
from euthymia.clinic import clock
from euthymia.clinic.chair.readiness import Readiness, readiness
from euthymia.core.findings import Severity
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.courses import courses
from euthymia.plan.protocol.policy import default_policy
from euthymia.plan.protocol.schema import to_json
from euthymia.treat.session.documents import Basis

NOW = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
PATIENT = PatientRegistered(pseudonym="SYN-1", synthetic=True, birth_year=1980)


def chart_of(*facts: AnyFact, at: datetime = NOW) -> Chart:
    """A chart of these facts after its patient, all recorded at one moment."""
    author = Author("Dr Synthetic", "psychiatrist")
    return replay(
        Entry(number, f"00000000-0000-0000-0000-{number:012d}", at, author, "", fact)
        for number, fact in enumerate((PATIENT, *facts), start=1)
    )


def _prescribed(**changes: Any) -> tuple[PrescriptionWritten, PrescriptionSigned]:
    with clock.at(NOW):
        written = prescription(**changes)
    signed = PrescriptionSigned(
        prescription_sha256=written.sha256, meaning=SignatureMeaning.APPROVED
    )
    return written, signed


def _consent(decision: ConsentDecision = ConsentDecision.GIVEN) -> ConsentRecorded:
    return ConsentRecorded(
        about=ConsentAbout.TREATMENT, decision=decision, decided_on=NOW.date(), version="1"
    )


def _given(number: int, ended: datetime, pulses: int = 20) -> SessionDelivered:
    return SessionDelivered(
        number=number,
        protocol="short",
        started_at=ended - timedelta(minutes=5),
        ended_at=ended,
        pulses=pulses,
        completed=True,
    )


def _threshold(pct: float = 50.0) -> AnyFact:
    with clock.at(NOW):
        return measured(pct)


def _codes(found: Readiness, least: Severity = Severity.CAUTION) -> list[str]:
    return [each.code for each in found.findings if each.severity >= least]


ACCELERATED = next(each for each in courses() if each.min_gap_min is not None)


def test_with_prescription_consent_and_threshold_only_the_first_session_is_remarked_on() -> None:
    found = readiness(chart_of(_consent(), _threshold(), *_prescribed()), NOW)
    assert found.inputs is not None
    assert found.number == 1
    assert _codes(found) == []
    assert [each.code for each in found.judged(ANSWERS)] == ["session.first"]


@pytest.mark.parametrize(
    ("facts", "code", "severity"),
    [
        ((_consent(), _threshold()), "session.no-prescription", Severity.STOP),
        ((_threshold(), *_prescribed()), "session.consent", Severity.CAUTION),
        (
            (_consent(ConsentDecision.WITHHELD), _threshold(), *_prescribed()),
            "session.consent",
            Severity.STOP,
        ),
        (
            (_consent(), _threshold(44.0), *_prescribed()),
            "session.output-threshold",
            Severity.ACKNOWLEDGE,
        ),
        (
            (
                _consent(),
                _threshold(),
                *_prescribed(),
                CourseEnded(ended_on=NOW.date(), why=EndReason.REMISSION),
            ),
            "session.course-ended",
            Severity.ACKNOWLEDGE,
        ),
        (
            (
                _consent(),
                _threshold(),
                *_prescribed(sessions=1),
                _given(1, NOW - timedelta(days=1)),
            ),
            "session.all-given",
            Severity.ACKNOWLEDGE,
        ),
        (
            (_consent(), _threshold(), *_prescribed(), _given(1, NOW - timedelta(hours=2))),
            "session.day-count",
            Severity.ACKNOWLEDGE,
        ),
    ],
)
def test_each_thing_that_speaks_against_a_session_is_found(
    facts: tuple[AnyFact, ...], code: str, severity: Severity
) -> None:
    found = readiness(chart_of(*facts), NOW)
    assert (code, severity) in [(each.code, each.severity) for each in found.findings]


@given(st.integers(0, 200))
def test_the_second_session_of_a_day_waits_for_the_least_time_of_its_course(minutes: int) -> None:
    least = ACCELERATED.min_gap_min
    assert least is not None
    facts = _prescribed(course=ACCELERATED.id, sessions_per_day=10)
    chart = chart_of(_consent(), _threshold(), *facts, _given(1, NOW - timedelta(minutes=minutes)))
    stops = [each for each in readiness(chart, NOW).findings if each.severity is Severity.STOP]
    assert bool(stops) == (minutes < least)
    for each in stops:
        assert each.code == "session.day-interval"
        allowed = (NOW + timedelta(minutes=least - minutes)).strftime("%H:%M")
        assert each.nearest_allowed == f"at {allowed}"
        assert each.source == ACCELERATED.source


def test_a_course_without_a_known_least_time_asks_a_psychiatrist() -> None:
    facts = _prescribed(sessions_per_day=2)
    chart = chart_of(_consent(), _threshold(), *facts, _given(1, NOW - timedelta(hours=3)))
    assert _codes(readiness(chart, NOW)) == ["session.day-interval"]


def _run_today(pulses: int) -> tuple[AnyFact, ...]:
    """A session that was run this morning, as the engine records it."""
    began = NOW - timedelta(hours=3)
    device = DeviceUsed(
        maker="m", model="m", serial_number="1", software="1", coil="c",
        simulated=True, counts_pulses=True,
    )  # fmt: skip
    return (
        SessionStarted(
            session=1, started_at=began, protocol="short", protocol_json=to_json(short_protocol()),
            outputs_pct_mso=(60.0,), pulses=pulses, trains=1, device=device, settings="",
            software="test",
        ),
        TrainIntended(
            session=1, number=1, intended_at=began, block=1, pulses=pulses, intensity_pct_mso=60.0
        ),
        TrainDelivered(
            session=1, number=1, started_at=began, pulses=pulses, intensity_pct_mso=60.0,
            block=1, requested=pulses, basis=Basis.COUNTED,
        ),
        _given(1, began + timedelta(minutes=10), pulses),
    )  # fmt: skip


@pytest.mark.parametrize(("before", "full"), [(17_980, False), (17_981, True)])
def test_the_ceiling_of_a_day_is_found_before_the_session_that_reaches_it(
    before: int, full: bool
) -> None:
    assert default_policy().caps.pulses_per_day == 18_000
    prescribed = _prescribed(course=ACCELERATED.id, sessions_per_day=10)
    found = readiness(chart_of(_consent(), _threshold(), *prescribed, *_run_today(before)), NOW)
    assert found.inputs is not None
    assert found.inputs.prescription.given_today == before
    assert ("session.day-full" in _codes(found)) == full


def _deviation(written: PrescriptionWritten, **changes: Any) -> DeviationSigned:
    return DeviationSigned(
        session=1,
        on=NOW.date(),
        prescription_sha256=written.sha256,
        protocol=written.protocol,
        protocol_json=written.protocol_json,
        outputs_pct_mso=(54.0,),
        reason="Pain at the prescribed output",
    ).model_copy(update=changes)


def test_a_signed_deviation_changes_the_output_of_one_session_and_stays_in_sight() -> None:
    written, signed = _prescribed(ramp=True)
    chart = chart_of(_consent(), _threshold(), written, signed, _deviation(written))
    found = readiness(chart, NOW)
    assert found.inputs is not None
    assert found.inputs.prescription.outputs_pct_mso == (54.0,)
    assert _codes(found, Severity.ACKNOWLEDGE) == []
    (note,) = [each for each in found.findings if each.code == "session.not-as-prescribed"]
    assert "Dr Synthetic has signed this for today: Pain at the prescribed output" in note.message
    tomorrow = readiness(chart, NOW + timedelta(days=1))
    assert tomorrow.inputs is not None
    assert tomorrow.inputs.prescription.outputs_pct_mso == (48.0,)


def test_a_deviation_allows_what_it_names_and_nothing_else() -> None:
    written, signed = _prescribed()
    before = (_consent(), _threshold(), written, signed, _given(1, NOW - timedelta(minutes=30)))
    blind = _deviation(written, session=2)
    assert "session.day-count" in _codes(readiness(chart_of(*before, blind), NOW))
    named = _deviation(written, session=2, allows=("session.day-count", "session.day-interval"))
    assert _codes(readiness(chart_of(*before, named), NOW)) == []


def test_a_deviation_can_stand_in_for_a_prescription_that_is_not_there() -> None:
    protocol = "iTBS-600"
    deviation = DeviationSigned(
        session=1,
        on=NOW.date(),
        protocol=protocol,
        protocol_json=to_json(entry(protocol).build()),
        outputs_pct_mso=(50.0,),
        allows=("session.no-prescription",),
        reason="The prescription is being written",
    )
    found = readiness(chart_of(_consent(), _threshold(), deviation), NOW)
    assert found.inputs is not None
    assert found.inputs.prescription.protocol_id == protocol
    assert _codes(found, Severity.ACKNOWLEDGE) == []
