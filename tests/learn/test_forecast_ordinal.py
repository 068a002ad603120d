"""The check-in forecast: against simulation, against itself, and on real data it has not seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.learn.forecast.ordinal import (
    MISSING,
    Change,
    OrdinalModel,
    OrdinalParameters,
)
from euthymia.learn.forecast.ordinal_fit import fit_ordinal, read_ratings
from euthymia.learn.forecast.provenance import FittedOn
from euthymia.learn.forecast.published import check_in_model
from euthymia.learn.forecast.scoring import (
    calibration,
    rank_uniformity,
    ranked_probability_score,
    ranking,
)
from shared_data import shared_file

LAST = 20
MODEL = OrdinalModel(
    OrdinalParameters(
        thresholds=(-2.7, 1.6, 5.3),
        step_sd=0.6,
        drift_sd=0.1,
        start_sd=0.3,
        mean_drift=(0.0, 0.15, 0.1, 0.25),
        drift_growth=0.2,
        fitted_on=FittedOn(name="a test", patients=300, last_session=LAST),
    )
)
check_ins = st.dictionaries(st.integers(0, LAST), st.sampled_from(Change), max_size=LAST)


def test_with_no_check_in_the_forecast_is_the_base_rate_and_says_so() -> None:
    forecast = MODEL.forecast({}, LAST)
    assert forecast.probabilities == pytest.approx(forecast.base_rates)
    assert "not this patient" in forecast.cautions[0]


@given(check_ins)
@settings(max_examples=40, deadline=None)
def test_any_subset_of_check_ins_gives_probabilities(seen: dict[int, Change]) -> None:
    forecast = MODEL.forecast(seen, LAST)
    assert sum(forecast.probabilities) == pytest.approx(1.0)
    assert min(forecast.probabilities) > 0
    assert forecast.observed == len(seen)


@example({0: Change.WORSE, 2: Change.WORSE, 19: Change.MUCH_BETTER, 20: Change.SAME}, Change.WORSE)
@given(check_ins, st.sampled_from([Change.WORSE, Change.SAME, Change.A_BIT_BETTER]))
@settings(max_examples=25, deadline=None)
def test_a_better_last_answer_never_worsens_the_forecast(
    seen: dict[int, Change], change: Change
) -> None:
    # Of the last answer only: a better early one, with the same later, tells of a worse drift.
    session = max(seen, default=LAST // 2)
    worse = MODEL.forecast({**seen, session: change}, LAST)
    better = MODEL.forecast({**seen, session: Change(change + 1)}, LAST)
    for least in (Change.SAME, Change.A_BIT_BETTER, Change.MUCH_BETTER):
        assert better.at_least(least)[0] >= worse.at_least(least)[0] - 1e-3


def test_the_filter_agrees_with_simulation_by_an_independent_route() -> None:
    seen = {2: Change.SAME, 5: Change.A_BIT_BETTER, 6: Change.SAME, 9: Change.A_BIT_BETTER}
    rng = np.random.default_rng(2)
    drawn, _ = MODEL.drawn(400_000, 14, rng)
    kept = np.ones(len(drawn), dtype=bool)
    for session, change in seen.items():
        kept &= drawn[:, session] == change
    shares = np.bincount(drawn[kept, 14], minlength=4) / kept.sum()
    error = np.sqrt(shares * (1 - shares) / kept.sum())
    forecast = MODEL.forecast(seen, 14)
    assert kept.sum() > 3000
    assert np.abs(np.array(forecast.probabilities) - shares).max() < 0.012 + 3 * error.max()


def test_posterior_ranks_of_the_hidden_state_are_uniform_and_intervals_cover() -> None:
    # Simulation-based calibration: patients drawn from the prior, half of their check-ins lost.
    rng = np.random.default_rng(7)
    ratings, states = MODEL.drawn(2000, 12, rng)
    ratings[rng.random(ratings.shape) < 0.5] = MISSING
    _, places = MODEL._places(ratings, 9, 12)
    grid, _ = MODEL.hidden({}, 12)
    cell = grid[1] - grid[0]
    ranks, inside = [], {0.5: 0, 0.8: 0, 0.95: 0}
    for share, truth in zip(places, states[:, 12], strict=True):
        drawn = rng.choice(grid, 99, p=share / share.sum()) + (rng.random(99) - 0.5) * cell
        ranks.append(int((drawn < truth).sum()))
        below = np.interp(truth, grid + cell / 2, share.cumsum())
        for coverage in inside:
            inside[coverage] += abs(below - 0.5) <= coverage / 2
    assert rank_uniformity(np.array(ranks), 99) > 0.01
    for coverage, hits in inside.items():
        assert hits / 2000 == pytest.approx(coverage, abs=0.03)


def test_the_grid_is_wide_and_fine_enough_for_the_shipped_model() -> None:
    # A state cut off at an end of the grid would make late answers too tame.
    model = check_in_model()
    plain = OrdinalModel(model.parameters)
    drawn, _ = plain.drawn(200_000, LAST, np.random.default_rng(11))
    for session in (1, 10, LAST):
        shares = np.bincount(drawn[:, session], minlength=4) / len(drawn)
        assert plain.forecast({}, session).probabilities == pytest.approx(shares, abs=0.004)
    after = (drawn[:, 10] == Change.MUCH_BETTER) & (drawn[:, 9] == Change.A_BIT_BETTER)
    shares = np.bincount(drawn[after, LAST], minlength=4) / after.sum()
    seen = {9: Change.A_BIT_BETTER, 10: Change.MUCH_BETTER}
    assert plain.forecast(seen, LAST).probabilities == pytest.approx(shares, abs=0.015)


def test_forecast_probabilities_come_true_at_their_rate() -> None:
    ratings, _ = MODEL.drawn(3000, LAST, np.random.default_rng(3))
    _, shares = MODEL.filtered(ratings, 8, LAST)
    improved = ratings[:, LAST] >= Change.A_BIT_BETTER
    intercept, slope = calibration(shares[:, 2:].sum(axis=1), improved)
    assert intercept == pytest.approx(0, abs=0.15)
    assert slope == pytest.approx(1, abs=0.12)


def test_more_check_ins_make_better_forecasts() -> None:
    ratings, _ = MODEL.drawn(1500, LAST, np.random.default_rng(4))
    scores = [
        ranked_probability_score(MODEL.filtered(ratings, k, LAST)[1], ratings[:, LAST])
        for k in (2, 8, 14, 18)
    ]
    assert scores == sorted(scores, reverse=True)


def test_beyond_what_it_has_seen_it_says_so() -> None:
    forecast = MODEL.forecast({3: Change.SAME}, LAST + 10)
    assert any("beyond what the model has seen" in said for said in forecast.cautions)
    assert sum(forecast.probabilities) == pytest.approx(1.0)


def test_beyond_what_it_has_seen_no_further_gain_is_expected_and_it_is_less_sure() -> None:
    within, beyond = (MODEL.hidden({3: Change.SAME}, at) for at in (LAST, LAST + 10))
    means = [float(grid @ share) for grid, share in (within, beyond)]
    spreads = [
        float(np.sqrt((grid - mean) ** 2 @ share))
        for (grid, share), mean in zip((within, beyond), means, strict=True)
    ]
    assert means[1] == pytest.approx(means[0], abs=0.02)
    assert spreads[1] > spreads[0] + 0.3


@pytest.mark.parametrize(
    ("seen", "at", "says"),
    [
        ({12: Change.SAME}, 10, "session 12: it does not lie between"),
        ({-1: Change.SAME}, 10, "session -1"),
        ({}, -2, "session -2 does not exist"),
    ],
)
def test_impossible_sessions_are_refused(seen: dict[int, Change], at: int, says: str) -> None:
    with pytest.raises(InputError, match=says):
        MODEL.forecast(seen, at)


@pytest.mark.slow
def test_a_fit_forecasts_about_as_well_as_the_truth_that_made_the_data() -> None:
    rng = np.random.default_rng(12)
    seen, _ = MODEL.drawn(150, LAST, rng)
    unseen, _ = MODEL.drawn(2000, LAST, rng)
    seen[rng.random(seen.shape) < 0.1] = MISSING
    fitted = fit_ordinal(seen, FittedOn(name="drawn", patients=150, last_session=LAST), steps=8)
    scores = [
        ranked_probability_score(model.filtered(unseen, 10, LAST)[1], unseen[:, LAST])
        for model in (MODEL, fitted)
    ]
    assert scores[1] < scores[0] + 0.004


@pytest.mark.slow
def test_on_real_patients_it_has_skill_and_on_shuffled_sessions_it_has_none() -> None:
    ratings, _ = read_ratings(shared_file("trajectories/brightmind_part1.csv"))
    rng = np.random.default_rng(5)
    order = rng.permutation(len(ratings))
    half = len(ratings) // 2
    shuffled = np.column_stack([rng.permutation(column) for column in ratings.T])
    found = []
    for table in (ratings, shuffled):
        seen, unseen = table[order[:half]], table[order[half:]]
        model = fit_ordinal(
            seen, FittedOn(name="half", patients=len(seen), last_session=LAST), steps=6
        )
        known = unseen[:, LAST] >= 0
        final = unseen[known, LAST]
        _, shares = model.filtered(unseen[known], 10, LAST)
        usual = np.bincount(seen[seen[:, LAST] >= 0, LAST], minlength=4) + 0.5
        base = np.tile(usual / usual.sum(), (len(final), 1))
        gain = ranked_probability_score(base, final) - ranked_probability_score(shares, final)
        found.append((gain, ranking(shares[:, 2:].sum(axis=1), final >= Change.A_BIT_BETTER)))
    (gain, area), (no_gain, no_area) = found
    assert gain > 0.015
    assert area > 0.7
    assert no_gain < 0.005
    assert abs(no_area - 0.5) < 0.2


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "lacks the columns"),
        ("patient_id,session,rating\nA,0,2\nA,0,3\n", "stands twice"),
        ("patient_id,session,rating\nA,0,5\n", "outside 1 to 4"),
        ("patient_id,session,rating\nA,-1,2\n", "negative"),
        ("patient_id,session,rating\nA,x,2\n", "no whole number"),
    ],
)
def test_a_bad_table_of_check_ins_is_refused_by_its_line(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        read_ratings(_write(tmp_path / "bad.csv", text))


def test_a_table_with_gaps_reads_as_it_stands(tmp_path: Path) -> None:
    path = _write(tmp_path / "good.csv", "patient_id,session,rating\nA,0,2\nA,2,3\nB,1,\nB,0,1\n")
    ratings, ids = read_ratings(path)
    assert ids == ("A", "B")
    assert ratings.tolist() == [[1, MISSING, 2], [0, MISSING, MISSING]]


def test_too_few_patients_are_not_fitted() -> None:
    few = np.ones((5, 21), dtype=np.int64)
    with pytest.raises(InputError, match="5 patients are too few"):
        fit_ordinal(few, FittedOn(name="few", patients=5, last_session=20))
