"""From answers to items to the lowest and the highest total that they allow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from euthymia.assess.scales.scale_rules import Scale, find_scale
from euthymia.core.errors import InputError

Items = tuple[int | None, ...]
"""One score for each item in the order of the scale, None for an unanswered one."""


def items_of(scale: str, answers: Iterable[tuple[int, int | None]]) -> Items:
    """The items of a scale in their order, from numbered answers; items count from 1.

    Refuses a number that the scale does not have, and an item that is answered twice.
    """
    found = find_scale(scale)
    if not found.item_max:
        raise InputError(found.name, "it is entered as a total here", "Give the total")
    given: dict[int, int | None] = {}
    for number, answer in answers:
        subject = f"{found.name} item {number}"
        if not 1 <= number <= len(found.item_max):
            raise InputError(
                subject, "there is no such item", f"Number the items 1 to {len(found.item_max)}"
            )
        if number in given:
            raise InputError(subject, "it was answered twice", "Keep one of the two answers")
        given[number] = answer
    return tuple(given.get(number) for number in range(1, len(found.item_max) + 1))


def refuse_items(scale: Scale, items: Items) -> None:
    """Refuse items that the scale cannot have; the sentence names the item and the remedy."""
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
    for skip in scale.skips:
        for number in skip.items:
            if items[skip.unless - 1] == 0 and items[number - 1]:
                raise InputError(
                    f"{scale.name} items {skip.unless} and {number}",
                    f"item {number} is a yes, and is asked only after a yes to item {skip.unless}",
                    "Correct one of the two",
                )


def unanswered(scale: Scale, items: Items) -> tuple[int, ...]:
    """The items that should have been answered and were not."""
    excused = _excused(scale, items)
    return tuple(
        number
        for number, item in enumerate(items, start=1)
        if item is None and number not in excused
    )


def total_span(scale: Scale, items: Items) -> tuple[float, float]:
    """The lowest and the highest total that the answers allow."""
    excused = _excused(scale, items)
    lows = [scale.item_min if item is None else item for item in items]
    highs = [
        item if item is not None else scale.item_min if number in excused else most
        for number, (item, most) in enumerate(zip(items, scale.item_max, strict=True), start=1)
    ]
    return _combine(scale, lows), _combine(scale, highs)


def prorated(scale: Scale, items: Items) -> float | None:
    """The total by the manual's rule for missing items; None where it has no rule, or too many."""
    open_items = unanswered(scale, items)
    rule = scale.missing
    if rule is None or not 0 < len(open_items) <= rule.up_to:
        return None
    known = [item for item in items if item is not None]
    return sum(known) + len(open_items) * sum(known) / len(known)


def _excused(scale: Scale, items: Items) -> frozenset[int]:
    """Items that were left out by design: one of two alternatives, or behind a no."""
    if not items:
        return frozenset()
    by_pair = {
        place
        for first, second in scale.alternatives
        for place, other in ((first, second), (second, first))
        if items[other - 1] is not None
    }
    by_skip = {
        number for skip in scale.skips if items[skip.unless - 1] == 0 for number in skip.items
    }
    return frozenset(by_pair | by_skip)


def _combine(scale: Scale, items: list[int]) -> float:
    if scale.scoring == "levels":
        reached = [row.level for row in scale.levels if any(items[i - 1] for i in row.items)]
        return float(max(reached, default=scale.low))
    if scale.scoring == "domains":
        return float(sum(max(items[i - 1] for i in domain.items) for domain in scale.domains))
    raw = sum(items)
    if scale.rescale is None:
        return float(raw * scale.multiplier)
    span = scale.rescale.from_high - scale.rescale.from_low
    return (raw - scale.rescale.from_low) / span * scale.high


def refuse_future_score(scale: str, filled_on: date, on: date) -> None:
    """Refuse a score of a day after the day it is looked at."""
    if filled_on > on:
        raise InputError(
            f"scale {scale}",
            f"{filled_on.isoformat()} lies after the day of assessment, {on.isoformat()}",
            "Correct the date, or assess on a later day",
        )
