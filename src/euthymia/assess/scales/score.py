"""Scores of rating scales: checked against the range, with severity, remission and change.

A scale takes the scores of its items, or a total. Unanswered items make the total a range. Any
answer on a suicide item from its threshold up is a finding that a named person has to close.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from euthymia.assess.scales.items import Items, prorated, refuse_items, total_span, unanswered
from euthymia.assess.scales.scale_rules import (
    BandSet,
    Beside,
    Change,
    ClusterRule,
    Cutoff,
    Outcome,
    Scale,
    find_scale,
)
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Citation


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """One filled-in scale as it was entered: the item scores, or the total, or both.

    `items` are in the order of the scale, None for an unanswered one; `scale` is its id. `version`
    and `language` name the form that was used, empty if not recorded; forms are not mixed.
    """

    scale: str
    on: date
    total: float | None = None
    items: Items = ()
    note: str = ""
    version: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class BandLabel:
    """The severity by one set of bands; more than one label where the total is a range."""

    name: str
    labels: tuple[str, ...]
    source: Citation

    @property
    def text(self) -> str:
        return " to ".join(self.labels)


@dataclass(frozen=True, slots=True)
class Judged:
    """One cut-off, rule or named outcome: held, not held, or open (None)."""

    text: str
    held: bool | None
    source: Citation


@dataclass(frozen=True, slots=True)
class ScaleResult:
    """What a filled-in scale says. `low` and `high` differ only where items are unanswered.

    `by_manual` is the total by the manual's own rule for missing items, where it has one and it
    applies; the range stands beside it. `remission` is open (None) where unanswered items or the
    score of another scale leave it open.
    """

    score: ScaleScore
    scale: Scale
    low: float
    high: float
    unanswered: tuple[int, ...]
    by_manual: float | None
    bands: tuple[BandLabel, ...]
    remission: bool | None
    judged: tuple[Judged, ...]
    findings: tuple[Finding, ...]

    @property
    def total(self) -> float | None:
        """The total; None where items are unanswered."""
        return self.low if self.low == self.high else None

    @property
    def sentence(self) -> str:
        """ "PHQ-9 17 of 27 (moderately severe)"."""
        total = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        named = len(self.bands) > 1
        labels = [f"{b.text} by {b.name}" if named else b.text for b in self.bands]
        if self.scale.anchors and self.low == self.high:
            labels.append(self.scale.anchors[int(self.low - self.scale.low)])
        severity = f" ({'; '.join(labels)})" if labels else ""
        numbers = ", ".join(str(number) for number in self.unanswered)
        open_items = f", unanswered: {numbers}" if numbers else ""
        if self.by_manual is not None:
            open_items += f"; {self.by_manual:.1f} by the manual's rule for missing items"
        return f"{self.scale.name} {total} of {self.scale.high:g}{severity}{open_items}"


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """What changed between two scores of one scale; None where unanswered items leave it open.

    `improvement_points` and `improvement_pct` are positive for the better, whichever way the scale
    runs; per cent only for scales that begin at zero. `response` and `remission` None also where
    the scale has no such definition. `important` and `reliable` judge one patient's change;
    differences between groups are never used for that.
    """

    scale: Scale
    improvement_points: float | None
    improvement_pct: float | None
    response: bool | None
    remission: bool | None
    important: bool | None
    reliable: bool | None
    outcomes: tuple[Judged, ...] = ()


def score_scale(score: ScaleScore) -> ScaleResult:
    """Score and judge a filled-in scale; refuses scores outside the range, and a wrong total."""
    scale = find_scale(score.scale)
    low, high = _total(scale, score)
    return ScaleResult(
        score=score,
        scale=scale,
        low=low,
        high=high,
        unanswered=unanswered(scale, score.items) if score.items else (),
        by_manual=prorated(scale, score.items) if score.items else None,
        bands=tuple(_label(bands, low, high) for bands in scale.bands),
        remission=_remission(scale, low, high, ()),
        judged=tuple(_judged(scale, score.items, low, high)),
        findings=_suicide_findings(scale, score),
    )


def change(
    baseline: ScaleResult, now: ScaleResult, beside: Iterable[ScaleResult] = ()
) -> ScaleChange:
    """Response, remission and change from a baseline to a later score of the same scale.

    `beside` are other scales of the later visit, for definitions that need two of them.
    """
    scale = now.scale
    _refuse_mixture(baseline, now)
    others = tuple(beside)
    known = baseline.total is not None and now.total is not None
    start = baseline.low if known else math.nan
    gain = (start - now.low) * (1 if scale.worse == "high" else -1)
    pct = 100 * gain / start if known and start > 0 and scale.from_zero else None
    return ScaleChange(
        scale=scale,
        improvement_points=gain if known else None,
        improvement_pct=pct,
        response=None if pct is None or scale.response is None else pct >= scale.response.pct,
        remission=_remission(scale, now.low, now.high, others),
        important=_reaches(gain, scale.important_change, start),
        reliable=_reaches(gain, scale.reliable_change, start),
        outcomes=tuple(_outcome(rule, pct, others) for rule in scale.outcomes),
    )


def _refuse_mixture(baseline: ScaleResult, now: ScaleResult) -> None:
    if baseline.scale is not now.scale:
        raise InputError(
            f"change from {baseline.scale.name} to {now.scale.name}",
            "these are two different scales",
            "Compare scores of one scale",
        )
    for what in ("version", "language"):
        first, last = getattr(baseline.score, what), getattr(now.score, what)
        if first and last and first != last:
            raise InputError(
                f"change of {now.scale.name}",
                f"its {what} changed from {first} to {last}",
                f"Compare scores of one {what}",
            )


def _reaches(gain: float, rule: Change | None, baseline: float) -> bool | None:
    if rule is None or math.isnan(gain):
        return None
    least, most = rule.points_from(baseline)
    return True if abs(gain) >= most else False if abs(gain) < least else None


def _remission(
    scale: Scale, low: float, high: float, others: tuple[ScaleResult, ...]
) -> bool | None:
    rule = scale.remission
    if rule is None:
        return None
    return _both(_at_most(low, high, rule.at_most), _beside(rule.beside, others))


def _outcome(rule: Outcome, pct: float | None, others: tuple[ScaleResult, ...]) -> Judged:
    held = None
    if pct is not None:
        within = pct >= rule.pct_at_least and (rule.pct_below is None or pct < rule.pct_below)
        held = _both(within, _beside(rule.beside, others))
    return Judged(rule.text, held, rule.source)


def _beside(rule: Beside | None, others: tuple[ScaleResult, ...]) -> bool | None:
    """Whether the condition on another scale holds; None where that scale was not given."""
    if rule is None:
        return True
    found = [result for result in others if result.scale.id == rule.scale]
    return _at_most(found[-1].low, found[-1].high, rule.at_most) if found else None


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return True if one and other else None


def _judged(scale: Scale, items: Items, low: float, high: float) -> Iterable[Judged]:
    for cutoff in scale.cutoffs:
        yield Judged(f"{cutoff.text} ({cutoff.limit})", _cut(cutoff, low, high), cutoff.source)
    if scale.clusters is not None and items:
        rule = scale.clusters
        yield Judged(rule.text, _clustered(rule, items), rule.source)


def _cut(rule: Cutoff, low: float, high: float) -> bool | None:
    if rule.at_most is not None:
        return _at_most(low, high, rule.at_most)
    assert rule.at_least is not None
    return True if low >= rule.at_least else False if high < rule.at_least else None


def _clustered(rule: ClusterRule, items: Items) -> bool | None:
    """Whether every cluster has enough positive items; open where unanswered ones decide."""
    held: bool | None = True
    for cluster in rule.cluster:
        answers = [items[number - 1] for number in cluster.items]
        sure = sum(answer is not None and answer >= rule.answer_at_least for answer in answers)
        possible = sure + sum(answer is None for answer in answers)
        enough = True if sure >= cluster.at_least else None
        held = _both(held, False if possible < cluster.at_least else enough)
    return held


def _total(scale: Scale, score: ScaleScore) -> tuple[float, float]:
    if not score.items and score.total is None:
        raise InputError(scale.name, "no score was given", "Give the items or the total")
    if score.total is not None:
        _refuse_total(scale, score.total)
    if not score.items:
        return float(score.total or 0), float(score.total or 0)
    refuse_items(scale, score.items)
    low, high = total_span(scale, score.items)
    if score.total is not None and not low <= score.total <= high:
        span = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        raise InputError(
            scale.name,
            f"the total {score.total:g} does not agree with the items, which give {span}",
            "Correct the total or the items",
        )
    return low, high


def _refuse_total(scale: Scale, total: float) -> None:
    whole = not scale.whole or float(total).is_integer()
    step = scale.multiplier if scale.rescale is None else 1
    if math.isfinite(total) and scale.low <= total <= scale.high and whole and total % step == 0:
        return
    steps = f" in steps of {step:g}" if step > 1 else ""
    kind = "a whole number " if scale.whole else ""
    raise InputError(
        scale.name,
        f"a total of {total:g} is not possible",
        f"Give {kind}from {scale.low:g} to {scale.high:g}{steps}",
    )


def _label(bands: BandSet, low: float, high: float) -> BandLabel:
    labels = dict.fromkeys((bands.label_of(low), bands.label_of(high)))
    return BandLabel(bands.name, tuple(labels), bands.source)


def _at_most(low: float, high: float, limit: float) -> bool | None:
    if high <= limit:
        return True
    return None if low <= limit else False


@dataclass(frozen=True, slots=True)
class SuicideAnswer:
    """What a filled-in scale says on suicide: the items answered above zero, and what is open.

    `highest` is the highest answer; `unknown` says that some answer is not known.
    """

    items: tuple[int, ...]
    highest: int
    unknown: bool


def suicide_answer(score: ScaleScore) -> SuicideAnswer | None:
    """The answers on suicide; None where the scale does not ask about it, or is not known."""
    try:
        scale = find_scale(score.scale)
    except InputError:
        return None
    rule = scale.suicide
    if rule is None:
        return None
    answers = {
        number: score.items[number - 1] if number <= len(score.items) else None
        for number in rule.items
    }
    positive = {n: a for n, a in answers.items() if a is not None and a >= rule.at_least}
    excused = set(score.items and rule.items) - set(unanswered(scale, score.items))
    # A total at the bottom of the range leaves no room for an answer above zero.
    unknown = score.total != scale.low and any(
        answer is None and number not in excused for number, answer in answers.items()
    )
    return SuicideAnswer(tuple(positive), max(positive.values(), default=0), unknown)


def _suicide_findings(scale: Scale, score: ScaleScore) -> tuple[Finding, ...]:
    rule, said = scale.suicide, suicide_answer(score)
    if rule is None or said is None or not (said.items or said.unknown):
        return ()
    known = bool(said.items)
    text = (
        "An answer above zero on the suicide item: a named person has to assess the risk of suicide"
        if known
        else "The answer to the suicide item is not known: ask for it"
    )
    numbers = said.items if known else rule.items
    noun = "item" if len(numbers) == 1 else "items"
    return (
        Finding(
            code=f"scale.{scale.id}.suicide" if known else f"scale.{scale.id}.suicide-unknown",
            severity=Severity.ACKNOWLEDGE if known else Severity.CAUTION,
            subject=f"{scale.name} {noun} {', '.join(str(number) for number in numbers)}",
            message=text,
            found=str(said.highest) if known else "not known",
            limit=f"below {rule.at_least}",
            source=rule.source,
        ),
    )
