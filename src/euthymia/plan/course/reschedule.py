"""A course after missed sessions: the rest of it on new dates, so that the planned number is given.

By convention the calendar is extended; no trial has tested what a missed session costs. Delivered
sessions keep their places. A phase that has been left is not entered again: its missed sessions
are made up on the rhythm of the phase that is running.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity, by_severity
from euthymia.plan.course import findings as found
from euthymia.plan.course.conventions import Conventions, conventions
from euthymia.plan.course.hours import Availability
from euthymia.plan.course.place import Setting, place
from euthymia.plan.course.schedule import (
    numbered,
    of_extension,
    placement_findings,
    rhythm_of,
    whole_minutes,
)
from euthymia.plan.course.site import Site
from euthymia.plan.course.steps import Step, chosen_facts, steps_of
from euthymia.plan.course.values import Choices, Course, PlannedSession

RESUMING = "day on which the course goes on"


def reschedule(
    course: Course,
    missed: Collection[int],
    resume: date,
    availability: Availability,
    site: Site,
    *,
    today: date,
    choices: Choices | None = None,
    preferred: time | None = None,
) -> Course:
    """The course from `resume` on, with the missed sessions made up.

    missed: numbers of sessions before `resume` that were not given; every other session before
        `resume` counts as given. A later absence belongs into the patient's busy dates instead.
    choices: changed decisions, for instance an extension now confirmed; else those of the course.
    Sessions are numbered anew by delivery, so that number 12 is the twelfth one given.
    Raises InputError for a session that the course does not have, or that lies after `resume`.
    """
    known, chosen = conventions(), choices or course.choices
    if not course.sessions:
        raise InputError(
            course.rule.title, "the course has no sessions to move", "Schedule it first"
        )
    _refuse_unknown(course, missed, resume)
    given = _given(course, missed, resume)
    remaining = _remaining(steps_of(course.rule, chosen, known), given)
    setting = Setting(
        availability, site, whole_minutes(course.session_minutes), preferred or _habit(course)
    )
    history = tuple(dict.fromkeys(session.day for session in given))
    placement = place(remaining, resume, setting, history=history)
    rest = numbered(
        placement.days,
        site,
        first_number=len(given) + 1,
        first_day_index=len(history) + 1,
    )
    sessions = (*given, *rest) if placement.stuck is None else ()
    checks = (
        *found.of_dates(resume, today, site, sessions[-1].day if sessions else None, RESUMING),
        *found.of_rule(course.rule, chosen),
        *chosen_facts(course.rule, chosen),
        *_of_missed(course, missed, known),
        *placement_findings(
            course.rule, resume, remaining, placement, setting, course_begun=bool(given)
        ),
        *found.of_gaps([*_since(given), *rhythm_of(placement)], known),
        *_of_end(course, sessions, known),
        *of_extension(course.rule, sessions),
    )
    return replace(
        course,
        choices=chosen,
        timezone=site.timezone,
        sessions=sessions,
        findings=by_severity(checks),
    )


def _refuse_unknown(course: Course, missed: Collection[int], resume: date) -> None:
    days = {session.number: session.day for session in course.sessions}
    for number in sorted(missed):
        if number not in days:
            raise InputError(
                f"missed session {number}",
                f"the course has sessions 1 to {len(days)}",
                "Give the number of a planned session",
            )
        if days[number] >= resume:
            raise InputError(
                f"missed session {number}",
                f"it is planned for {days[number]}, not before {resume}",
                "Put a coming absence into the patient's busy dates, or resume later",
            )


def _given(course: Course, missed: Collection[int], resume: date) -> tuple[PlannedSession, ...]:
    """The delivered sessions, numbered by delivery."""
    kept = [
        session
        for session in course.sessions
        if session.day < resume and session.number not in missed
    ]
    days = list(dict.fromkeys(session.day for session in kept))
    return tuple(
        replace(session, number=number, day_index=days.index(session.day) + 1)
        for number, session in enumerate(kept, start=1)
    )


def _remaining(steps: Sequence[Step], given: Sequence[PlannedSession]) -> tuple[Step, ...]:
    """What is left of the steps once the delivered sessions are taken off."""
    left = list(_left(steps, given))
    reached = [step.phase for step in steps if any(one.phase == step.phase for one in given)]
    current = reached[-1] if reached else steps[0].phase
    order = list(dict.fromkeys(step.phase for step in steps))
    behind = [step for step in left if order.index(step.phase) < order.index(current)]
    owed = sum(step.sessions for step in behind)
    ahead = [step for step in left if step not in behind]
    if owed:
        ahead = _made_up(ahead, current, owed, steps)
    return tuple(step for step in ahead if step.sessions)


def _left(steps: Sequence[Step], given: Sequence[PlannedSession]) -> Iterator[Step]:
    counts = {step.phase: sum(one.phase == step.phase for one in given) for step in steps}
    for step in steps:
        taken = min(step.sessions, counts[step.phase])
        counts[step.phase] -= taken
        # consecutive days are a matter of the whole step; what is left of one just goes on
        yield replace(
            step,
            sessions=step.sessions - taken,
            consecutive=step.consecutive and not taken,
        )


def _made_up(ahead: list[Step], current: str, owed: int, steps: Sequence[Step]) -> list[Step]:
    """The steps ahead with the owed sessions added to the first open one of the running phase."""
    own = [place for place, step in enumerate(ahead) if step.phase == current]
    open_ones = [place for place in own if ahead[place].sessions]
    place_of = (open_ones or own)[0 if open_ones else -1]
    step = ahead[place_of]
    ahead[place_of] = replace(step, sessions=step.sessions + owed)
    return ahead


def _since(given: Sequence[PlannedSession]) -> list[tuple[date, int]]:
    """The last delivered day, from which the first gap of the rest is counted."""
    return [(given[-1].day, 0)] if given else []


def _habit(course: Course) -> time | None:
    """The time of day at which the course's sessions begin."""
    return course.sessions[0].start.time() if course.sessions else None


