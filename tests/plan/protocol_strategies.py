"""Random protocols for the property tests of this folder."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from euthymia.plan.protocol.algebra import Block, Pause, Protocol
from euthymia.plan.protocol.dosing import Intensity, Side, Site, Threshold
from euthymia.plan.protocol.intervals import OffTime, OnsetToOnset
from euthymia.plan.protocol.pulses import Burst, CurrentDirection, Pulse, Train, Waveform

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Enough to find a broken law; the machine of a test run may be slow."""

# Thousandths, eighteenths and sevenths of a second: decimal and not.
times = st.builds(Fraction, st.integers(1, 20_000), st.sampled_from([1000, 18, 7]))
counts = st.integers(min_value=1, max_value=4)
pulses = st.builds(
    Pulse,
    st.sampled_from(Waveform),
    st.sampled_from(CurrentDirection),
    st.floats(min_value=0.1, max_value=2.0),
)
sites = st.builds(Site, st.sampled_from(Side), st.sampled_from(["DLPFC", "mPFC", "lOFC"]))
intensities = st.builds(
    Intensity, st.floats(min_value=1.0, max_value=200.0), st.sampled_from(Threshold)
)


@st.composite
def bursts(draw: st.DrawFn) -> Burst:
    inside = draw(st.lists(pulses, min_size=1, max_size=4))
    return Burst(tuple(inside), draw(times) if len(inside) > 1 else Fraction(0))


@st.composite
def trains(draw: st.DrawFn) -> Train:
    burst = draw(bursts())
    return Train(burst, draw(counts), burst.span_s + draw(times))


@st.composite
def intervals(draw: st.DrawFn, train: Train) -> OffTime | OnsetToOnset:
    off = OffTime(draw(times))
    return off if draw(st.booleans()) else off.as_onset_to_onset(train)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    train = draw(trains())
    interval = draw(intervals(train))
    return Block(train, draw(counts), interval, draw(sites), draw(intensities))


pieces = st.one_of(blocks(), st.builds(Pause, times))


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    before, after = draw(st.lists(pieces, max_size=1)), draw(st.lists(pieces, max_size=2))
    return Protocol((*before, draw(blocks()), *after))
