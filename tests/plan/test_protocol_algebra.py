"""The algebra's laws, held against random protocols, and its refusals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from protocol_strategies import FEW, blocks, counts, protocols, times, trains

from euthymia.core.errors import InputError
from euthymia.plan.protocol.algebra import Block, Duration, Pause, Protocol
from euthymia.plan.protocol.dosing import Intensity, Side, Site, Threshold
from euthymia.plan.protocol.exact import clock, exact, show
from euthymia.plan.protocol.intervals import OffTime, OnsetToOnset
from euthymia.plan.protocol.pulses import Burst, Pulse, Train

LEFT = Site(Side.LEFT, "DLPFC")


@FEW
@given(protocols(), protocols(), protocols())
def test_sequence_is_associative(a: Protocol, b: Protocol, c: Protocol) -> None:
    assert (a + b) + c == a + (b + c)
    assert a.then(b, 5).then(c, 7) == a.then(b.then(c, 7), 5)


@FEW
@given(protocols(), counts, counts)
def test_repeats_add_and_multiply(p: Protocol, m: int, n: int) -> None:
    assert p * (m + n) == p * m + p * n
    assert (p * m) * n == p * (m * n) == n * (m * p)
    assert p * 1 == p


@FEW
@given(protocols(), protocols(), counts)
def test_pulse_counts_and_cycle_durations_add_up(p: Protocol, q: Protocol, n: int) -> None:
    assert (p + q).pulse_count == p.pulse_count + q.pulse_count
    assert (p + q).duration_s() == p.duration_s() + q.duration_s()
    assert (p * n).pulse_count == n * p.pulse_count
    assert (p * n).duration_s() == n * p.duration_s()
    assert (p + q).train_count == p.train_count + q.train_count


@FEW
@given(protocols(), protocols())
def test_what_follows_is_shifted_by_the_cycle_of_what_came_before(p: Protocol, q: Protocol) -> None:
    joined = (p + q).pulse_times_s()
    np.testing.assert_allclose(joined[: p.pulse_count], p.pulse_times_s(), rtol=1e-15)
    later = q.pulse_times_s() + float(p.duration_s())
    np.testing.assert_allclose(joined[p.pulse_count :], later, rtol=1e-12)


@FEW
@given(blocks(), counts)
def test_repeating_a_block_is_timed_as_the_block_in_sequence(block: Block, n: int) -> None:
    repeated, sequence = Protocol.of(block * n), Protocol.of(block) * n
    np.testing.assert_array_equal(repeated.pulse_times_s(), sequence.pulse_times_s())
    assert repeated.duration_s() == sequence.duration_s()


@FEW
@given(protocols())
def test_times_are_sorted_and_as_many_as_the_pulses(p: Protocol) -> None:
    timeline = p.timeline()
    assert len(timeline) == p.pulse_count
    assert np.all(np.diff(timeline.time_s) > 0)
    for column in (timeline.relative_amplitude, timeline.block, timeline.train, timeline.burst):
        assert column.shape == timeline.time_s.shape


@FEW
@given(protocols())
def test_arrays_agree_with_the_walk_down_the_structure(p: Protocol) -> None:
    rows = [
        (float(time), pulse.relative_amplitude, block.index, train.index, burst.index)
        for block in p.placed_blocks()
        for train in block.trains()
        for burst in train.bursts()
        for time, pulse in burst.pulses()
    ]
    timeline = p.timeline()
    columns = (
        timeline.time_s,
        timeline.relative_amplitude,
        timeline.block,
        timeline.train,
        timeline.burst,
    )
    # Each time is the exact fraction rounded once, so the two must be equal to the last bit.
    assert rows == list(zip(*(column.tolist() for column in columns), strict=True))


@FEW
@given(protocols())
def test_the_three_durations_are_ordered_and_end_with_the_last_pulse(p: Protocol) -> None:
    stopwatch = p.duration_s(Duration.FIRST_TO_LAST_PULSE)
    placed = tuple(p.placed_blocks())
    assert stopwatch == placed[-1].offset_s - placed[0].onset_s
    assert stopwatch < p.duration_s(Duration.WITHOUT_LAST_INTERVAL)
    assert stopwatch < p.duration_s(Duration.WITH_LAST_INTERVAL)


@FEW
@given(trains(), times)
def test_the_two_interval_conventions_are_inverse_of_each_other(
    train: Train, seconds: Fraction
) -> None:
    off = OffTime(seconds)
    grid = off.as_onset_to_onset(train)
    assert grid.as_off_time(train) == off
    assert grid.as_off_time(train).as_onset_to_onset(train) == grid
    assert off.period_s(train) == grid.period_s(train)
    assert off.as_off_time(train) is off
    assert grid.as_onset_to_onset(train) is grid


@FEW
@given(blocks())
def test_changing_the_convention_changes_no_pulse(block: Block) -> None:
    assert block.interval is not None
    off = block.every(block.interval.as_off_time(block.train))
    grid = block.every(block.interval.as_onset_to_onset(block.train))
    np.testing.assert_array_equal(
        Protocol.of(off).pulse_times_s(), Protocol.of(grid).pulse_times_s()
    )
    for convention in Duration:
        durations = {Protocol.of(each).duration_s(convention) for each in (off, grid, block)}
        assert len(durations) == 1


def test_a_bilateral_session_is_two_blocks_with_a_pause_between() -> None:
    right = Block.of(Pulse().train(600, 1), Site(Side.RIGHT, "DLPFC"), Intensity(120))
    left = Block.of(Pulse().train(50, 10), LEFT, Intensity(110)).every(OffTime.of(25)) * 30
    session = right + Pause.of(60) + left
    assert session == right.then(left, pause_s=60)
    assert session.pulse_count == 2100
    timeline = session.timeline()
    assert timeline.time_s[600] == 660.0
    assert timeline.block[599:601].tolist() == [0, 1]
    assert [block.site.text for block in session.blocks] == ["right DLPFC", "left DLPFC"]


def test_a_ramp_within_a_burst_reaches_the_arrays() -> None:
    burst = Burst((Pulse(relative_amplitude=0.5), Pulse()), Fraction(1, 50))
    block = Block.of(burst.train(2, 5), LEFT, Intensity(100))
    assert Protocol.of(block).timeline().relative_amplitude.tolist() == [0.5, 1.0, 0.5, 1.0]


def test_eighteen_hertz_does_not_drift_over_a_hundred_thousand_pulses() -> None:
    block = Block.of(Pulse().train(36, 18), LEFT, Intensity(120)).every(OnsetToOnset.of(22)) * 3000
    times_s = Protocol.of(block).pulse_times_s()
    assert times_s[-1] == float(2999 * 22 + Fraction(35, 18))
    assert times_s[36] == 22.0


def test_odd_rates_beyond_whole_ticks_of_a_float_stay_exact() -> None:
    train = Train.of(3, Fraction(10**12 + 39, 10**11))
    other = Train.of(3, Fraction(10**11 + 3, 10**10))
    session = Block.of(train, LEFT, Intensity(100)) + Block.of(other, LEFT, Intensity(100))
    expected = [
        float(time)
        for block in session.placed_blocks()
        for placed in block.trains()
        for burst in placed.bursts()
        for time, _ in burst.pulses()
    ]
    assert session.pulse_times_s().tolist() == expected


def test_the_arrays_cannot_be_written_to() -> None:
    times_s = Protocol.of(Block.of(Train.of(3, 10), LEFT, Intensity(100))).pulse_times_s()
    with pytest.raises(ValueError, match="read-only"):
        times_s[0] = 1.0


def test_a_train_has_a_nominal_length_and_a_span() -> None:
    train = Pulse().train(40, rate_hz=10)
    assert train.nominal_s == 4
    assert train.span_s == Fraction(39, 10)
    theta = Pulse().burst(3, rate_hz=50).train(10, rate_hz=5)
    assert theta.nominal_s == 2
    assert theta.span_s == Fraction(184, 100)
    assert theta.rate_hz == 5
    assert theta.highest_rate_hz == 50
    assert theta.is_theta_burst
    assert not train.is_theta_burst
    assert train.pulses_that_fit(Fraction("3.2")) == 32


def test_a_single_pulse_has_one_form_only() -> None:
    assert Burst((Pulse(),), Fraction(1, 50)) == Burst.single() == Burst.of(1, 50)
    assert Burst.single().rate_hz is None


def test_numbers_are_taken_as_they_are_written() -> None:
    assert exact(0.1, "x") == Fraction(1, 10) == exact("1/10", "x")
    assert show(Fraction(1, 18)) == "0.056"
    assert show(Fraction(11065, 10)) == "1106.5"
    assert show(Fraction(40)) == "40"


@pytest.mark.parametrize(
    ("seconds", "shown"), [("188.8", "3:09"), ("1106.5", "18:26"), ("2250", "37:30"), ("0", "0:00")]
)
def test_the_clock_shows_what_consoles_show(seconds: str, shown: str) -> None:
    assert clock(Fraction(seconds)) == shown


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Train.of(0, 10), "not a count of one or more"),
        (lambda: Train.of(10, 0), "not above zero"),
        (lambda: Train.of(10, float("nan")), "not a number"),
        (lambda: Train.of(10, "ten"), "not a number"),
        (lambda: Train.of(10, True), "not a number"),
        (lambda: Burst.of(3, 50).train(10, 30), "does not fit into its period"),
        (lambda: Burst((Pulse(), Pulse())), "no interval between them"),
        (lambda: Burst(()), "it has no pulses"),
        (lambda: Pulse(relative_amplitude=0.0), "not within 0 to 2"),
        (lambda: OffTime.of(-1), "not above zero"),
        (lambda: Pause.of(0), "not above zero"),
        (lambda: Intensity(-1), "not above zero"),
        (lambda: Site(Side.LEFT, " "), "names no region"),
        (lambda: Block.of(Train.of(2, 1), LEFT, Intensity(100)) * 2, "no inter-train interval"),
        (
            lambda: Block.of(Train.of(40, 10), LEFT, Intensity(100)).every(OnsetToOnset.of(3)),
            "not longer than the train",
        ),
        (lambda: Protocol((Pause.of(3),)), "it has no block"),
        (lambda: Intensity(120).pct_mso(None), "threshold is not known"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(InputError, match=words) as refusal:
        make()
    assert str(refusal.value).endswith(".")


def test_an_intensity_becomes_output_by_its_threshold() -> None:
    assert Intensity(120).pct_mso(50.0) == pytest.approx(60.0)
    assert Intensity(45, Threshold.FIXED).pct_mso(None) == 45