@dataclass(frozen=True, slots=True)
class _Run:
    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def _runs(missed: Collection[int]) -> list[_Run]:
    """The missed numbers as runs without a delivered session between them."""
    runs: list[_Run] = []
    for number in sorted(set(missed)):
        if runs and number == runs[-1].last + 1:
            runs[-1] = _Run(runs[-1].first, number)
        else:
            runs.append(_Run(number, number))
    return runs


def _of_missed(course: Course, missed: Collection[int], known: Conventions) -> Iterator[Finding]:
    convention = known.missed_sessions
    if missed:
        yield Finding(
            code="course.missed-made-up",
            severity=Severity.NOTE,
            subject=course.rule.title,
            message="Missed sessions are given later, so that the planned number is delivered; "
            "this is a convention without trial evidence",
            found=f"{len(set(missed))} missed: {', '.join(str(n) for n in sorted(set(missed)))}",
            source=convention.source,
        )
    for run in _runs(missed):
        if run.length >= convention.consecutive_for_prompt:
            yield Finding(
                code="course.consecutive-misses",
                severity=Severity.ACKNOWLEDGE,
                subject=course.rule.title,
                message="Several sessions in a row were missed: ask why, and decide whether and "
                "how the course goes on",
                found=f"{run.length} in a row, sessions {run.first} to {run.last}",
                limit=f"fewer than {convention.consecutive_for_prompt}",
                source=convention.source,
            )


def _of_end(
    course: Course, sessions: Sequence[PlannedSession], known: Conventions
) -> Iterator[Finding]:
    before = course.last_day
    if not sessions or before is None or sessions[-1].day == before:
        return
    later = (sessions[-1].day - before).days
    yield Finding(
        code="course.end-moved",
        severity=Severity.NOTE,
        subject=course.rule.title,
        message=f"The course ends {abs(later)} days {'later' if later > 0 else 'earlier'}",
        found=f"{sessions[-1].day}",
        limit=f"{before} before",
        source=known.missed_sessions.source,
    )
