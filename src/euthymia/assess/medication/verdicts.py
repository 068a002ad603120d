"""What the judgement of a treatment trial can say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from euthymia.assess.medication.catalogue import Agent
from euthymia.assess.medication.exposure import DayRange
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.trial import DayBounds, MedicationTrial
from euthymia.core.references import Citation


class Verdict(StrEnum):
    """What a trial amounts to. Only ADEQUATE_FAILURE counts towards resistance."""

    ADEQUATE_FAILURE = "adequate_failure"
    TOO_SHORT = "too_short"
    TOO_LOW = "too_low"
    INTOLERANCE = "intolerance"
    POOR_ADHERENCE = "poor_adherence"
    TACHYPHYLAXIS = "tachyphylaxis"
    ONGOING = "ongoing"
    RESPONDED = "responded"
    NOT_JUDGED = "not_judged"
    UNDETERMINED = "undetermined"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Verdict.ADEQUATE_FAILURE: "adequate failure",
    Verdict.TOO_SHORT: "too short",
    Verdict.TOO_LOW: "dose too low",
    Verdict.INTOLERANCE: "not tolerated",
    Verdict.POOR_ADHERENCE: "not taken as prescribed",
    Verdict.TACHYPHYLAXIS: "worked, then lost its effect (tachyphylaxis)",
    Verdict.ONGOING: "still running",
    Verdict.RESPONDED: "helped",
    Verdict.NOT_JUDGED: "not judged by this instrument",
    Verdict.UNDETERMINED: "undetermined",
}


_FEW = 3


class Role(StrEnum):
    """In which column of a treatment history a trial stands."""

    ANTIDEPRESSANT = "antidepressant"
    AUGMENTATION = "augmentation"
    ECT = "ect"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReasonStep:
    """One step of the reasoning: a sentence, and the source of its rule if it applies one."""

    text: str
    source: Citation | None = None


@dataclass(frozen=True, slots=True)
class TrialVerdict:
    """The judgement of one trial: what it can be, what is missing to know, and why.

    `possible` holds every verdict that the recorded facts allow; `verdict` is the only one of them,
    or UNDETERMINED. `counts` says whether it is an adequate failure: True, False, or None (open).
    `began` and `ended` bound its first and last day.
    """

    trial: MedicationTrial
    agent: Agent
    role: Role
    instrument: Instrument
    possible: tuple[Verdict, ...]
    missing: tuple[str, ...]
    steps: tuple[ReasonStep, ...]
    taken: DayRange
    at_dose: DayRange | None
    began: DayBounds
    ended: DayBounds

    @property
    def verdict(self) -> Verdict:
        return self.possible[0] if len(self.possible) == 1 else Verdict.UNDETERMINED

    @property
    def counts(self) -> bool | None:
        if Verdict.ADEQUATE_FAILURE not in self.possible:
            return False
        return True if len(self.possible) == 1 else None

    @property
    def text(self) -> str:
        """The verdict as one sentence."""
        name = self.agent.name
        if self.verdict is not Verdict.UNDETERMINED:
            return f"{name}: {self.verdict.label}"
        opening = "no adequate failure in any case" if self.counts is False else "undetermined"
        options = " or ".join(option.label for option in self.possible)
        # A long list of what it could be says less than what is missing to tell.
        listed = f" ({options})" if len(self.possible) <= _FEW else ""
        unknown = f"; unknown: {', '.join(self.missing)}" if self.missing else ""
        return f"{name}: {opening}{listed}{unknown}"


def in_order(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts once each, in the order of the enum."""
    found = set(verdicts)
    return tuple(verdict for verdict in Verdict if verdict in found)


def sentence_case(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
