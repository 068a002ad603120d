"""What the medication timeline draws: trials with their dose steps, laid out without gaps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from euthymia.report import palette


class Tone(Enum):
    """What a verdict means for the stage; each has a colour, and its word stands beside it."""

    COUNTS = palette.BLUE
    """An adequate trial that failed."""
    ADDED = palette.PURPLE
    """An augmentation or another treatment that failed adequately: counted apart."""
    INADEQUATE = palette.SKY
    """Too short, too low or not really taken: does not count."""
    INTOLERANCE = palette.ORANGE
    """Stopped for side effects before it was adequate."""
    HELPED = palette.GREEN
    """Response or remission."""
    UNKNOWN = palette.GREY
    """Facts are missing."""


@dataclass(frozen=True, slots=True)
class Step:
    """A span on one dose; `end` None lasts to the next step, `dose_mg` None is an unknown dose."""

    start: date
    end: date | None
    dose_mg: float | None


@dataclass(frozen=True, slots=True)
class TrialBar:
    """One row of the timeline. Unknown dates are None and are drawn as fading ends.

    `minimum_mg` is the lowest adequate dose, drawn as a dashed line; `verdict` is the word that
    stands at the right, `detail` a short line below it. `given` is what a treatment that has no
    dose was given as ("18 sessions"), and stands on its bar instead.
    """

    agent: str
    start: date | None
    end: date | None
    ongoing: bool
    verdict: str
    tone: Tone
    steps: tuple[Step, ...] = ()
    minimum_mg: float | None = None
    detail: str = ""
    given: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch on one dose, with both ends settled for the drawing; `sure` if the end is known."""

    start: date
    end: date
    dose_mg: float | None
    sure: bool
    given: str = ""

    @property
    def words(self) -> str:
        """ "150 mg", "dose ?", or what the treatment was given as."""
        return f"{self.dose_mg:g} mg" if self.dose_mg else self.given or "dose ?"

    @property
    def text(self) -> str:
        until = self.end.isoformat() if self.sure else "?"
        per_day = "" if self.given else " per day"
        return f"{self.words}{per_day}, {self.start.isoformat()} to {until}"


def spans_of(trial: TrialBar, on: date) -> tuple[Span, ...]:
    """The trial without gaps: its steps, and stretches of unknown dose between and around them."""
    days = [day for day in (trial.start, trial.end) if day is not None]
    days += [day for step in trial.steps for day in (step.start, step.end) if day is not None]
    if not days:
        return ()
    first = trial.start or min(days)
    last = on if trial.ongoing else trial.end or max(days)
    known_end = trial.ongoing or trial.end is not None
    spans: list[Span] = []
    reached = first
    for index, step in enumerate(trial.steps):
        if (step.start - reached).days > 1:
            spans.append(Span(reached, step.start, None, True))
        following = trial.steps[index + 1].start if index + 1 < len(trial.steps) else last
        end = max(step.end or following, step.start)
        spans.append(Span(step.start, end, step.dose_mg, step.end is not None or known_end))
        reached = end
    if not spans or (last - reached).days > 1:
        spans.append(Span(reached, last, None, known_end, trial.given))
    return tuple(spans)
