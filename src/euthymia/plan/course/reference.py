"""The calendar's rules as Markdown tables, for the generated documentation."""

from __future__ import annotations

from euthymia.core.references import Citation
from euthymia.plan.course.conventions import conventions
from euthymia.plan.protocol.courses import CourseRule, Phase, courses


def rules_markdown() -> str:
    """Two tables: every course rule as the calendar reads it, and the calendar's conventions."""
    return f"{_courses()}\n{_conventions()}"


def _courses() -> str:
    head = "| Course | Sessions | Rhythm | Gap on a day | Source |\n|---|---|---|---|---|\n"
    return head + "".join(f"{_row(*_cells(rule))}\n" for rule in courses())


def _cells(rule: CourseRule) -> tuple[str, ...]:
    total = f"{rule.sessions_total}"
    if rule.sessions_max and rule.sessions_max > rule.sessions_total:
        total += f" to {rule.sessions_max}"
    rhythm = "; ".join(_rhythm(phase) for phase in rule.phases)
    if rule.extension:
        rhythm += f"; then {rule.extension.sessions} more if {rule.extension.condition}"
    several = (rule.sessions_per_day or 1) > 1
    gap = f"{rule.min_gap_min} min" if rule.min_gap_min is not None else "to be chosen"
    return (rule.title, total, rhythm, gap if several else "–", _sources(rule.citations))


def _rhythm(phase: Phase) -> str:
    per_day = phase.sessions_per_day
    if per_day is None:
        return f"{phase.name}: sessions a day to be chosen"
    if not phase.sessions_per_week:
        return f"{phase.name}: {phase.sessions} sessions, days a week to be chosen"
    weeks = phase.sessions_per_week
    a_day = f" ({per_day} a day)" if per_day > 1 else ""
    if len(set(weeks)) == 1:
        span = "1 week" if len(weeks) == 1 else f"{len(weeks)} weeks"
        return f"{phase.name}: {weeks[0]} a week for {span}{a_day}"
    return f"{phase.name}: {', '.join(str(count) for count in weeks)} in successive weeks{a_day}"


def _conventions() -> str:
    known = conventions()
    rows = (
        (
            "A missed session is given later, so that the planned number is delivered; so many "
            "missed in a row prompt the clinician",
            f"{known.missed_sessions.consecutive_for_prompt}",
            _source(known.missed_sessions.source),
        ),
        (
            "From so many days between two treatment days the motor threshold is redone and a new "
            "ramp considered",
            f"{known.long_gap.days}",
            _source(known.long_gap.source),
        ),
        (
            "Courses of several sessions a day run on consecutive days when they last at most so "
            "many weeks",
            f"{known.accelerated.consecutive_days_up_to_weeks}",
            _source(known.accelerated.source),
        ),
    )
    head = "| Convention | Value | Source |\n|---|---|---|\n"
    return head + "".join(f"{_row(*row)}\n" for row in rows)


def _sources(citations: tuple[Citation, ...]) -> str:
    return "; ".join(_source(citation) for citation in citations)


def _source(citation: Citation) -> str:
    return citation.short + ("" if citation.tag.verified else " (unverified)")


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
