"""A course rule as steps: stretches of one rhythm that the calendar can place one after another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.plan.course.conventions import Conventions
from euthymia.plan.course.values import Choices, ExtensionPlan
from euthymia.plan.protocol.courses import CourseRule, Phase

EXTENSION = "extension"


@dataclass(frozen=True, slots=True)
class Step:
    """Sessions of one phase on one rhythm.

    consecutive: the treatment days follow each other without a free day between them.
    provisional: given only if `note` comes true.
    """

    phase: str
    sessions: int
    days_per_week: int
    sessions_per_day: int
    gap_min: int = 0
    consecutive: bool = False
    provisional: bool = False
    note: str = ""

    @property
    def days(self) -> int:
        """Treatment days that the sessions need."""
        return math.ceil(self.sessions / self.sessions_per_day)


def open_questions(rule: CourseRule, choices: Choices) -> tuple[Finding, ...]:
    """What must be chosen before a calendar can be made, because no publication says it."""
    return tuple(
        Finding(
            code=f"course.{code}-unknown",
            severity=Severity.STOP,
            subject=f"{rule.title}, {phase.name}",
            message=f"{what} is not published for this course; choose it",
            source=rule.source,
        )
        for phase in rule.phases
        for code, what in _unknown(rule, phase, choices)
    )


def chosen_facts(rule: CourseRule, choices: Choices) -> tuple[Finding, ...]:
    """What the calendar rests on that a clinician chose, no publication."""
    before = {item for phase in rule.phases for item in _unknown(rule, phase, Choices())}
    after = {item for phase in rule.phases for item in _unknown(rule, phase, choices)}
    answers = {
        "rhythm": f"{choices.days_per_week} days a week",
        "per-day": f"{choices.sessions_per_day} a day",
        "gap": f"{choices.min_gap_min} min",
    }
    return tuple(
        Finding(
            code=f"course.{code}-chosen",
            severity=Severity.CAUTION,
            subject=rule.title,
            message=f"{what} was chosen for this patient; it is not published for this course",
            found=answers[code],
            source=rule.source,
        )
        for code, what in sorted(before - after)
    )


def steps_of(rule: CourseRule, choices: Choices, known: Conventions) -> tuple[Step, ...]:
    """The rule's phases as steps, then its extension where that is wanted.

    Call it only when `open_questions` finds none. Raises InputError for a number of sessions that
    lies outside the published range.
    """
    phases = list(rule.phases)
    phases[-1] = _with_more(phases[-1], _extra_sessions(rule, choices))
    steps = [step for phase in phases for step in _steps_of_phase(rule, phase, choices, known)]
    return tuple(_with_extension(rule, choices, steps))


def _unknown(rule: CourseRule, phase: Phase, choices: Choices) -> Iterator[tuple[str, str]]:
    per_day = _per_day(phase, choices)
    if phase.sessions_per_day is None and choices.sessions_per_day is None:
        yield "per-day", "How many sessions a day has"
    if not phase.sessions_per_week and choices.days_per_week is None:
        yield "rhythm", "On how many days a week sessions are given"
    if per_day is not None and per_day > 1 and _gap(rule, choices) is None:
        yield "gap", "The least time between two sessions of a day"


def _per_day(phase: Phase, choices: Choices) -> int | None:
    return choices.sessions_per_day if phase.sessions_per_day is None else phase.sessions_per_day


def _gap(rule: CourseRule, choices: Choices) -> int | None:
    return choices.min_gap_min if rule.min_gap_min is None else rule.min_gap_min


def _extra_sessions(rule: CourseRule, choices: Choices) -> int:
    """Sessions beyond the lower end of a published range, as chosen."""
    if choices.sessions is None or choices.sessions == rule.sessions_total:
        return 0
    # with an extension rule the upper end of the range is what its condition leads to
    most = rule.sessions_total if rule.extension else rule.sessions_max or rule.sessions_total
    if not rule.sessions_total <= choices.sessions <= most:
        span = (
            f"{rule.sessions_total}"
            if most == rule.sessions_total
            else (f"{rule.sessions_total} to {most}")
        )
        raise InputError(
            f"{choices.sessions} sessions of {rule.title!r}",
            f"the rule has {span}",
            "Choose within the rule, or write a rule of your own",
        )
    return choices.sessions - rule.sessions_total


def _with_more(phase: Phase, extra: int) -> Phase:
    """The phase with further sessions on the rhythm of its last week."""
    if not extra:
        return phase
    weeks = phase.sessions_per_week
    if weeks:
        whole, rest = divmod(extra, weeks[-1])
        weeks = (*weeks, *(weeks[-1],) * whole, *((rest,) if rest else ()))
    return replace(phase, sessions=phase.sessions + extra, sessions_per_week=weeks)


def _steps_of_phase(
    rule: CourseRule, phase: Phase, choices: Choices, known: Conventions
) -> Iterator[Step]:
    per_day = _per_day(phase, choices) or 1
    gap = (_gap(rule, choices) or 0) if per_day > 1 else 0
    if not phase.sessions_per_week:
        days = choices.days_per_week or 1
        yield Step(phase.name, phase.sessions, days, per_day, gap)
        return
    weeks = len(phase.sessions_per_week)
    consecutive = per_day > 1 and weeks <= known.accelerated.consecutive_days_up_to_weeks
    for count, run in groupby(phase.sessions_per_week):
        sessions = count * len(tuple(run))
        days = math.ceil(count / per_day)
        yield Step(phase.name, sessions, days, per_day, gap, consecutive=consecutive)


def _with_extension(rule: CourseRule, choices: Choices, steps: list[Step]) -> Iterator[Step]:
    extension = rule.extension
    if extension is None or choices.extension is ExtensionPlan.LEFT_OUT:
        yield from steps
        return
    placed, added = 0, False
    for step in steps:
        yield step
        placed += step.sessions
        if placed >= extension.after_session and not added:
            added = True
            provisional = choices.extension is ExtensionPlan.PROVISIONAL
            note = f"Only if {extension.condition}" if provisional else ""
            yield replace(
                step,
                phase=EXTENSION,
                sessions=extension.sessions,
                provisional=provisional,
                note=note,
                consecutive=False,
            )
