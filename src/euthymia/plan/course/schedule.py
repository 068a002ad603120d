"""From a course rule to sessions on a calendar."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, time

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, by_severity
from euthymia.plan.course import findings as found
from euthymia.plan.course.conventions import conventions
from euthymia.plan.course.diagnose import cannot_fit, pattern_days, weekday_names
from euthymia.plan.course.hours import Availability
from euthymia.plan.course.place import PlacedDay, Placement, Setting, place
from euthymia.plan.course.site import Site
from euthymia.plan.course.steps import Step, chosen_facts, open_questions, steps_of
from euthymia.plan.course.values import Choices, Course, PlannedSession
from euthymia.plan.protocol.courses import CourseRule


def schedule(
    rule: CourseRule,
    start: date,
    availability: Availability,
    site: Site,
    session_minutes: float,
    *,
    today: date,
    choices: Choices | None = None,
    preferred: time | None = None,
) -> Course:
    """The course from `start` on: every session in room that patient and clinic both have.

    session_minutes: the protocol's duration; the site adds its setup time.
    preferred: the wall-clock time at which sessions should begin, as nearly as room allows;
        otherwise the first session's time is kept from day to day.
    Everything worth knowing is in the findings. A course that cannot be placed whole has no
    sessions and a finding of severity STOP that says which constraint blocks it.
    Raises InputError for a duration or a number of sessions that cannot be.
    """
    chosen, known = choices or Choices(), conventions()
    setting = Setting(availability, site, whole_minutes(session_minutes), preferred)
    questions = open_questions(rule, chosen)
    steps = () if questions else steps_of(rule, chosen, known)
    placement = place(steps, start, setting)
    complete = bool(steps) and placement.stuck is None
    sessions = numbered(placement.days, site) if complete else ()
    last = sessions[-1].day if sessions else None
    checks = (
        *questions,
        *found.of_dates(start, today, site, last),
        *found.of_rule(rule, chosen),
        *chosen_facts(rule, chosen),
        *_of_placement(rule, start, steps, placement, setting),
        *found.of_gaps(rhythm_of(placement), known),
        *of_extension(rule, sessions),
    )
    return Course(rule, chosen, session_minutes, site.timezone, sessions, by_severity(checks))


def whole_minutes(session_minutes: float) -> int:
    """The protocol's duration in whole minutes, rounded up; refuses what is no duration."""
    if not (math.isfinite(session_minutes) and 0 < session_minutes <= 240):
        raise InputError(
            "duration of a session",
            f"{session_minutes} min is outside 0 to 240",
            "Give the protocol's duration in minutes, for example 37.5",
        )
    # a hair above a whole minute is binary noise, not another minute
    return math.ceil(session_minutes - 1e-9)


def numbered(
    days: Sequence[PlacedDay], site: Site, *, first_number: int = 1, first_day_index: int = 1
) -> tuple[PlannedSession, ...]:
    """The placed slots as sessions, numbered in order of time, in the site's zone."""
    flat = [
        (day.step, day_index, slot)
        for day_index, day in enumerate(days, start=first_day_index)
        for slot in day.slots
    ]
    return tuple(
        PlannedSession(
            number=number,
            phase=step.phase,
            day_index=day_index,
            start=slot.start.astimezone(site.zone),
            stimulation_start=slot.stimulation.astimezone(site.zone),
            end=slot.end.astimezone(site.zone),
            provisional=step.provisional,
            note=step.note,
        )
        for number, (step, day_index, slot) in enumerate(flat, start=first_number)
    )


def rhythm_of(placement: Placement) -> list[tuple[date, int]]:
    """The placed days, each with the days a week of its rhythm."""
    return [(placed.day, placed.step.days_per_week) for placed in placement.days]


def _of_placement(
    rule: CourseRule,
    start: date,
    steps: Sequence[Step],
    placement: Placement,
    setting: Setting,
) -> Iterator[Finding]:
    if not steps:
        return
    if placement.days:
        yield from found.of_start(start, placement, steps, conventions())
    yield from placement_findings(rule, start, steps, placement, setting)


def placement_findings(
    rule: CourseRule,
    start: date,
    steps: Sequence[Step],
    placement: Placement,
    setting: Setting,
    *,
    course_begun: bool = False,
) -> Iterator[Finding]:
    """What placing the steps came across: no room, moved sessions, short weeks."""
    if placement.stuck is not None:
        begin = placement.days[-1].day if placement.days else start
        subject = f"{rule.title}, {placement.stuck.phase}"
        opens = not placement.days and not course_begun
        yield cannot_fit(placement.stuck, placement, begin, setting, subject=subject, opens=opens)
    yield from found.of_displaced(placement.displaced)
    if placement.stuck is not None:
        return
    causes = {step: _cause(step, start, setting) for step in steps}
    yield from found.of_short_weeks(placement.short, rule, causes)


def _cause(step: Step, start: date, setting: Setting) -> str:
    """Why no week can have the step's treatment days, where the weekly hours are the reason."""
    days = pattern_days(step, start, setting)
    if not days or len(days) >= step.days_per_week:
        return ""
    return f"only {weekday_names(days)} {'has' if len(days) == 1 else 'have'} room"


def of_extension(rule: CourseRule, sessions: Sequence[PlannedSession]) -> Iterator[Finding]:
    """Places kept for the rule's conditional sessions."""
    if rule.extension is not None:
        yield from found.of_provisional(sessions, rule.extension.source)
