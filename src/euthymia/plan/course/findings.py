"""Everything that a clinician should know about a planned course."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby, pairwise

from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Citation, Tag
from euthymia.plan.course.conventions import Conventions
from euthymia.plan.course.place import WEEK, Displaced, Placement, WeekShort
from euthymia.plan.course.rooms import Block
from euthymia.plan.course.site import Site
from euthymia.plan.course.steps import Step
from euthymia.plan.course.values import Choices, PlannedSession
from euthymia.plan.protocol.courses import CourseRule

_SAID = {
    Block.HOLIDAY: "a public holiday",
    Block.CLOSED: "a closing day",
    Block.BUSY: "the patient's busy dates",
    Block.HOURS: "too little room on the day",
}


def of_dates(
    start: date, today: date, site: Site, last: date | None, subject: str = "start of the course"
) -> Iterator[Finding]:
    """A first date in the past, and years whose holidays are not known."""
    if start < today:
        yield Finding(
            code="course.start-in-past",
            severity=Severity.STOP,
            subject=subject,
            message="The date lies in the past",
            found=f"{start}",
            limit=f"{today} or later",
            nearest_allowed=f"{today}",
        )
    if site.holidays is None:
        yield Finding(
            code="course.no-holidays",
            severity=Severity.CAUTION,
            subject="public holidays",
            message="The site names no country, so no public holiday is taken into account",
        )
    elif not all(site.holidays.knows(day) for day in (start, last or start)):
        yield Finding(
            code="course.holidays-unknown",
            severity=Severity.CAUTION,
            subject="public holidays",
            message=f"The holidays of {site.holidays.text} are not known for every year of the "
            "course, so some may be missing from it",
            found=f"{start.year} to {(last or start).year}",
        )


def of_rule(rule: CourseRule, choices: Choices) -> Iterator[Finding]:
    """Unverified schedule facts, and a published range of which one end is taken."""
    unverified = [source for source in rule.citations if source.tag is Tag.RECALLED]
    for source in unverified:
        yield Finding(
            code="course.unverified",
            severity=Severity.NOTE,
            subject=rule.title,
            message=f"Unverified schedule fact: {source.at or 'the schedule'}",
            source=source,
        )
    if rule.sessions_max and not rule.extension and rule.sessions_max > rule.sessions_total:
        yield Finding(
            code="course.range",
            severity=Severity.NOTE,
            subject=rule.title,
            message="The number of sessions is published as a range",
            found=f"{choices.sessions or rule.sessions_total} sessions",
            limit=f"{rule.sessions_total} to {rule.sessions_max}",
            source=rule.source,
        )


def of_start(
    asked: date, placement: Placement, steps: Sequence[Step], known: Conventions
) -> Iterator[Finding]:
    """A first session that is not on the day asked for, and days that do not follow each other."""
    first = placement.days[0].day
    if first != asked:
        whole = steps[0].consecutive and steps[0] not in placement.not_consecutive
        reason = (
            f"the first {steps[0].days} consecutive days with room begin there"
            if whole
            else "it is the first day with room"
        )
        yield Finding(
            code="course.start-moved",
            severity=Severity.NOTE,
            subject="start of the course",
            message=f"The first session is not on the day asked for: {reason}",
            found=f"{first:%A} {first}",
            limit=f"{asked:%A} {asked}",
        )
    for step in placement.not_consecutive:
        yield Finding(
            code="course.not-consecutive",
            severity=Severity.ACKNOWLEDGE,
            subject=step.phase,
            message=f"The {step.days} treatment days cannot follow each other without a break",
            source=known.accelerated.source,
        )


def of_displaced(displaced: Sequence[Displaced]) -> Iterator[Finding]:
    """Sessions that had to move, one finding for each cause."""
    causes = dict.fromkeys((item.by.kind, item.by.reason) for item in displaced)
    for kind, reason in causes:
        days = sorted(
            item.day for item in displaced if (item.by.kind, item.by.reason) == (kind, reason)
        )
        yield Finding(
            code=f"course.moved-{kind.name.lower()}",
            severity=Severity.NOTE,
            subject=reason,
            message=f"Sessions move to other days because of {_SAID[kind]}",
            found=listed(days),
        )


def of_short_weeks(
    short: Sequence[WeekShort], rule: CourseRule, causes: Mapping[Step, str]
) -> Iterator[Finding]:
    """Weeks with fewer treatment days than the rule says, one finding for each rhythm.

    causes: for a step, why no week of it can have more, where that is so.
    """
    for step, group in groupby(short, key=lambda week: week.step):
        weeks, cause = tuple(group), causes.get(step, "")
        least = min(week.treated for week in weeks)
        # one day lost to a holiday is life; two in a week, or the same every week, is a deviation
        deviates = bool(cause) or any(week.lacking > 1 for week in weeks)
        yield Finding(
            code="course.week-below-rule",
            severity=Severity.CAUTION if deviates else Severity.NOTE,
            subject=f"{rule.title}, {step.phase}",
            message="Some weeks have fewer treatment days than the rule says, so the course "
            f"takes longer{': ' + cause if cause else ''}",
            found=f"{len(weeks)} week{'s' if len(weeks) > 1 else ''} below, "
            f"the least with {least}, from {listed([week.first for week in weeks])}",
            limit=f"{step.days_per_week} treatment days a week",
            source=rule.source,
        )


def of_gaps(days: Sequence[tuple[date, int]], known: Conventions) -> Iterator[Finding]:
    """Gaps of a week or more; a note where the rule itself asks for weekly sessions.

    days: the treatment days in order, each with the days a week of the rhythm that placed it.
    """
    gaps = [
        (before, after, rhythm == 1 and (after - before).days <= WEEK)
        for (before, _), (after, rhythm) in pairwise(days)
        if (after - before).days >= known.long_gap.days
    ]
    long = [(before, after) for before, after, planned in gaps if not planned]
    if long:
        told = [f"{(after - before).days} days, from {before} to {after}" for before, after in long]
        yield Finding(
            code="course.long-gap",
            severity=Severity.CAUTION,
            subject="gap between sessions",
            message="Redo the motor threshold after the gap, and consider a new ramp of intensity",
            found=listed(told, separator="; "),
            limit=f"less than {known.long_gap.days} days",
            source=known.long_gap.source,
        )
    weekly = [after for _, after, planned in gaps if planned]
    if weekly:
        yield Finding(
            code="course.weekly-gap",
            severity=Severity.NOTE,
            subject="weekly sessions",
            message="The rule itself has sessions a week apart; by convention the motor threshold "
            "is redone after such a gap",
            found=listed(weekly),
            source=known.long_gap.source,
        )


def of_provisional(sessions: Sequence[PlannedSession], source: Citation) -> Iterator[Finding]:
    """Places kept for sessions that depend on a condition."""
    kept = [session for session in sessions if session.provisional]
    if kept:
        yield Finding(
            code="course.provisional",
            severity=Severity.NOTE,
            subject="extension",
            message=f"Sessions {kept[0].number} to {kept[-1].number} are kept provisionally. "
            f"{kept[0].note}",
            found=f"{len(kept)} sessions, {kept[0].day} to {kept[-1].day}",
            source=source,
        )


def listed(items: Sequence[object], most: int = 6, separator: str = ", ") -> str:
    """The items in order, shortened where they are many: "2026-05-25, 2026-06-19"."""
    shown = separator.join(str(item) for item in items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"
