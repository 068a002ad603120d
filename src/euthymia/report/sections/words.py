"""Small phrases that several sections share: numbers, dates, counts, conclusions of findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from euthymia.assess.medication.trial import DayBounds, MedicationTrial, StopReason
from euthymia.core.findings import Finding, Severity, by_severity, worst
from euthymia.core.poses import FloatArray
from euthymia.core.quantities import Estimate
from euthymia.report.blocks import Block, FindingList, Paragraph

ALL_FINDINGS = "All findings"
"""The title of the section that lists every finding."""


def count(number: int, noun: str, plural: str = "") -> str:
    """ "1 session", "36 sessions", "3,000 pulses"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def signed(value: float, digits: int = 0) -> str:
    """A number with a true minus sign; minus zero is zero."""
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def taken(trial: MedicationTrial) -> str:
    """When a treatment was taken, as exactly as it was told: "begun 2021-03, last 2021-09"."""
    ongoing = trial.stop_reason is StopReason.ONGOING
    if trial.start_between is None and trial.end_between is None:
        return span(trial.start, trial.end, ongoing)
    last = "ongoing" if ongoing else day_text(trial.end, trial.end_between)
    return f"begun {day_text(trial.start, trial.start_between)}, last {last}"


def point(position_mm: FloatArray, digits: int = 0) -> str:
    """ "−38, 44, 26"."""
    return ", ".join(signed(float(part), digits) for part in position_mm)


def interval(estimate: Estimate, digits: int = 1) -> str:
    """ "102.3 V/m (91.0 to 115.2)", without the bracket where no interval is known."""
    unit = estimate.unit.replace("A/us", "A/µs")
    head = f"{signed(estimate.value, digits)} {unit}".rstrip()
    if estimate.low is None or estimate.high is None:
        return head
    return f"{head} ({signed(estimate.low, digits)} to {signed(estimate.high, digits)})"


def span(start: date | None, end: date | None, ongoing: bool) -> str:
    """ "2024-02-01 to 2024-06-30", "since 2024-02-01", "2024-02-01 to ?"."""
    if ongoing:
        return f"since {start.isoformat()}" if start else "ongoing, start unknown"
    if start is None and end is None:
        return "dates unknown"
    return f"{start.isoformat() if start else '?'} to {end.isoformat() if end else '?'}"


def sentence(text: str) -> str:
    """The text with a capital first letter and one full stop; "iTBS" and "rMT" stay as they are."""
    text = text.strip()
    ended = text if text.endswith((".", "!", "?")) else text + "."
    first_word = ended.split(maxsplit=1)[0]
    if any(letter.isupper() for letter in first_word[1:]):
        return ended
    return ended[:1].upper() + ended[1:]


def tally(findings: Iterable[Finding]) -> str:
    """How many of each severity: "1 stop, 2 cautions, 4 notes"; "none" of none."""
    found = tuple(findings)
    words = {
        Severity.STOP: ("stop", "stops"),
        Severity.ACKNOWLEDGE: ("to acknowledge", "to acknowledge"),
        Severity.CAUTION: ("caution", "cautions"),
        Severity.NOTE: ("note", "notes"),
    }
    parts = []
    for severity, (one, many) in words.items():
        number = sum(each.severity is severity for each in found)
        if number:
            parts.append(f"{number} {one if number == 1 else many}")
    return ", ".join(parts) or "none"


def graver(findings: Sequence[Finding], none: str) -> tuple[Block, ...]:
    """What a section shows of its findings: all but the notes, which stand with all the others."""
    shown = tuple(f for f in by_severity(findings) if f.severity > Severity.NOTE)
    notes = len(findings) - len(shown)
    blocks: list[Block] = [FindingList(shown, none)] if shown or not notes else []
    if notes:
        verb = "stands" if notes == 1 else "stand"
        further = "further " if shown else ""
        words = f"{count(notes, further + 'note')} {verb} in the section {ALL_FINDINGS}."
        blocks.append(Paragraph((words,), quiet=True))
    return tuple(blocks)


_CONCLUSIONS = {
    Severity.STOP: "Must not go ahead as it stands",
    Severity.ACKNOWLEDGE: "May go ahead only after a clinician has acknowledged what is listed",
    Severity.CAUTION: "Nothing found stands against it; a person should weigh what is listed",
    Severity.NOTE: "Nothing found stands against it",
}


def conclusion(findings: Iterable[Finding]) -> tuple[Severity, str]:
    """The gravest severity and what it means for going ahead, as a sentence without its stop."""
    severity = worst(findings)
    return severity, _CONCLUSIONS[severity]


def day_text(day: date | None, between: DayBounds | None) -> str:
    """A day, the months that it lies between, or a question mark."""
    if day is not None:
        return day.isoformat()
    if between is None:
        return "?"
    first, last = between.earliest, between.latest
    if first is None or last is None:
        known = first or last
        word = "by" if first is None else "from"
        return f"{word} {known.isoformat()}" if known else "?"
    same = (first.year, first.month) == (last.year, last.month)
    return f"{first:%Y-%m}" if same else f"{first:%Y-%m} to {last:%Y-%m}"
