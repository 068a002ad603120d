"""Everything that a meta-analysis of one outcome has to show, made in one go."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.errors import InputError
from euthymia.learn.evidence.catalogue import tables
from euthymia.learn.evidence.counts import CountsPooled, mantel_haenszel, peto
from euthymia.learn.evidence.effects import Effect, Measure, TwoByTwo, comparable
from euthymia.learn.evidence.pooling import Between, Pooled, Spread, pool
from euthymia.learn.evidence.sensitivity import Step, cumulative, leave_one_out
from euthymia.learn.evidence.smallstudy import (
    FEWEST,
    FunnelTest,
    Trimmed,
    begg,
    egger,
    peters,
    trim_and_fill,
)
from euthymia.learn.evidence.treat_count import NumberNeeded, number_needed


@dataclass(frozen=True, slots=True)
class MetaAnalysis:
    """One outcome over all masked trials at hand: every estimator side by side, and the doubts.

    pooled: the default estimate (REML, Hartung-Knapp never narrower than normal). others: the same
    by the other estimators. by_counts: Mantel-Haenszel and, for odds ratios, Peto. needed: from the
    pooled risk difference, None where that is a harm over its whole interval. left_out: studies
    without information for this measure. cautions: what a reader must know before using the number.
    """

    kind: str
    measure: Measure
    studies: tuple[TwoByTwo, ...]
    effects: tuple[Effect, ...]
    left_out: tuple[str, ...]
    pooled: Pooled
    others: tuple[Pooled, ...]
    by_counts: tuple[CountsPooled, ...]
    needed: NumberNeeded | None
    without_each: tuple[Step, ...]
    over_time: tuple[Step, ...]
    funnel: tuple[FunnelTest, ...]
    trimmed: Trimmed | None
    cautions: tuple[str, ...]


def analyse(
    kind: str = "response",
    measure: Measure = Measure.ODDS_RATIO,
    indication: str = "depression",
    studies: tuple[TwoByTwo, ...] | None = None,
) -> MetaAnalysis:
    """The meta-analysis of an outcome against sham; of other tables if given."""
    if measure not in (Measure.ODDS_RATIO, Measure.RISK_RATIO, Measure.RISK_DIFFERENCE):
        raise InputError(
            str(measure), "counts are not compared on it", "Choose a ratio or a risk difference"
        )
    known = tables(kind, indication) if studies is None else studies
    effects, left_out = comparable(known, measure)
    if not effects:
        raise InputError(
            f"{kind} in {indication}",
            "no masked trial with counts is at hand",
            "Choose response or remission, or give tables of your own",
        )
    pooled = pool(effects)
    others = tuple(
        pool(effects, between, Spread.NORMAL)
        for between in (
            Between.NONE,
            Between.MOMENTS,
            Between.RESTRICTED_LIKELIHOOD,
            Between.PAULE_MANDEL,
        )
    )
    counts = [mantel_haenszel(known, measure)]
    if measure is Measure.ODDS_RATIO:
        counts.append(peto(known))
    enough = len(effects) >= 3
    funnel = (egger(effects), begg(effects), peters(known)) if enough else ()
    return MetaAnalysis(
        kind,
        measure,
        known,
        tuple(effects),
        tuple(left_out),
        pooled,
        others,
        tuple(counts),
        _needed(known),
        leave_one_out(effects) if len(effects) > 1 else (),
        cumulative(effects),
        funnel,
        trim_and_fill(effects) if enough else None,
        tuple(_cautions(pooled, known, funnel)),
    )


def _needed(studies: tuple[TwoByTwo, ...]) -> NumberNeeded | None:
    difference = pool(comparable(studies, Measure.RISK_DIFFERENCE)[0])
    if difference.high <= 0:
        return None
    # With few studies the interval of Hartung and Knapp may pass what a difference can be.
    value, low, high = (min(max(end, -1.0), 1.0) for end in difference.shown)
    return number_needed(value, low, high)


def _cautions(
    pooled: Pooled, studies: tuple[TwoByTwo, ...], funnel: tuple[FunnelTest, ...]
) -> list[str]:
    said = [
        "The trials at hand are those whose counts are known here, not a systematic search; "
        "published meta-analyses stand beside."
    ]
    if len(studies) < FEWEST:
        said.append(
            f"{len(studies)} trials are too few for tests of small-study effects to find much."
        )
    if any(test.p_value < 0.1 for test in funnel):
        said.append(
            "Small trials show larger effects than large ones; the sum may overstate the effect."
        )
    if pooled.predicted is not None:
        low, high = pooled.predicted
        none = pooled.measure.no_effect
        shown_low, shown_high = pooled.measure.shown(low), pooled.measure.shown(high)
        if none is not None and shown_low < none < shown_high:
            said.append(
                "A further trial like these could well find no effect: its predicted interval "
                "holds no difference."
            )
    return said
