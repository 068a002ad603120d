"""The limits while a session runs: every cell of every table, tested on both sides."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.findings import Severity, worst
from euthymia.plan.protocol.limits import Verdict, interval_table, train_tables
from euthymia.plan.protocol.policy import default_policy
from euthymia.plan.protocol.session_limits import (
    Given,
    NextTrain,
    check_next_train,
    pulses_left,
    train_rulings,
)

NOTHING = Given(0, 0)
CELLS = [
    pytest.param(table.id, rate, percent, id=f"{table.id} {rate:g} Hz {percent:g} %")
    for table in train_tables()
    for rate in table.rates_hz
    for percent in table.intensities_pct
]
STEP = Fraction(1, 1000)


def ruling_of(table: str, train: NextTrain):
    return next(found for found in train_rulings(train) if found.table.id == table)


@pytest.mark.parametrize(("table", "rate", "percent"), CELLS)
def test_every_cell_of_the_train_tables_is_a_limit_on_both_sides(table, rate, percent):
    known = next(found for found in train_tables() if found.id == table)
    cell = known.cell(known.rates_hz.index(rate), known.intensities_pct.index(percent))

    def train(seconds: Fraction) -> NextTrain:
        return NextTrain(rate, float(seconds), 1, percent)

    assert ruling_of(table, train(cell.seconds)).verdict is Verdict.WITHIN
    assert ruling_of(table, train(cell.seconds - STEP)).verdict is Verdict.WITHIN
    beyond = Verdict.BEYOND_TESTED if cell.longest_tested else Verdict.EXCEEDS
    assert ruling_of(table, train(cell.seconds + STEP)).verdict is beyond
    severity = Severity.CAUTION if cell.longest_tested else Severity.STOP
    code = f"session.train.{table.lower()}"
    told = check_next_train(train(cell.seconds + STEP), NOTHING, cleared=False)
    assert next(f for f in told if f.code == code).severity is severity
    told = check_next_train(train(cell.seconds + STEP), NOTHING, cleared=True)
    most = Severity.CAUTION if cell.longest_tested else Severity.ACKNOWLEDGE
    assert next(f for f in told if f.code == code).severity is most


INTERVALS = [
    pytest.param(ms, percent, id=f"{ms:g} ms {percent:g} %")
    for ms in interval_table().intervals_ms
    for percent in interval_table().intensities_pct
]


@pytest.mark.parametrize(("ms", "percent"), INTERVALS)
def test_every_cell_of_the_interval_table_holds_from_its_interval_on(ms, percent):
    table = interval_table()
    row = table.intervals_ms.index(ms)
    column = table.intensities_pct.index(percent)
    assert (
        table.rule(Fraction(int(ms), 1000), Fraction(20), percent).words
        == (table.cells[row][column])
    )
    shorter = min(row + 1, len(table.cells) - 1)
    below = table.rule(Fraction(int(ms), 1000) - STEP, Fraction(20), percent)
    assert below.words == table.cells[shorter][column]
    train = NextTrain(20, 0.1, 2, percent, pause_s=ms / 1000)
    found = next(f for f in check_next_train(train, NOTHING, cleared=False) if "pause" in f.code)
    words = table.cells[row][column]
    expected = {
        "safe": Severity.NOTE,
        "insufficient data": Severity.CAUTION,
        "unsafe": Severity.STOP,
    }[words.split(":")[0]]
    assert found.severity is expected


def test_pulse_caps_hold_on_both_sides():
    caps = default_policy().caps
    train = NextTrain(10, 4, 40, 120, pause_s=26)
    for before, passes in ((caps.pulses_per_session - 40, True), (caps.pulses_per_session, False)):
        told = check_next_train(train, Given(before, before), cleared=True)
        assert any(f.code == "session.pulses.session" for f in told) is not passes
    today = Given(0, caps.pulses_per_day - 40)
    assert not any("pulses" in f.code for f in check_next_train(train, today, cleared=True))
    today = Given(0, caps.pulses_per_day - 39)
    (found,) = [f for f in check_next_train(train, today, cleared=True) if "pulses" in f.code]
    assert found.code == "session.pulses.day"
    assert found.nearest_allowed == "39 pulses more"


def test_what_is_left_is_the_smaller_of_session_and_day():
    caps = default_policy().caps
    assert pulses_left(NOTHING) == caps.pulses_per_session
    assert pulses_left(Given(0, caps.pulses_per_day - 7)) == 7
    assert pulses_left(Given(caps.pulses_per_session + 1, caps.pulses_per_session + 1)) == 0


def test_counts_that_do_not_go_together_are_refused():
    with pytest.raises(InputError, match="pulses given"):
        Given(100, 50)
    with pytest.raises(InputError, match="pulses given"):
        Given(-1, 50)


def test_theta_bursts_and_fixed_outputs_stand_in_no_table():
    assert train_rulings(NextTrain(50, 2, 30, 120, theta_burst=True)) == ()
    assert train_rulings(NextTrain(10, 4, 40, None)) == ()


@given(
    st.floats(0.1, 30),
    st.floats(0.01, 400),
    st.floats(40, 140),
    st.booleans(),
    st.floats(0.01, 30),
)
def test_a_cleared_protocol_never_weighs_more_and_never_stops(
    rate, seconds, percent, longer, pause
):
    train = NextTrain(rate, seconds, 1, percent, pause_s=pause if longer else None)
    cleared = worst(check_next_train(train, NOTHING, cleared=True))
    other = worst(check_next_train(train, NOTHING, cleared=False))
    assert cleared <= other
    assert cleared < Severity.STOP
