"""The methods that count answers: relative frequency (5 of 10, 10 of 20), and Mills-Nithi."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from euthymia.core.quantities import Estimate
from euthymia.treat.threshold.method import FULL_OUTPUT_PCT, Advice, Trial, to_step
from euthymia.treat.threshold.rules import threshold_rules


@dataclass(frozen=True, slots=True)
class RelativeFrequency:
    """The lowest output with an answer in at least half of the trials.

    It begins above the threshold and steps down; a level ends as soon as its outcome is certain.
    If the first level fails, it steps up in larger steps first. The threshold is the last level
    that passed before one failed. It gives no interval: the method knows none.
    """

    of: Literal[10, 20] = 10
    start_pct: float = threshold_rules().relative_frequency.start_pct
    step_pct: float = threshold_rules().relative_frequency.step_down_pct

    @property
    def id(self) -> str:
        return f"relative_frequency_{self.of}"

    def advise(self, trials: Sequence[Trial]) -> Advice:
        """The level under way, the next level, or the threshold."""
        rule = threshold_rules().relative_frequency
        needed = rule.least_of_ten if self.of == 10 else rule.least_of_twenty
        level, passed, rest = to_step(self.start_pct, self.step_pct), None, iter(trials)
        while True:
            verdict, given = _level(rest, self.of, needed)
            if verdict is None:
                return Advice(level, _found(passed), f"trial {given + 1} of {self.of} at {level:g}")
            if verdict:
                passed = level
                level = level - self.step_pct
                if level <= 0:
                    return Advice(None, _found(passed), "the lowest output still passes")
                continue
            if passed is not None:
                return Advice(None, _found(passed), f"fewer than half at {level:g}")
            if level >= FULL_OUTPUT_PCT:
                return Advice(None, None, "fewer than half at full output")
            level = min(level + rule.step_up_pct, FULL_OUTPUT_PCT)


@dataclass(frozen=True, slots=True)
class MillsNithi:
    """The mean of two thresholds: the highest output with no answer in ten trials, and the lowest
    with ten in ten. It rises in large steps to the first answer, then steps down, then up."""

    start_pct: float = threshold_rules().mills_nithi.start_pct
    step_pct: float = threshold_rules().mills_nithi.step_pct

    @property
    def id(self) -> str:
        return "mills_nithi"

    def advise(self, trials: Sequence[Trial]) -> Advice:
        """The level under way, the next level, or the threshold."""
        rule = threshold_rules().mills_nithi
        rest = iter(trials)
        level = self.start_pct
        while True:
            trial = next(rest, None)
            if trial is None:
                return Advice(level, None, "rising to the first answer")
            if trial.answered:
                break
            if level >= FULL_OUTPUT_PCT:
                return Advice(None, None, "no answer at full output")
            level = min(level + rule.rise_pct, FULL_OUTPUT_PCT)
        lower = self._lower(rest, level - self.step_pct)
        return lower if isinstance(lower, Advice) else self._upper(rest, lower)

    def _lower(self, rest: Iterator[Trial], level: float) -> Advice | float:
        """The highest output with no answer, or what to do to find it."""
        trials = threshold_rules().mills_nithi.trials
        while True:
            verdict, given = _level(rest, trials, 1)
            if verdict is None:
                return Advice(level, None, f"lower threshold, trial {given + 1} at {level:g}")
            if not verdict:
                return level
            level -= self.step_pct
            if level <= 0:
                return Advice(None, None, "answers at the lowest output")

    def _upper(self, rest: Iterator[Trial], lower: float) -> Advice:
        """The lowest output with nothing but answers, and with it the threshold."""
        rule, level = threshold_rules().mills_nithi, lower + self.step_pct
        while True:
            verdict, given = _level(rest, rule.trials, rule.trials)
            if verdict is None:
                return Advice(level, None, f"upper threshold, trial {given + 1} at {level:g}")
            if verdict:
                middle = (lower + level) / 2
                estimate = Estimate(middle, "%MSO", lower, level, how="lower and upper threshold")
                return Advice(None, estimate, f"none of ten at {lower:g}, ten of ten at {level:g}")
            if level >= FULL_OUTPUT_PCT:
                return Advice(None, None, "never ten of ten up to full output")
            level += self.step_pct


def _level(trials: Iterator[Trial], of: int, needed: int) -> tuple[bool | None, int]:
    """Whether a level passes, taken from the trials; None with the number given if not certain."""
    yes = no = 0
    for trial in _up_to(trials, of):
        yes, no = yes + trial.answered, no + (not trial.answered)
        if yes >= needed:
            return True, yes + no
        if no > of - needed:
            return False, yes + no
    return None, yes + no


def _up_to(trials: Iterator[Trial], count: int) -> Iterable[Trial]:
    for _ in range(count):
        trial = next(trials, None)
        if trial is None:
            return
        yield trial


def _found(passed: float | None) -> Estimate | None:
    if passed is None:
        return None
    return Estimate(passed, "%MSO", how="the method gives no interval")
