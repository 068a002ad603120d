"""Whether a protocol is what a catalogue entry describes, or less of it.

A clearance covers what was cleared. A protocol counts as a cleared one only if its trains are the
same, its trains not more, its intervals not shorter and its intensity not higher, at the same
site and on the same threshold; waveform and pauses do not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from euthymia.plan.protocol.algebra import Block, Protocol
from euthymia.plan.protocol.catalogue import (
    CatalogueEntry,
    Counted,
    PublishedBlock,
    catalogue,
)
from euthymia.plan.protocol.dosing import Site
from euthymia.plan.protocol.exact import show
from euthymia.plan.protocol.pulses import Train


def differences(protocol: Protocol, entry: CatalogueEntry) -> tuple[str, ...]:
    """How the protocol goes beyond the entry, a phrase each; empty if it does not."""
    if entry.missing:
        return ("the catalogue does not have all of its values",)
    if len(protocol.blocks) != len(entry.blocks):
        return (f"{len(protocol.blocks)} blocks, published {len(entry.blocks)}",)
    found: list[str] = []
    for block, published in zip(protocol.blocks, entry.blocks, strict=True):
        found.extend(_block_differences(block, published))
    return tuple(found)


def find_match(protocol: Protocol) -> CatalogueEntry | None:
    """The catalogue entry that describes the protocol, a cleared one before any other."""
    matches = [each for each in catalogue() if not differences(protocol, each)]
    matches.sort(key=lambda each: not each.cleared)
    return matches[0] if matches else None


def _block_differences(block: Block, published: PublishedBlock) -> Iterator[str]:
    reference = published.build(None, None)
    if block.site != Site(published.side, published.region):
        yield f"site {block.site.text}, published {reference.site.text}"
    if not _same_timing(block.train, reference.train):
        yield (
            f"trains of {block.train.pulse_count} pulses at {show(block.train.rate_hz)} Hz, "
            f"published {reference.train.pulse_count} at {show(reference.train.rate_hz)} Hz"
        )
    if any(pulse.relative_amplitude > 1 for pulse in block.train.burst.pulses):
        yield "pulses stronger than the block's intensity"
    if block.train_count > reference.train_count:
        yield f"{block.train_count} trains, published {reference.train_count}"
    if block.train_count > 1 and block.period_s < _least_period(published):
        yield (
            f"{show(block.period_s)} s from train to train, "
            f"published {show(_least_period(published))} s"
        )
    highest = max(published.intensity_range_pct or (published.intensity_pct or 0.0,))
    if block.intensity.of is not published.intensity_of:
        yield f"percent of {block.intensity.of.label}, published of {published.intensity_of.label}"
    elif block.intensity.percent > highest:
        yield f"{block.intensity.percent:g} %, published {highest:g} %"


def _least_period(published: PublishedBlock) -> Fraction:
    """The shorter train-to-train time of the two readings of the published interval, in s."""
    return min(published.build(counted, None).period_s for counted in Counted)


def _same_timing(one: Train, other: Train) -> bool:
    return (
        one.burst_count == other.burst_count
        and one.period_s == other.period_s
        and one.burst.pulse_count == other.burst.pulse_count
        and one.burst.interval_s == other.burst.interval_s
    )
