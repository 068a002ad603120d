"""Which treatments were taken at the same time: augmentation, combination, or a mere change-over.

Histories name one drug after the other; what was taken together shows in the dates only. The days
that two trials share are a range, and so is what follows from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations, permutations

from euthymia.assess.medication.catalogue import AgentKind
from euthymia.assess.medication.exposure import DayRange
from euthymia.assess.medication.instruments import OverlapRule, overlap_rule
from euthymia.assess.medication.verdicts import ReasonStep, TrialVerdict, sentence_case


class Together(StrEnum):
    """What two treatments that share days amount to."""

    AUGMENTATION = "augmentation"
    """A drug that is only ever added, or was told to be added, on top of an antidepressant."""
    COMBINATION = "combination"
    """Two antidepressants at the same time."""
    CHANGE_OVER = "change_over"
    """One was tapered while the other was begun."""
    OPEN = "open"
    """The days that they shared are not known well enough."""


@dataclass(frozen=True, slots=True)
class Concurrence:
    """Two drugs that were, or may have been, taken at the same time: `added` on top of `base`."""

    base: TrialVerdict
    added: TrialVerdict
    kind: Together
    shared: DayRange
    steps: tuple[ReasonStep, ...]

    @property
    def text(self) -> str:
        """ "aripiprazole was added to sertraline (84 days together): augmentation"."""
        added, base = self.added.agent.name, self.base.agent.name
        if self.kind is Together.CHANGE_OVER:
            return f"{base} was replaced by {added} ({self.shared.text} together): change-over"
        if self.kind is Together.OPEN:
            return f"{added} and {base} may have been taken together ({self.shared.text})"
        verb = "was added to" if self.kind is Together.AUGMENTATION else "was taken with"
        return f"{added} {verb} {base} ({self.shared.text} together): {self.kind.value}"


def concurrences(verdicts: Sequence[TrialVerdict]) -> tuple[Concurrence, ...]:
    """Every two drugs of a history that share days or may do so, in the order of the history.

    `verdicts` are those of any one instrument. Pairs without any date on either side are left out:
    nothing can be said of them.
    """
    rule = overlap_rule()
    found = (_of(first, second, rule) for first, second in combinations(verdicts, 2))
    return tuple(pair for pair in found if pair is not None)


def combined_at_most(verdicts: Sequence[TrialVerdict]) -> int:
    """The most agents that may have been combined with another antidepressant, each counted once.

    Only what the dates exclude is left out; trials without dates may have run at any time.
    """
    rule = overlap_rule()
    drugs = [
        verdict
        for verdict in verdicts
        if verdict.agent.kind is AgentKind.ANTIDEPRESSANT and verdict.trial.augments is None
    ]
    involved: set[int] = set()
    added: set[str] = set()
    for one, other in permutations(range(len(drugs)), 2):
        base, later = drugs[one], drugs[other]
        if base.agent.molecule == later.agent.molecule or not _may_combine(base, later, rule):
            continue
        involved.add(one)
        first, last = base.began.earliest, later.began.latest
        if first is None or last is None or last >= first:
            added.add(later.agent.molecule)
    return min(len(added), max(len(involved) - 1, 0))


def _may_combine(one: TrialVerdict, other: TrialVerdict, rule: OverlapRule) -> bool:
    shared = shared_days(one, other)
    return shared is None or shared.may_reach(rule.change_over_up_to_days + 1)


def _of(first: TrialVerdict, second: TrialVerdict, rule: OverlapRule) -> Concurrence | None:
    drugs = all(verdict.agent.is_drug for verdict in (first, second))
    if not drugs or first.agent.molecule == second.agent.molecule:
        return None
    base, added = _order(first, second)
    if base.agent.kind is not AgentKind.ANTIDEPRESSANT or not _is_treatment(added):
        return None
    shared = shared_days(base, added)
    if shared is None or shared.high == 0:
        return None
    kind = _kind(shared, added, rule)
    steps = (
        ReasonStep(
            f"{sentence_case(added.agent.name)} and {base.agent.name}: {shared.text} shared"
        ),
        ReasonStep(sentence_case(rule.text), rule.source),
    )
    return Concurrence(base, added, kind, shared, steps)


def _is_treatment(verdict: TrialVerdict) -> bool:
    kinds = (AgentKind.ANTIDEPRESSANT, AgentKind.AUGMENTER, AgentKind.ESKETAMINE)
    return verdict.agent.kind in kinds


def _order(first: TrialVerdict, second: TrialVerdict) -> tuple[TrialVerdict, TrialVerdict]:
    """The base and what was added: an augmenter is always added, otherwise the later one is."""
    for base, added in ((first, second), (second, first)):
        if added.trial.augments is not None or added.agent.kind is not AgentKind.ANTIDEPRESSANT:
            return base, added
    later = (second.began.latest or date.max) < (first.began.latest or date.max)
    return (second, first) if later else (first, second)


def _kind(shared: DayRange, added: TrialVerdict, rule: OverlapRule) -> Together:
    told = added.trial.augments is not None
    if shared.high is not None and shared.high <= rule.change_over_up_to_days and not told:
        return Together.CHANGE_OVER
    if not shared.surely_reaches(rule.together_from_days) and not told:
        return Together.OPEN
    antidepressant = added.agent.kind is AgentKind.ANTIDEPRESSANT
    return Together.COMBINATION if antidepressant else Together.AUGMENTATION


def shared_days(one: TrialVerdict, other: TrialVerdict) -> DayRange | None:
    """How many days two trials share at least and at most; None where no date says anything."""
    undated = [not any(True for _ in v.trial.days) for v in (one, other)]
    if any(undated):
        return None
    low = _days(_last(one.began.latest, other.began.latest),
                _first(one.ended.earliest, other.ended.earliest))  # fmt: skip
    begun = [day for day in (one.began.earliest, other.began.earliest) if day]
    ended = [day for day in (one.ended.latest, other.ended.latest) if day]
    if not begun or not ended:
        return DayRange(low, None)
    return DayRange(low, _days(max(begun), min(ended)))


def _last(one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else max(one, other)


def _first(one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else min(one, other)


def _days(first: date | None, last: date | None) -> int:
    return 0 if first is None or last is None else max((last - first).days + 1, 0)
