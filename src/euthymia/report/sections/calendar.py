"""Calendar: when each session of the course is held, and what the calendar had to bend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby

from euthymia.core.findings import Finding
from euthymia.plan.course.hours import Availability
from euthymia.plan.course.site import Site
from euthymia.plan.course.values import Course, PlannedSession
from euthymia.report.blocks import Block, Content, Facts, Figure, Paragraph, content
from euthymia.report.document import Section
from euthymia.report.figures import calendar as drawing
from euthymia.report.figures.calendar import Closed, ClosedDay, TreatmentDay
from euthymia.report.sections.words import count, graver, sentence


def calendar_section(
    course: Course, site: Site | None = None, availability: Availability | None = None
) -> Section:
    """The section on the calendar; site and availability name the closed days on it."""
    blocks: list[Block] = [_facts(course)]
    if course.sessions:
        closed = closed_days(course, site, availability)
        svg = drawing.draw(treatment_days(course), closed)
        caption = "Large numbers count the sessions of the course; small ones are the days."
        blocks.append(Figure.of(svg, (caption,)))
    else:
        blocks.append(Paragraph(("The course could not be fitted onto the calendar.",)))
    blocks += [Paragraph((sentence(note),), quiet=True) for note in course.rule.notes]
    blocks += graver(course.findings, "The course fits as published.")
    return Section("Calendar", tuple(blocks))


def no_calendar_section(findings: Sequence[Finding]) -> Section:
    """The section where no calendar could be made, with the reasons."""
    told = Paragraph(("No calendar was made.",))
    return Section("Calendar", (told, *graver(findings, "Nothing else is to be said about it.")))


def _facts(course: Course) -> Facts:
    rule = course.rule
    rows: list[tuple[str, Content]] = [("course", content(rule.title, course.source))]
    if course.first_day and course.last_day:
        whole = (
            f"{count(len(course.sessions), 'session')} on {count(len(course.days), 'day')}, "
            f"{course.first_day.isoformat()} to {course.last_day.isoformat()}"
        )
        rows.append(("planned", (whole,)))
        first = course.sessions[0]
        when = f"{first.start:%A %Y-%m-%d, %H:%M}; {course.session_minutes:g} min of stimulation"
        rows.append(("first session", (f"{when} ({course.timezone})",)))
    if rule.extension is not None:
        extension = rule.extension
        words = f"after session {extension.after_session}: {extension.condition}"
        rows.append((f"{extension.sessions} more", content(words, extension.source)))
    return Facts(tuple(rows))


def treatment_days(course: Course) -> tuple[TreatmentDay, ...]:
    """The course as the calendar draws it: one entry a day."""
    days = []
    for day, group in groupby(course.sessions, key=lambda session: session.day):
        held = tuple(group)
        days.append(TreatmentDay(day, len(held), _phase(held[0]), held[0].number))
    return tuple(days)


def _phase(session: PlannedSession) -> str:
    return f"{session.phase} (provisional)" if session.provisional else session.phase


def closed_days(
    course: Course, site: Site | None, availability: Availability | None
) -> tuple[ClosedDay, ...]:
    """The whole days between first and last session on which clinic or patient cannot."""
    if course.first_day is None or course.last_day is None:
        return ()
    found = []
    for offset in range((course.last_day - course.first_day).days + 1):
        day = course.first_day + timedelta(days=offset)
        reason = _why_closed(day, site, availability)
        if reason is not None:
            found.append(reason)
    return tuple(found)


def _why_closed(
    day: date, site: Site | None, availability: Availability | None
) -> ClosedDay | None:
    name = site.closed_reason(day) if site is not None else None
    if name is not None:
        return ClosedDay(day, Closed.HOLIDAY, name)
    for busy in availability.busy if availability is not None else ():
        if busy.hours is None and busy.covers(day):
            return ClosedDay(day, Closed.BUSY, busy.reason)
    return None
