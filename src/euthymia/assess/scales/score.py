"""Scores of rating scales: checked against the range, with severity, remission and change.

A scale takes the scores of its items, or a total. Unanswered items make the total a range. Any
answer on a suicide item from its threshold up is a finding that a named person has to close.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from euthymia.assess.scales.scale_rules import BandSet, Change, Scale, find_scale
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Citation


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """One filled-in scale as it was entered: the item scores, or the total, or both.

    `items` are in the order of the scale, None for an unanswered one; `scale` is its id.
    """

    scale: str
    on: date
    total: float | None = None
    items: tuple[int | None, ...] = ()
    note: str = ""


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
class ScaleResult:
    """What a filled-in scale says. `low` and `high` differ only where items are unanswered."""

    score: ScaleScore
    scale: Scale
    low: float
    high: float
    unanswered: tuple[int, ...]
    bands: tuple[BandLabel, ...]
    remission: bool | None
    findings: tuple[Finding, ...]

    @property
    def sentence(self) -> str:
        """ "PHQ-9 17 of 27 (moderately severe)"."""
        total = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        named = len(self.bands) > 1
        labels = [f"{b.text} by {b.name}" if named else b.text for b in self.bands]
        severity = f" ({'; '.join(labels)})" if labels else ""
        numbers = ", ".join(str(number) for number in self.unanswered)
        open_items = f", unanswered: {numbers}" if numbers else ""
        return f"{self.scale.name} {total} of {self.scale.high:g}{severity}{open_items}"


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """What changed between two scores of one scale; None where unanswered items leave it open.

    `improvement_points` and `improvement_pct` are positive for the better, whichever way the scale
    runs. `response` and `remission` None also where the scale has no such definition.
    """

    scale: Scale
    improvement_points: float | None
    improvement_pct: float | None
    response: bool | None
    remission: bool | None
    important: bool | None
    reliable: bool | None


def score_scale(score: ScaleScore) -> ScaleResult:
    """Score and judge a filled-in scale; refuses scores outside the range, and a wrong total."""
    scale = find_scale(score.scale)
    low, high = _total(scale, score)
    return ScaleResult(
        score=score,
        scale=scale,
        low=low,
        high=high,
        unanswered=_unanswered(scale, score.items),
        bands=tuple(_label(bands, low, high) for bands in scale.bands),
        remission=_at_most(low, high, scale.remission.at_most) if scale.remission else None,
        findings=_suicide_findings(scale, score),
    )


def change(baseline: ScaleResult, now: ScaleResult) -> ScaleChange:
    """Response, remission and change from a baseline to a later score of the same scale."""
    scale = now.scale
    if baseline.scale is not scale:
        raise InputError(
            f"change from {baseline.scale.name} to {scale.name}",
            "these are two different scales",
            "Compare scores of one scale",
        )
    known = baseline.low == baseline.high and now.low == now.high
    start = baseline.low if known else math.nan
    gain = (start - now.low) * (1 if scale.worse == "high" else -1)
    pct = 100 * gain / start if known and start > 0 and scale.worse == "high" else None
    return ScaleChange(
        scale=scale,
        improvement_points=gain if known else None,
        improvement_pct=pct,
        response=None if pct is None or scale.response is None else pct >= scale.response.pct,
        remission=now.remission,
        important=_reaches(gain, scale.important_change, start),
        reliable=_reaches(gain, scale.reliable_change, start),
    )


def _reaches(gain: float, rule: Change | None, baseline: float) -> bool | None:
    return None if rule is None or math.isnan(gain) else abs(gain) >= rule.points_from(baseline)


def _total(scale: Scale, score: ScaleScore) -> tuple[float, float]:
    if not score.items and score.total is None:
        raise InputError(scale.name, "no score was given", "Give the items or the total")
    if score.total is not None:
        _refuse_total(scale, score.total)
    if not score.items:
        return float(score.total or 0), float(score.total or 0)
    low, high = _from_items(scale, score.items)
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


def _from_items(scale: Scale, items: tuple[int | None, ...]) -> tuple[float, float]:
    _refuse_items(scale, items)
    lows = [scale.item_min if item is None else item for item in items]
    highs = [
        most if item is None else item for item, most in zip(items, scale.item_max, strict=True)
    ]
    for first, second in scale.alternatives:
        # One of the two is left out by design; it is unanswered only if both are.
        for place, other in ((first, second), (second, first)):
            if items[place - 1] is None and items[other - 1] is not None:
                highs[place - 1] = lows[place - 1]
    return _combine(scale, lows), _combine(scale, highs)


def _combine(scale: Scale, items: list[int]) -> float:
    if scale.scoring == "domains":
        return float(sum(max(items[i - 1] for i in domain.items) for domain in scale.domains))
    raw = sum(items)
    if scale.rescale is None:
        return float(raw * scale.multiplier)
    span = scale.rescale.from_high - scale.rescale.from_low
    return (raw - scale.rescale.from_low) / span * scale.high


def _refuse_items(scale: Scale, items: tuple[int | None, ...]) -> None:
    if not scale.item_max:
        raise InputError(scale.name, "it is entered as a total here", "Leave out the items")
    if len(items) != len(scale.item_max):
        raise InputError(
            scale.name,
            f"{len(items)} items were given, it has {len(scale.item_max)}",
            "Give one score for each item, in their order",
        )
    for number, (item, most) in enumerate(zip(items, scale.item_max, strict=True), start=1):
        if item is not None and not scale.item_min <= item <= most:
            raise InputError(
                f"{scale.name} item {number}",
                f"a score of {item} is not possible",
                f"Give {scale.item_min} to {most}, or leave it out if it was not answered",
            )
    for first, second in scale.alternatives:
        if items[first - 1] and items[second - 1]:
            raise InputError(
                f"{scale.name} items {first} and {second}",
                "both were answered, and only one of them can hold",
                "Keep the one that holds",
            )


def _unanswered(scale: Scale, items: tuple[int | None, ...]) -> tuple[int, ...]:
    excused = (
        {
            place
            for pair in scale.alternatives
            for place in pair
            if any(items[other - 1] is not None for other in pair)
        }
        if items
        else set()
    )
    return tuple(
        number
        for number, item in enumerate(items, start=1)
        if item is None and number not in excused
    )


def _label(bands: BandSet, low: float, high: float) -> BandLabel:
    labels = dict.fromkeys((bands.label_of(low), bands.label_of(high)))
    return BandLabel(bands.name, tuple(labels), bands.source)


def _at_most(low: float, high: float, limit: float) -> bool | None:
    if high <= limit:
        return True
    return None if low <= limit else False


def _suicide_findings(scale: Scale, score: ScaleScore) -> tuple[Finding, ...]:
    rule = scale.suicide
    if rule is None:
        return ()
    answer = score.items[rule.item - 1] if score.items else None
    # A total at the bottom of the range leaves no room for an answer above zero.
    if (answer is not None and answer < rule.at_least) or score.total == scale.low:
        return ()
    known = answer is not None
    text = (
        "An answer above zero on the suicide item: a named person has to assess the risk of suicide"
        if known
        else "The answer to the suicide item is not known: ask for it"
    )
    return (
        Finding(
            code=f"scale.{scale.id}.suicide" if known else f"scale.{scale.id}.suicide-unknown",
            severity=Severity.ACKNOWLEDGE if known else Severity.CAUTION,
            subject=f"{scale.name} item {rule.item}",
            message=text,
            found=str(answer) if known else "not known",
            limit=f"below {rule.at_least}",
            source=rule.source,
        ),
    )
