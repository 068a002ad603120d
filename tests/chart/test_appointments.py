"""Appointments as they stand: set, replaced, moved, missed and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fact_samples import AT, PLAN_SHA256, appointment, chart_of, entry
from hypothesis import given
from hypothesis import strategies as st

from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentMoved,
    AppointmentReason,
    AppointmentsSet,
)
from euthymia.chart.appointments import (
    Appointment,
    AppointmentState,
    CalendarEntry,
    CalendarFact,
    GivenSession,
    appointments,
    fixed_ids,
    set_from_course,
)
from euthymia.chart.chart import Chart, replay
from euthymia.chart.entries import Amended, AnyFact, Retracted, draft, read_fact
from euthymia.chart.envelope import Author
from euthymia.chart.follow_up_facts import CourseEnded, EndReason
from euthymia.chart.session_facts import SessionDelivered
from euthymia.core.errors import InputError
from euthymia.plan.course.values import PlannedSession

WEEK = AppointmentsSet(appointments=tuple(appointment(n, n + 3) for n in range(1, 6)))
"""Sessions 1 to 5 on 4 to 8 January 2027, at 9:00 in UTC-6."""


def session(number: int, day: int, hour: int = 9, pulses: int = 3000) -> SessionDelivered:
    begun = appointment(number, day, hour).start
    return SessionDelivered(
        number=number,
        protocol="HF10-19",
        started_at=begun,
        ended_at=begun + timedelta(minutes=20),
        pulses=pulses,
        completed=pulses > 0,
    )


def moved(name: str, day: int, hour: int = 9) -> AppointmentMoved:
    return AppointmentMoved(
        appointment=name, start=appointment(1, day, hour).start, reason=AppointmentReason.CLINIC
    )


def missed(name: str) -> AppointmentMissed:
    return AppointmentMissed(appointment=name, reason=AppointmentReason.PATIENT, note="a cold")


def in_short(chart: Chart) -> list[tuple[str, int, str]]:
    return [(each.id, each.day.day, each.state.value) for each in chart.appointments]


def test_what_was_set_is_planned() -> None:
    chart = chart_of(WEEK)
    assert in_short(chart) == [(f"s{n:02d}", n + 3, "planned") for n in range(1, 6)]
    assert all(each.stands and each.set_by == str(UUID(int=2)) for each in chart.appointments)


def test_a_session_keeps_the_appointment_of_its_day_whatever_its_number() -> None:
    chart = chart_of(WEEK, session(1, 4), missed("s02"), session(2, 6))
    assert [state for _, _, state in in_short(chart)] == [
        "kept", "missed", "kept", "planned", "planned",
    ]  # fmt: skip
    assert [each.given_session for each in chart.appointments] == [1, None, 2, None, None]


def test_a_session_without_a_pulse_keeps_nothing() -> None:
    assert chart_of(WEEK, session(1, 4, pulses=0)).appointments[0].stands


def test_a_session_counts_for_the_clinics_day_whatever_its_own_offset() -> None:
    late = session(1, 4, hour=22)
    abroad = late.model_copy(
        update={
            "started_at": late.started_at.astimezone(UTC),
            "ended_at": late.ended_at.astimezone(UTC),
        }
    )
    assert abroad.started_at.date() == date(2027, 1, 5)
    assert chart_of(WEEK, abroad).appointments[0].state is AppointmentState.KEPT


def test_whoever_came_after_all_kept_the_appointment() -> None:
    chart = chart_of(WEEK, missed("s01"), session(1, 4))
    assert chart.appointments[0].state is AppointmentState.KEPT


def test_several_sessions_of_a_day_keep_the_appointments_nearest_to_them() -> None:
    day = AppointmentsSet(appointments=tuple(appointment(n, 4, 8 + n) for n in range(1, 5)))
    chart = chart_of(day, missed("s02"), session(1, 4, 9), session(2, 4, 11), session(3, 4, 12))
    assert [each.given_session for each in chart.appointments] == [1, None, 2, 3]
    assert chart.appointments[1].state is AppointmentState.MISSED


def test_a_moved_appointment_stands_at_its_new_time_with_its_old_one_kept() -> None:
    chart = chart_of(WEEK, moved("s02", 9), moved("s02", 10))
    last = chart.appointments[-1]
    assert (last.id, last.day.day, last.state) == ("s02", 10, AppointmentState.MOVED)
    assert [when.day for when in last.moved_from] == [5, 9]
    assert (last.minutes, last.chair, last.reason) == (30, "chair 1", AppointmentReason.CLINIC)
    assert last.changed_by == (str(UUID(int=3)), str(UUID(int=4)))


def test_a_move_can_change_the_chair_alone() -> None:
    to = AppointmentMoved(
        appointment="s01",
        start=appointment(1, 4).start,
        chair="chair 2",
        device="device B",
        minutes=45,
        reason=AppointmentReason.DEVICE,
    )
    first = chart_of(WEEK, to).appointments[0]
    assert (first.chair, first.device, first.minutes) == ("chair 2", "device B", 45)


def test_a_new_set_replaces_what_comes_after_it_and_keeps_what_was_missed() -> None:
    rest = AppointmentsSet(
        appointments=(appointment(3, 7), appointment(4, 8)),
        holds_from=appointment(1, 6).start,
    )
    chart = chart_of(WEEK, session(1, 4), missed("s02"), missed("s05"), rest)
    assert in_short(chart) == [
        ("s01", 4, "kept"),
        ("s02", 5, "missed"),
        ("s03", 7, "planned"),
        ("s04", 8, "planned"),
        ("s05", 8, "missed"),
    ]


def test_a_set_without_a_time_of_its_own_replaces_all_that_is_to_come_when_it_is_made() -> None:
    entries = [*chart_of(WEEK).entries]
    rest = AppointmentsSet(appointments=(appointment(6, 11), appointment(7, 12)))
    noon = appointment(1, 6, 12).start
    late = replay([*entries, replace(entry(3, rest), at=noon)])
    assert [(name, day) for name, day, _ in in_short(late)] == [
        ("s01", 4), ("s02", 5), ("s03", 6), ("s06", 11), ("s07", 12),
    ]  # fmt: skip


def test_the_end_of_a_course_takes_back_what_was_planned_after_it() -> None:
    ended = CourseEnded(ended_on=date(2027, 1, 5), why=EndReason.SIDE_EFFECTS)
    found = chart_of(WEEK, session(1, 4), missed("s04"), ended)
    assert [(each.id, each.state.value) for each in found.appointments] == [
        ("s01", "kept"),
        ("s02", "planned"),
        ("s04", "missed"),
    ]
    again = AppointmentsSet(appointments=(appointment(1, 20),))
    assert in_short(chart_of(WEEK, ended, again)) == [("s01", 20, "planned")]


def test_a_retracted_set_brings_back_what_it_replaced() -> None:
    rest = AppointmentsSet(appointments=(appointment(9, 4, 8),))
    assert [name for name, _, _ in in_short(chart_of(WEEK, rest))] == ["s09"]
    chart = chart_of(WEEK, rest, Retracted(entry_id=str(UUID(int=3))))
    assert in_short(chart) == in_short(chart_of(WEEK))


def test_an_amended_set_takes_the_place_of_the_first() -> None:
    changed = AppointmentsSet(appointments=(appointment(1, 5),))
    chart = chart_of(WEEK, missed("s01"), Amended(entry_id=str(UUID(int=2)), fact=changed))
    assert in_short(chart) == [("s01", 5, "missed")]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ((moved("s09", 9),), "no appointment 's09' stands"),
        ((missed("s01"), missed("s01")), "'s01' is recorded as missed"),
        ((missed("s01"), moved("s01", 9)), "Set a new appointment, or retract the miss"),
        ((session(1, 4), missed("s01")), "'s01' was kept by session 1"),
        (
            (missed("s05"), AppointmentsSet(appointments=(appointment(5, 11),))),
            "the id 's05' belongs to an earlier appointment",
        ),
        (
            (AppointmentsSet(appointments=(appointment(9, 9),), plan_sha256=PLAN_SHA256),),
            "no plan with the hash",
        ),
    ],
)
def test_what_cannot_be_done_to_an_appointment_is_refused(
    facts: tuple[AnyFact, ...], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        chart_of(WEEK, *facts)


def test_an_appointment_nobody_spoke_of_is_overdue_once_its_end_has_passed() -> None:
    first = chart_of(WEEK).appointments[0]
    assert not first.is_overdue(first.end - timedelta(seconds=1))
    assert first.is_overdue(first.end)
    assert not chart_of(WEEK, missed("s01")).appointments[0].is_overdue(first.end)


def test_appointments_lie_ahead_and_are_written_all_the_same() -> None:
    made = draft(WEEK, id=str(UUID(int=7)), at=AT, author=Author("Io", "coordinator"))
    assert read_fact("appointments_set", made.body) == WEEK


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"appointments": []}, "at least 1 item"),
        ({"holds_from": "2027-01-05T00:00:00-06:00"}, "'s01' begins before the time"),
        ({"appointments": [appointment(1, 4).model_dump(mode="json")] * 2}, "'s01' is set twice"),
    ],
)
def test_an_impossible_set_is_refused(changes: dict[str, object], says: str) -> None:
    body = {**WEEK.model_dump(mode="json", exclude={"kind"}), **changes}
    with pytest.raises(InputError, match=says):
        read_fact("appointments_set", body)


# --- from a planned course ----------------------------------------------------------------------

CHICAGO = ZoneInfo("America/Chicago")


def planned(number: int, day: int, hour: int = 9) -> PlannedSession:
    start = datetime(2027, 1, day, hour, tzinfo=CHICAGO)
    return PlannedSession(
        number, "course", number, start, start, start + timedelta(minutes=37, seconds=40)
    )


def test_a_planned_course_becomes_appointments_with_steady_ids() -> None:
    made = set_from_course([planned(1, 4), planned(2, 5)], "chair 1", "device A")
    assert [each.id for each in made] == ["s01-20270104", "s02-20270105"]
    assert {(each.minutes, each.chair, each.device) for each in made} == {
        (38, "chair 1", "device A")
    }
    again = set_from_course([planned(2, 5), planned(3, 6)], "chair 1")
    assert again[0].id == made[1].id


def test_an_id_that_is_taken_is_not_given_again() -> None:
    chart = chart_of(
        AppointmentsSet(appointments=set_from_course([planned(1, 4), planned(2, 5)], "c")),
        missed("s02-20270105"),
    )
    taken = fixed_ids(chart.appointments, planned(2, 5).start)
    assert taken == {"s01-20270104", "s02-20270105"}
    made = set_from_course([planned(2, 5)], "c", taken=taken)
    assert [each.id for each in made] == ["s02-20270105-2"]


# --- laws ---------------------------------------------------------------------------------------


@given(
    days=st.lists(st.integers(4, 20), min_size=1, max_size=12),
    given_on=st.lists(st.integers(4, 20), max_size=12),
    lost=st.sets(st.integers(0, 11)),
)
def test_no_session_keeps_two_appointments_and_no_day_more_than_it_had(
    days: list[int], given_on: list[int], lost: set[int]
) -> None:
    each = tuple(
        appointment(n + 1, day, 8).model_copy(
            update={"start": appointment(1, day, 8).start + timedelta(minutes=30 * n)}
        )
        for n, day in enumerate(days)
    )
    facts: list[CalendarFact] = [
        AppointmentsSet(appointments=each, holds_from=appointment(1, 1).start)
    ]
    facts += [missed(each[n].id) for n in sorted(lost) if n < len(each)]
    calendar = [CalendarEntry(str(n), AT, fact) for n, fact in enumerate(facts)]
    given_sessions = [
        GivenSession(n + 1, appointment(1, day, 12).start) for n, day in enumerate(given_on)
    ]
    found = appointments(calendar, given_sessions)
    kept = [x for x in found if x.state is AppointmentState.KEPT]
    assert len({x.given_session for x in kept}) == len(kept)
    for day in set(days):
        assert sum(x.day.day == day for x in kept) == min(days.count(day), given_on.count(day))


def test_appointments_are_values() -> None:
    first: Appointment = chart_of(WEEK).appointments[0]
    assert replace(first, note="x") != first


def test_the_calendar_is_worked_out_from_the_entries_alone() -> None:
    entries = [
        entry(n, fact)
        for n, fact in enumerate(
            [*[e.fact for e in chart_of(WEEK, moved("s02", 9)).entries]], start=1
        )
    ]
    assert replay(entries).appointments == chart_of(WEEK, moved("s02", 9)).appointments
