"""Why a course finds no room: which constraint blocks it, and what is nearest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from euthymia.core.findings import Finding, Severity
from euthymia.plan.course.hours import WEEKDAY_TITLES, Availability, WeekHours
from euthymia.plan.course.place import WEEK, Placement, Setting
from euthymia.plan.course.rooms import Need, Room, dated_room, pack, weekly_room
from euthymia.plan.course.site import Site
from euthymia.plan.course.steps import Step

_MANY_SESSIONS = 48
_SEARCH_DAYS = 730


def cannot_fit(
    step: Step, placement: Placement, first: date, setting: Setting, *, subject: str, opens: bool
) -> Finding:
    """The finding for a step that no day can hold, however far the calendar is searched.

    It tells a weekly pattern that never has room from one that only dates keep from having it.
    opens: whether the step would have held the course's first session, which takes longer.
    """
    need, site = setting.need(step), setting.site
    week = _week(first)
    both = _rooms(setting.availability, site)
    if _most(both, week, need, site) < step.sessions_per_day:
        return Finding(
            code="course.cannot-fit",
            severity=Severity.STOP,
            subject=subject,
            message="No weekday has room for the sessions of a day: "
            f"{_blocker(step, week, setting)}",
            found=_longest(both, week),
            limit=_needed(step, need),
            nearest_allowed=_nearest(step, week, setting),
        )
    if opens and not any(_holds_opening(step, both(day), need, site) for day in week):
        return Finding(
            code="course.cannot-fit-first",
            severity=Severity.STOP,
            subject=subject,
            message="No weekday has room for the first session with its motor threshold",
            found=_longest(both, week),
            limit=f"{need.first_setup_min + need.stimulation_min} min",
            nearest_allowed="measure the motor threshold at a visit of its own, and give the "
            f"first session {need.setup_min} min of setup",
        )
    placed = sum(len(day.slots) for day in placement.days)
    since = f"from {first} on" if not placed else f"after {placed} sessions, up to {first}"
    return Finding(
        code="course.no-room-left",
        severity=Severity.STOP,
        subject=subject,
        message="Holidays, closing days and the patient's busy dates leave no day with room for a "
        "quarter of a year, so the course cannot be fitted; begin later, or free dates",
        found=f"no room {since}",
        nearest_allowed=_next_room(step, first, setting),
    )


def pattern_days(step: Step, first: date, setting: Setting) -> tuple[date, ...]:
    """The days of the week from `first` whose weekly hours hold a day's sessions."""
    rooms, need = _rooms(setting.availability, setting.site), setting.need(step)
    return tuple(
        day
        for day in _week(first)
        if _sessions(rooms(day), need, setting.site) >= step.sessions_per_day
    )


RoomsOf = Callable[[date], tuple[Room, ...]]


def _week(first: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=offset) for offset in range(WEEK))


def _holds_opening(step: Step, room: Sequence[Room], need: Need, site: Site) -> bool:
    setups = need.setups(step.sessions_per_day, True)
    return len(pack(room, setups, need, site, None)) == step.sessions_per_day


def _rooms(availability: Availability, site: Site) -> RoomsOf:
    return lambda day: weekly_room(day, availability, site)


def _blocker(step: Step, week: Sequence[date], setting: Setting) -> str:
    """The one constraint that blocks by itself, or the two that block together."""
    need, site = setting.need(step), setting.site
    anyone = Availability(WeekHours.always())
    round_the_clock = Site(site.timezone, WeekHours.always(), grid_minutes=site.grid_minutes)
    clinic_alone = _most(_rooms(anyone, site), week, need, site)
    patient_alone = _most(_rooms(setting.availability, round_the_clock), week, need, site)
    if clinic_alone < step.sessions_per_day:
        return "the clinic's opening hours are too short"
    if patient_alone < step.sessions_per_day:
        return "the patient's free hours are too short"
    return "the patient's free hours and the opening hours overlap too little"


def _next_room(step: Step, first: date, setting: Setting) -> str:
    """The first day after `first` that holds a day's sessions after all, within two years."""
    need, site = setting.need(step), setting.site
    later = (first + timedelta(days=offset) for offset in range(1, _SEARCH_DAYS))
    day = next(
        (
            day
            for day in later
            if _sessions(dated_room(day, setting.availability, site), need, site)
            >= step.sessions_per_day
        ),
        None,
    )
    return f"the next day with room is {day}" if day else ""


def _nearest(step: Step, week: Sequence[date], setting: Setting) -> str:
    need, site = setting.need(step), setting.site
    rooms = _rooms(setting.availability, site)
    most = _most(rooms, week, need, site)
    if not most:
        return ""
    days = [day for day in week if _sessions(rooms(day), need, site) == most]
    plural = "s" if most > 1 else ""
    return f"{most} session{plural} a day, on {weekday_names(days)}"


def _needed(step: Step, need: Need) -> str:
    count = step.sessions_per_day
    chair = need.stimulation_min + need.setup_min
    between = max(need.gap_min, need.setup_min)
    whole = count * need.stimulation_min + (count - 1) * between + need.setup_min
    if count == 1:
        return f"{chair} min"
    return f"{whole // 60} h {whole % 60:02d} min for {count} sessions"


def _longest(rooms: RoomsOf, week: Sequence[date]) -> str:
    lengths = [
        (int((end - start).total_seconds() // 60), day) for day in week for start, end in rooms(day)
    ]
    if not lengths:
        return "no weekday on which the patient is free while the clinic is open"
    minutes, day = max(lengths, key=lambda item: item[0])
    return f"at most {minutes // 60} h {minutes % 60:02d} min, on {WEEKDAY_TITLES[day.weekday()]}"


def _most(rooms: RoomsOf, week: Iterable[date], need: Need, site: Site) -> int:
    return max(_sessions(rooms(day), need, site) for day in week)


def _sessions(room: Sequence[Room], need: Need, site: Site) -> int:
    return len(pack(room, need.setups(_MANY_SESSIONS, False), need, site, None))


def weekday_names(days: Iterable[date]) -> str:
    """The weekdays of these dates, Monday first: "Monday and Thursday"."""
    names = [WEEKDAY_TITLES[number] for number in sorted({day.weekday() for day in days})]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
