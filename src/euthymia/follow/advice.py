"""What the rules of the field suggest next, each with its source and how sure it is.

Advice informs a decision and makes none. All rules that apply are given, also where they disagree.
Early non-response is shown as a probability of a named outcome beside its base rate, never as a
rule to stop.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from euthymia.core.references import Citation


class Sureness(StrEnum):
    """How far sources agree on a rule."""

    AGREED = "agreed"
    USUAL = "usual"
    OPEN = "open"

    @property
    def words(self) -> str:
        return {
            Sureness.AGREED: "several sources say so",
            Sureness.USUAL: "usual practice",
            Sureness.OPEN: "sources disagree",
        }[self]


class AdviceRule(BaseModel):
    """One rule as it stands in the data: its words, its conditions, its source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    sureness: Sureness
    source: Citation
    from_session: int | None = None
    before_session: int | None = None
    least_improvement_pct: float | None = None
    most_improvement_pct: float | None = None
    below_improvement_pct: float | None = None
    most_sessions: int | None = None
    least_missed_of_ten: int | None = None
    least_change_pct: float | None = None
    least_distance_mm: float | None = None
    over_sessions: int | None = None

    def holds(self, session: int, improvement_pct: float) -> bool:
        """Whether session and improvement meet all of the rule's own conditions."""
        conditions = (
            self.from_session is None or session >= self.from_session,
            self.before_session is None or session < self.before_session,
            self.most_sessions is None or session < self.most_sessions,
            self.least_improvement_pct is None or improvement_pct >= self.least_improvement_pct,
            self.most_improvement_pct is None or improvement_pct < self.most_improvement_pct,
            self.below_improvement_pct is None or improvement_pct < self.below_improvement_pct,
        )
        return all(conditions)


@dataclass(frozen=True, slots=True)
class CourseState:
    """Where a course stands. What is not known is None, and rules that need it stay silent.

    delivered, planned: sessions. missed_of_last_ten: planned days that were not kept.
    improvement_pct: on the main scale against the baseline. responded, deteriorated: as judged by
    the trajectory. threshold_change_pct: since the prescription. pose_error_mm: median distance of
    the coil from its place over the last sessions. open_safety_tasks: how many.
    """

    delivered: int
    planned: int
    missed_of_last_ten: int | None = None
    improvement_pct: float | None = None
    responded: bool | None = None
    deteriorated: bool | None = None
    threshold_change_pct: float | None = None
    pose_error_mm: float | None = None
    new_drug: bool | None = None
    open_safety_tasks: int = 0


@dataclass(frozen=True, slots=True)
class Advice:
    """One suggestion: the rule, why it applies, how sure it is, its source."""

    id: str
    text: str
    because: str
    sureness: Sureness
    source: Citation


def advise(state: CourseState) -> tuple[Advice, ...]:
    """Every rule that applies, what is urgent first."""
    return (*_urgent(state), *_course(state), *_reasons(state))


def _urgent(state: CourseState) -> Iterator[Advice]:
    if state.open_safety_tasks:
        yield _advice("safety_first", f"open tasks: {state.open_safety_tasks}")
    if state.deteriorated:
        yield _advice("worse", "the latest score against the baseline")


def _course(state: CourseState) -> Iterator[Advice]:
    improvement = state.improvement_pct
    if improvement is None or state.deteriorated:
        return
    because = f"{improvement:.0f} % improvement after {state.delivered} sessions"
    complete = state.delivered >= state.planned
    if complete and state.responded:
        yield _advice("taper", because)
    if not complete:
        for name in ("continue_improving", "continue_early"):
            if rules()[name].holds(state.delivered, improvement):
                yield _advice(name, because)
                break
    for name in ("early_nonresponse", "look_for_reason", "extend", "stop_no_gain"):
        if rules()[name].holds(state.delivered, improvement):
            yield _advice(name, because)
    if complete and rules()["change_protocol"].holds(state.delivered, improvement):
        yield _advice("change_protocol", because)


def _reasons(state: CourseState) -> Iterator[Advice]:
    """What may explain a poor course, where it is found."""
    found = (
        ("missed_sessions", state.missed_of_last_ten, "least_missed_of_ten", "{} of ten missed"),
        ("threshold_drift", state.threshold_change_pct, "least_change_pct", "{:+.0f} %"),
        ("pose_error", state.pose_error_mm, "least_distance_mm", "median {:.1f} mm"),
    )
    for name, value, limit, words in found:
        least = getattr(rules()[name], limit)
        if value is not None and abs(value) >= least:
            yield _advice(name, words.format(value))
    if state.new_drug:
        yield _advice("new_drug", "begun since the first session")


def _advice(name: str, because: str) -> Advice:
    rule = rules()[name]
    return Advice(name, rule.text, because, rule.sureness, rule.source)


@cache
def rules() -> dict[str, AdviceRule]:
    """Every rule by its name."""
    text = (files("euthymia.follow") / "data" / "advice.toml").read_text(encoding="utf-8")
    return {name: AdviceRule.model_validate(row) for name, row in tomllib.loads(text).items()}
