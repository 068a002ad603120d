"""Products and quotients of estimates, with their intervals.

The quantities here are positive and their errors are relative, so intervals are combined on the
logarithm: the half-widths of the factors add in quadrature, each side by itself. That takes the
factors' errors as independent. Errors that two fields share (the conductivities of one head) would
partly cancel in their ratio, so the interval of a ratio is rather too wide than too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from euthymia.core.quantities import Estimate
from euthymia.core.references import Citation

COVERAGE = 0.95


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a product: an estimate, whether it divides, and what to call it."""

    estimate: Estimate
    name: str
    divides: bool = False


def scaled(
    estimate: Estimate, factor: float, unit: str, how: str = "", source: Citation | None = None
) -> Estimate:
    """The estimate times an exactly known positive number, in a new unit."""
    low, high = estimate.low, estimate.high
    return replace(
        estimate,
        value=estimate.value * factor,
        unit=unit,
        low=None if low is None else low * factor,
        high=None if high is None else high * factor,
        how=how or estimate.how,
        source=source or estimate.source,
    )


def shifted(estimate: Estimate, by: float, how: str) -> Estimate | None:
    """The estimate moved by an exactly known amount; None where not all of it stays positive."""
    value = estimate.value + by
    low = None if estimate.low is None else estimate.low + by
    if min(value, value if low is None else low) <= 0:
        return None
    return replace(
        estimate,
        value=value,
        low=low,
        high=None if estimate.high is None else estimate.high + by,
        how="; ".join(part for part in (estimate.how, how) if part),
    )


def product(
    constant: float, factors: Sequence[Factor], unit: str, source: Citation | None = None
) -> Estimate:
    """An exact positive constant times (or divided by) positive estimates, as a 95 % interval.

    A factor without an interval counts as exact, and `how` names it as left out. With no interval
    anywhere the product has none either.
    """
    value, down, up = constant, 0.0, 0.0
    for factor in factors:
        value = value / factor.estimate.value if factor.divides else value * factor.estimate.value
        below, above = _log_widths(factor.estimate)
        if factor.divides:
            below, above = above, below
        down, up = math.hypot(down, below), math.hypot(up, above)
    known = [factor.name for factor in factors if factor.estimate.low is not None]
    left_out = [factor.name for factor in factors if factor.estimate.low is None]
    if not known:
        return Estimate(value, unit, how=_how(known, left_out), source=source)
    return Estimate(
        value,
        unit,
        low=value * math.exp(-down),
        high=value * math.exp(up),
        coverage=COVERAGE,
        how=_how(known, left_out),
        source=source,
    )


def _log_widths(estimate: Estimate) -> tuple[float, float]:
    """How far the interval reaches below and above on the logarithm, at 95 % coverage."""
    if estimate.low is None or estimate.high is None:
        return 0.0, 0.0
    rescale = _quantile(COVERAGE) / _quantile(estimate.coverage)
    below = math.log(estimate.value / estimate.low) * rescale
    return below, math.log(estimate.high / estimate.value) * rescale


def _quantile(coverage: float) -> float:
    return NormalDist().inv_cdf(0.5 + coverage / 2)


def _how(known: Sequence[str], left_out: Sequence[str]) -> str:
    covers = f"from the interval of {_listed(known)}" if known else ""
    lacks = f"without the uncertainty of {_listed(left_out)}" if left_out else ""
    return "; ".join(part for part in (covers, lacks) if part)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
