"""The safety tables, their look-up, and the stimulators, against the published figures."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol_strategies import FEW

from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.core.references import Tag
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.limits import (
    Cell,
    Spacing,
    TrainTable,
    Verdict,
    interval_table,
    train_tables,
)
from euthymia.plan.protocol.policy import default_policy
from euthymia.plan.protocol.reference import limits_markdown
from euthymia.plan.protocol.stimulators import stimulator, stimulators

S1, S2 = train_tables()
S3 = interval_table()


def _limit(table: TrainTable, rate_hz: float, percent: float) -> Cell:
    return table.cell(table.rates_hz.index(rate_hz), table.intensities_pct.index(percent))


REDUCED = [(10, 120), (10, 130), (20, 100), (20, 110), (20, 120), (20, 130)]
REDUCED += [(25, 100), (25, 120), (25, 130)]


@pytest.mark.parametrize(("rate_hz", "percent"), REDUCED)
def test_table_s2_is_s1_less_a_quarter_rounded_to_a_tenth(rate_hz: int, percent: int) -> None:
    full, reduced = _limit(S1, rate_hz, percent), _limit(S2, rate_hz, percent)
    three_quarters = Decimal(str(float(full.seconds))) * Decimal("0.75")
    rounded = three_quarters.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    assert Fraction(str(rounded)) == reduced.seconds


def test_the_one_exception_to_the_quarter_is_25_hz_at_110_percent() -> None:
    assert _limit(S1, 25, 110).seconds * Fraction(3, 4) == Fraction("0.63")
    assert _limit(S2, 25, 110).seconds == Fraction("0.7")


def test_the_pulses_of_s2_are_its_seconds_times_the_rate() -> None:
    for row, rate_hz in enumerate(S2.rates_hz):
        for column in range(len(S2.intensities_pct)):
            cell, pulses = S2.cell(row, column), Cell.read(S2.pulses[row][column])
            assert cell.longest_tested == pulses.longest_tested
            # 25 Hz for 0.7 s are 17.5 pulses, printed as 17.
            assert pulses.seconds == int(cell.seconds * int(rate_hz))


def test_the_cells_with_a_greater_sign_are_kept_as_such() -> None:
    assert _limit(S1, 1, 120) == Cell(Fraction(360), longest_tested=True)
    assert _limit(S1, 10, 120) == Cell(Fraction("4.2"), longest_tested=False)


# The published protocols against the tables: seconds, Hz, %, verdict by S1, by S2.
PROTOCOLS_VS_TABLES = [
    ("10 Hz 4 s 120 % (O'Reardon)", 4, 10, 120, Verdict.WITHIN, Verdict.EXCEEDS),
    ("10 Hz 5 s 110 %", 5, 10, 110, Verdict.WITHIN, Verdict.WITHIN),
    ("1 Hz 1,200 pulses 120 %", 1200, 1, 120, Verdict.BEYOND_TESTED, Verdict.BEYOND_TESTED),
    ("18 Hz 2 s 120 % (H1)", 2, 18, 120, Verdict.EXCEEDS, Verdict.EXCEEDS),
    ("20 Hz 2 s 100 % (H7)", 2, 20, 100, Verdict.WITHIN, Verdict.EXCEEDS),
    ("10 Hz 3 s 120 % (H4)", 3, 10, 120, Verdict.WITHIN, Verdict.WITHIN),
    ("20 Hz 2 s 110 %", 2, 20, 110, Verdict.EXCEEDS, Verdict.EXCEEDS),
]


@pytest.mark.parametrize("row", PROTOCOLS_VS_TABLES, ids=lambda row: row[0])
def test_published_protocols_stand_to_the_tables_as_published(
    row: tuple[str, int, int, int, Verdict, Verdict],
) -> None:
    _, seconds, rate_hz, percent, by_s1, by_s2 = row
    found = [
        table.rule(Fraction(seconds), Fraction(rate_hz), percent).verdict for table in (S1, S2)
    ]
    assert found == [by_s1, by_s2]


def test_five_seconds_at_110_percent_is_at_the_longest_tested() -> None:
    ruling = S1.rule(Fraction(5), Fraction(10), 110)
    assert ruling.cell == Cell(Fraction(5), longest_tested=True)


# seconds, Hz, %: the cell that the next-higher rule must take
LOOK_UPS = [
    (1, 18, 120, 20, 120),
    (1, 10, 115, 10, 120),
    (1, 0.5, 100, 1, 100),
    (1, 11, 121, 20, 130),
    (1, 10, 80, 10, 90),
    (1, 5.5, 90.5, 10, 100),
]


@pytest.mark.parametrize(("seconds", "rate", "percent", "row", "column"), LOOK_UPS)
def test_between_cells_the_next_higher_one_holds(
    seconds: int, rate: float, percent: float, row: float, column: float
) -> None:
    ruling = S1.rule(Fraction(seconds), Fraction(rate), percent)
    assert (ruling.rate_hz, ruling.intensity_pct) == (row, column)


def test_beyond_the_last_row_or_column_is_outside_unless_the_edge_is_exceeded() -> None:
    assert S1.rule(Fraction("0.2"), Fraction(25), 131).verdict is Verdict.OUTSIDE
    assert S1.rule(Fraction("0.2"), Fraction(26), 130).verdict is Verdict.OUTSIDE
    assert S1.rule(Fraction("0.3"), Fraction(25), 131).verdict is Verdict.EXCEEDS
    assert S1.rule(Fraction(60), Fraction(1), 140).verdict is Verdict.OUTSIDE


@FEW
@given(
    st.integers(1, 4000),
    st.integers(1, 30),
    st.integers(60, 140),
    st.integers(0, 200),
)
def test_a_longer_train_never_fares_better(
    tenths: int, rate_hz: int, percent: int, more: int
) -> None:
    order = (Verdict.WITHIN, Verdict.OUTSIDE, Verdict.BEYOND_TESTED, Verdict.EXCEEDS)
    for table in (S1, S2):
        short, long = (
            table.rule(Fraction(length, 10), Fraction(rate_hz), percent).verdict
            for length in (tenths, tenths + more)
        )
        assert order.index(long) >= order.index(short)


# off-time in s, Hz, %, verdict
SPACINGS = [
    ("26", 10, 110, Spacing.SAFE),
    ("5", 20, 110, Spacing.SAFE),
    ("8", 10, 120, Spacing.INSUFFICIENT),
    ("11", 10, 120, Spacing.INSUFFICIENT),
    ("4.9", 10, 100, Spacing.UNSAFE),
    ("1", 20, 120, Spacing.UNSAFE),
    ("0.1", 10, 90, Spacing.UNSAFE),
    ("26", 10, 125, Spacing.OUTSIDE),
    ("26", 25, 110, Spacing.OUTSIDE),
    ("1", 25, 125, Spacing.UNSAFE),
]


@pytest.mark.parametrize(("off_s", "rate_hz", "percent", "verdict"), SPACINGS)
def test_intervals_are_ruled_by_the_shorter_tested_one(
    off_s: str, rate_hz: int, percent: float, verdict: Spacing
) -> None:
    assert S3.rule(Fraction(off_s), Fraction(rate_hz), percent).verdict is verdict


def test_the_off_times_of_theta_burst_and_dash_are_at_least_five_seconds() -> None:
    for name in ("iTBS-600", "HF10-19", "SNT"):
        off_s = entry(name).build().blocks[0].stated_off_s
        assert off_s is not None
        assert off_s >= S3.safe_from_s == 5


def test_the_tables_are_shown_as_recalled_until_they_are_checked() -> None:
    assert {table.source.tag for table in (S1, S2, S3)} == {Tag.RECALLED}


def test_the_policy_acknowledges_cleared_and_stops_other_excesses() -> None:
    policy = default_policy()
    assert policy.exceeding_a_table.of(cleared=True) is Severity.ACKNOWLEDGE
    assert policy.exceeding_a_table.of(cleared=False) is Severity.STOP
    assert (policy.caps.pulses_per_session, policy.caps.pulses_per_day) == (5000, 18000)
    assert policy.visual_threshold.ratio * 120 == pytest.approx(133.56)


def test_the_highest_rate_is_that_of_the_next_higher_output() -> None:
    rapid = stimulator("magstim-rapid2-240v")
    assert [rapid.max_rate_hz(output) for output in (10, 30, 31, 70, 74, 100)] == [
        50, 50, 37, 20, 18, 15,
    ]  # fmt: skip
    assert rapid.max_output_at(Fraction(20)) == 70
    assert rapid.max_output_at(Fraction(60)) is None


def test_pulse_energy_goes_with_the_square_of_the_output() -> None:
    rapid = stimulator("magstim-rapid2-240v")
    assert rapid.pulse_energy_j(50) == pytest.approx(63.0)
    # 40 pulses of 252 J at 1050 W need 9.6 s.
    assert rapid.least_period_s(40, 100) == pytest.approx(9.6)


def test_what_is_not_known_of_a_stimulator_is_none() -> None:
    r30 = stimulator("magventure-magpro-r30")
    assert r30.mean_power_w is None
    assert r30.least_period_s(40, 100) is None
    assert stimulator("virtual").max_rate_hz(100) is None


def test_every_limit_of_a_stimulator_has_a_source() -> None:
    for each in stimulators():
        assert not each.max_rates or each.rates_source
        assert not (each.max_within_burst_hz or each.bursts_follow_rates) or each.bursts_source
        power = each.mean_power_w or each.min_off_s or each.max_session_pulses
        assert not power or each.power_source
        for source in each.sources:
            assert source.reference.title


def test_an_unknown_stimulator_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="magventure-magpro-r30"):
        stimulator("magic-wand")


def test_the_markdown_holds_the_tables_the_verdicts_and_the_stimulators() -> None:
    text = limits_markdown()
    assert "| 10 | >5 | >5 | >5 | 4.2 | 2.9 |" in text
    assert "| dTMS-H1 | exceeds (1 s at 20 Hz and 120 %) |" in text
    assert "| iTBS-600 | not tabulated | not tabulated |" in text
    for each in stimulators():
        assert each.name in text
