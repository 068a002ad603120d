"""Properties of every calendar, whatever the rule, the hours and the busy dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from euthymia.core.findings import Severity, worst
from euthymia.plan.course import (
    WEEKDAYS,
    Availability,
    Busy,
    Choices,
    Course,
    Hours,
    PublicHolidays,
    Site,
    WeekHours,
    schedule,
)
from euthymia.plan.protocol.courses import CourseRule, courses

CHOICES = Choices(days_per_week=4, sessions_per_day=2, min_gap_min=20)
HOLIDAYS = [None, PublicHolidays("US", "NY"), PublicHolidays("DE", "BY")]
YEAR_START = date(2026, 1, 1)

quarter_hours = st.integers(0, 4 * 24 - 1).map(lambda n: time(n // 4, n % 4 * 15))


@st.composite
def stretches(draw: st.DrawFn) -> Hours:
    start, end = sorted(draw(st.lists(quarter_hours, min_size=2, max_size=2, unique=True)))
    return Hours(start, end)


@st.composite
def week_hours(draw: st.DrawFn) -> WeekHours:
    if draw(st.integers(0, 2)):
        hours = draw(st.sampled_from(["06:00-22:00", "08:00-17:00", "09:00-12:00"]))
        return WeekHours.on(draw(st.sampled_from([WEEKDAYS, WEEKDAYS[:5], WEEKDAYS[1:4]])), hours)
    return WeekHours(tuple(tuple(draw(st.lists(stretches(), max_size=3))) for _ in WEEKDAYS))


@st.composite
def busy_dates(draw: st.DrawFn) -> Busy:
    first = YEAR_START + timedelta(days=draw(st.integers(0, 240)))
    last = first + timedelta(days=draw(st.integers(0, 12)))
    return Busy(first, last, "away", draw(st.none() | stretches()))


@st.composite
def planned_courses(draw: st.DrawFn) -> tuple[Course, Availability, Site]:
    availability = Availability(draw(week_hours()), tuple(draw(st.lists(busy_dates(), max_size=4))))
    zone = draw(st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]))
    site = Site(
        zone,
        draw(week_hours()),
        holidays=draw(
            st.sampled_from([None, PublicHolidays("US", "NY"), PublicHolidays("DE", "BY")])
        ),
        closed=tuple(draw(st.lists(busy_dates(), max_size=2))),
        setup_minutes=draw(st.sampled_from([0, 5, 10])),
        first_setup_minutes=draw(st.sampled_from([10, 40])),
        grid_minutes=draw(st.sampled_from([1, 5, 15])),
    )
    worked = schedule(
        draw(st.sampled_from(courses())),
        YEAR_START + timedelta(days=draw(st.integers(0, 200))),
        availability,
        site,
        draw(st.sampled_from([3.147, 10.0, 18.75, 37.5])),
        today=YEAR_START,
        choices=CHOICES,
        preferred=draw(st.none() | quarter_hours),
    )
    return worked, availability, site


def wanted_sessions(rule: CourseRule) -> int:
    return rule.sessions_total + (rule.extension.sessions if rule.extension else 0)


def inside(session_hours: Hours, hours: Sequence[Hours]) -> bool:
    return any(
        stretch.start <= session_hours.start and session_hours.end <= stretch.end
        for stretch in hours
    )


@given(planned_courses())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_calendar_keeps_its_promises(case: tuple[Course, Availability, Site]) -> None:
    worked, availability, site = case
    event("fits" if worked.sessions else "does not fit")
    if not worked.sessions:
        assert worst(worked.findings) is Severity.STOP
        return
    _has_every_session_in_order(worked)
    _lies_in_room_of_both(worked, availability, site)
    _keeps_gaps(worked, site)
    _keeps_the_rhythm(worked)


def _has_every_session_in_order(worked: Course) -> None:
    sessions = worked.sessions
    assert len(sessions) == wanted_sessions(worked.rule)
    assert [one.number for one in sessions] == list(range(1, len(sessions) + 1))
    starts = [one.start.astimezone(UTC) for one in sessions]
    assert starts == sorted(starts)
    phases = [phase for phase, _ in groupby(one.phase for one in sessions)]
    assert len(phases) == len(set(phases))
    named = [phase.name for phase in worked.rule.phases]
    assert [phase for phase in phases if phase in named] == named
    indices = [one.day_index for one in sessions]
    assert sorted(set(indices)) == list(range(1, len(worked.days) + 1))


def _lies_in_room_of_both(worked: Course, availability: Availability, site: Site) -> None:
    for one in worked.sessions:
        assert one.start.tzinfo is not None and one.start.date() == one.end.date()
        assert site.holidays is None or site.holidays.name_on(one.day) is None
        hours = Hours(one.start.time(), one.end.time())
        assert inside(hours, site.hours.on_date(one.day))
        assert inside(hours, availability.hours.on_date(one.day))
        for busy in (*availability.busy, *site.closed):
            if busy.covers(one.day):
                assert busy.hours is not None
                assert hours.end <= busy.hours.start or busy.hours.end <= hours.start
        assert one.start.minute % site.grid_minutes == 0 and one.start.second == 0


def _keeps_gaps(worked: Course, site: Site) -> None:
    gap = worked.rule.min_gap_min
    least = timedelta(minutes=CHOICES.min_gap_min or 0 if gap is None else gap)
    for number, one in enumerate(worked.sessions):
        setup = site.setup_minutes if number else site.first_setup_minutes
        assert one.stimulation_start.astimezone(UTC) - one.start.astimezone(UTC) == timedelta(
            minutes=setup
        )
        length = one.end.astimezone(UTC) - one.stimulation_start.astimezone(UTC)
        assert (
            timedelta(0)
            <= length - timedelta(minutes=worked.session_minutes)
            < timedelta(minutes=1)
        )
    for before, after in pairwise(worked.sessions):
        assert after.start.astimezone(UTC) >= before.end.astimezone(UTC)
        if before.day == after.day:
            pause = after.stimulation_start.astimezone(UTC) - before.end.astimezone(UTC)
            assert pause >= least


def _keeps_the_rhythm(worked: Course) -> None:
    for phase in worked.rule.phases:
        days = list(dict.fromkeys(one.day for one in worked.sessions if one.phase == phase.name))
        most = phase.days_per_week or CHOICES.days_per_week or 7
        span = 7 if most >= 4 and len(set(phase.sessions_per_week)) <= 1 else 5
        for early, late in zip(days, days[most:], strict=False):
            assert (late - early).days >= span


@pytest.mark.parametrize(
    ("zone", "before", "after", "offsets"),
    [
        ("America/New_York", date(2026, 3, 6), date(2026, 3, 9), (-5, -4)),
        ("America/New_York", date(2026, 10, 30), date(2026, 11, 2), (-4, -5)),
        ("Europe/Berlin", date(2026, 3, 27), date(2026, 3, 30), (1, 2)),
        ("Asia/Kolkata", date(2026, 3, 6), date(2026, 3, 9), (5.5, 5.5)),
    ],
)
def test_sessions_keep_their_hour_when_clocks_change(
    zone: str, before: date, after: date, offsets: tuple[float, float]
) -> None:
    rule = next(rule for rule in courses() if rule.id == "standard-36")
    worked = schedule(
        rule, before, Availability(), Site(zone), 20, today=before, preferred=time(9, 30)
    )
    first, second = worked.sessions[:2]
    assert (first.day, second.day) == (before, after)
    assert {one.start.time() for one in worked.sessions} == {time(9, 30)}
    hours = [
        one.start.utcoffset() / timedelta(hours=1)  # type: ignore[operator]
        for one in (first, second)
    ]
    assert tuple(hours) == offsets


def test_the_hour_that_a_change_of_clocks_skips_holds_no_session() -> None:
    # 2026-03-08 in New York has no 02:00 to 03:00: of 01:00 to 04:00 two hours are left
    sunday = date(2026, 3, 8)
    site = Site(
        "America/New_York",
        WeekHours.on(WEEKDAYS, "01:00-04:00"),
        setup_minutes=0,
        first_setup_minutes=0,
    )
    rule = next(rule for rule in courses() if rule.id == "dual-site-5-days")
    choices = Choices(min_gap_min=0)
    worked = schedule(rule, sunday, Availability(), site, 40, today=sunday, choices=choices)
    # four sessions of 40 min need 2 h 40 min, which the Sunday has not
    assert worked.first_day == date(2026, 3, 9)
    shorter = schedule(rule, sunday, Availability(), site, 30, today=sunday, choices=choices)
    assert shorter.first_day == sunday
    instants = [one.start.astimezone(UTC) for one in shorter.on(sunday)]
    assert instants[0] == datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
    assert {later - early for early, later in pairwise(instants)} == {timedelta(minutes=30)}
    assert [f"{one.start:%H:%M}" for one in shorter.on(sunday)] == [
        "01:00",
        "01:30",
        "03:00",
        "03:30",
    ]
