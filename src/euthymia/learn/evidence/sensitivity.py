"""How an answer depends on single studies, on time, and on kinds of study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import scipy

from euthymia.core.errors import InputError
from euthymia.learn.evidence.effects import Effect
from euthymia.learn.evidence.pooling import Between, Pooled, Spread, pool


@dataclass(frozen=True, slots=True)
class Step:
    """A pooled effect and the study that was left out of it, or added last to it."""

    study: str
    pooled: Pooled


def leave_one_out(
    effects: Sequence[Effect],
    between: Between = Between.RESTRICTED_LIKELIHOOD,
    spread: Spread = Spread.HARTUNG_KNAPP_BOUNDED,
) -> tuple[Step, ...]:
    """The pooled effect without each study in turn."""
    if len(effects) < 2:
        raise InputError(
            "leave-one-out", "there is only one study", "Give at least two studies to compare"
        )
    return tuple(
        Step(left.study, pool([e for e in effects if e is not left], between, spread))
        for left in effects
    )


def cumulative(
    effects: Sequence[Effect],
    between: Between = Between.RESTRICTED_LIKELIHOOD,
    spread: Spread = Spread.HARTUNG_KNAPP_BOUNDED,
) -> tuple[Step, ...]:
    """The pooled effect as studies came in; give them in the order of their years."""
    return tuple(
        Step(effect.study, pool(effects[: count + 1], between, spread))
        for count, effect in enumerate(effects)
    )


@dataclass(frozen=True, slots=True)
class Subgroups:
    """The pooled effect of each kind of study, and whether kinds differ beyond chance.

    A difference between subgroups compares studies, not patients within a study: it is weak
    evidence, and the more kinds are tried, the weaker.
    """

    groups: Mapping[str, Pooled]
    q_between: float
    freedom: int
    p_value: float


def by_group(
    effects: Sequence[Effect],
    kinds: Sequence[str],
    between: Between = Between.RESTRICTED_LIKELIHOOD,
    spread: Spread = Spread.NORMAL,
) -> Subgroups:
    """Pool each kind of study apart. kinds: one name for each effect, in its order.

    The variance between studies is each group's own.
    """
    if len(effects) != len(kinds):
        raise InputError("subgroups", "not every study has a kind", "Give one kind for each study")
    groups = {
        kind: pool([e for e, k in zip(effects, kinds, strict=True) if k == kind], between, spread)
        for kind in dict.fromkeys(kinds)
    }
    weights = [1 / group.standard_error**2 for group in groups.values()]
    mean = sum(w * g.value for w, g in zip(weights, groups.values(), strict=True)) / sum(weights)
    q = sum(w * (g.value - mean) ** 2 for w, g in zip(weights, groups.values(), strict=True))
    freedom = len(groups) - 1
    p = float(scipy.stats.chi2.sf(q, freedom)) if freedom else 1.0
    return Subgroups(groups, q, freedom, p)
