"""The recalibration of check-in forecasts: learned where it is needed, and never in the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.special import expit

from euthymia.core.errors import InputError
from euthymia.learn.forecast.ordinal import (
    MISSING,
    Change,
    OrdinalModel,
    OrdinalParameters,
    places_in_course,
)
from euthymia.learn.forecast.provenance import FittedOn
from euthymia.learn.forecast.published import check_in_model
from euthymia.learn.forecast.recalibration import NAMES, Recalibration, log_odds
from euthymia.learn.forecast.recalibration_fit import (
    Forecasts,
    cost_of_correction,
    fit_check_ins,
    fitted_numbers,
)
from euthymia.learn.forecast.scoring import calibration, ranked_probability_score

LAST = 12
FITTED_ON = FittedOn(name="a test", patients=300, last_session=LAST)
MODEL = OrdinalModel(
    OrdinalParameters(
        thresholds=(-2.7, 1.6, 5.3),
        step_sd=0.9,
        drift_sd=0.1,
        start_sd=0.3,
        mean_drift=(0.1, 0.3),
        drift_growth=0.0,
        fitted_on=FITTED_ON,
    )
)
amounts = st.floats(-1, 1)
corrections = st.builds(
    Recalibration, **dict.fromkeys(NAMES, amounts), fitted_on=st.just(FITTED_ON)
)
check_ins = st.dictionaries(st.integers(0, LAST), st.sampled_from(Change), max_size=LAST)


def invented(patients: int, slope: float, shift: float, seed: int) -> Forecasts:
    """Forecasts whose log odds are wrong by a known slope and shift, and what came of them."""
    rng = np.random.default_rng(seed)
    true = np.sort(rng.normal([-1.5, 0.0, 1.5], 1.5, (patients, 3)), axis=1)[:, ::-1]
    outcomes = (rng.random(patients)[:, None] < expit(true)).sum(axis=1)
    places = rng.uniform(0, 1, (patients, 2))
    return Forecasts((true - shift) / slope, places, outcomes, 1.0)


def test_a_known_distortion_is_found() -> None:
    numbers = fitted_numbers(invented(6000, slope=1.4, shift=-0.5, seed=1))
    assert np.exp(numbers[0]) == pytest.approx(1.4, abs=0.08)
    assert numbers[2] == pytest.approx(-0.5, abs=0.1)
    assert np.abs(numbers[[1, 3, 4, 5, 6]]).max() < 0.25


def test_forecasts_that_are_right_are_left_as_they_are() -> None:
    numbers = fitted_numbers(invented(6000, slope=1.0, shift=0.0, seed=2))
    assert np.abs(numbers).max() < 0.2


def test_few_forecasts_hardly_move_the_correction() -> None:
    few = fitted_numbers(invented(8, slope=2.0, shift=-1.0, seed=3))
    many = fitted_numbers(invented(4000, slope=2.0, shift=-1.0, seed=3))
    assert abs(few[2]) < 0.6 * abs(many[2])


def test_the_gradient_is_that_of_the_cost() -> None:
    made = invented(50, slope=1.4, shift=-0.5, seed=4)
    at = np.random.default_rng(5).normal(0, 0.3, len(NAMES))
    wrong = optimize.check_grad(
        lambda x: cost_of_correction(x, made)[0], lambda x: cost_of_correction(x, made)[1], at
    )
    assert wrong < 1e-4


@given(corrections, check_ins)
@settings(max_examples=20, deadline=None)
def test_any_correction_gives_probabilities_and_keeps_the_base_rate_without_a_check_in(
    correction: Recalibration, seen: dict[int, Change]
) -> None:
    model = replace(MODEL, recalibration=correction)
    forecast = model.forecast(seen, LAST)
    assert sum(forecast.probabilities) == pytest.approx(1.0)
    assert min(forecast.probabilities) > 0
    nothing = model.forecast({}, LAST)
    assert nothing.probabilities == pytest.approx(nothing.base_rates)
    assert nothing.base_rates == pytest.approx(forecast.base_rates)


@given(corrections, st.integers(1, LAST))
@settings(max_examples=12, deadline=None)
def test_the_order_of_patients_known_as_far_stays(correction: Recalibration, known: int) -> None:
    ratings, _ = MODEL.drawn(30, LAST, np.random.default_rng(known))
    plain = MODEL.forecasts(ratings, known, LAST)
    moved = replace(MODEL, recalibration=correction).forecasts(ratings, known, LAST)
    order = np.argsort(plain[:, 2:].sum(axis=1))
    assert (np.diff(moved[order, 2:].sum(axis=1)) > -1e-5).all()


def test_no_correction_is_none() -> None:
    ratings, _ = MODEL.drawn(40, LAST, np.random.default_rng(6))
    nothing = replace(MODEL, recalibration=Recalibration(fitted_on=FITTED_ON))
    assert nothing.forecasts(ratings, 6, LAST) == pytest.approx(
        MODEL.forecasts(ratings, 6, LAST), abs=1e-5
    )


def test_log_odds_are_those_of_a_better_answer() -> None:
    odds = log_odds(np.array([[0.1, 0.4, 0.3, 0.2]]))
    assert expit(odds[0]) == pytest.approx([0.9, 0.5, 0.2])


def test_the_hidden_state_is_not_touched() -> None:
    seen = {2: Change.SAME, 5: Change.A_BIT_BETTER}
    moved = replace(MODEL, recalibration=Recalibration(shift=1.0, fitted_on=FITTED_ON))
    assert moved.hidden(seen, LAST)[1] == pytest.approx(MODEL.hidden(seen, LAST)[1])


def test_the_shipped_forecast_says_on_whom_it_was_fitted_and_recalibrated() -> None:
    model = check_in_model()
    assert model.recalibration is not None
    assert model.recalibration.fitted_on.source is not None
    fitted, corrected = model.forecast({3: Change.SAME}, 20).provenance
    assert "136 patients" in fitted
    assert "had not seen the patient" in corrected
    assert len(MODEL.forecast({}, LAST).provenance) == 1


def test_the_correction_mends_a_model_that_expects_too_much() -> None:
    ratings, _ = MODEL.drawn(2200, LAST, np.random.default_rng(8))
    seen, unseen = ratings[:200], ratings[200:]
    hopeful = OrdinalModel(MODEL.parameters.model_copy(update={"mean_drift": (0.3, 0.5)}))
    pairs = [(known, at) for at in (3, 6, 9, LAST) for known in range(at)]
    made = Forecasts(
        np.concatenate([log_odds(hopeful.filtered(seen, *pair)[1]) for pair in pairs]),
        np.concatenate([places_in_course(seen, *pair, LAST) for pair in pairs]),
        np.concatenate([seen[:, at] for _, at in pairs]),
        4 / len(pairs),
    )
    numbers = dict(zip(NAMES, fitted_numbers(made).tolist(), strict=True))
    mended = replace(hopeful, recalibration=Recalibration(**numbers, fitted_on=FITTED_ON))
    off, score = [], []
    for model in (hopeful, mended):
        shares = model.forecasts(unseen, 4, LAST)
        improved = shares[:, 2:].sum(axis=1)
        off.append(abs(calibration(improved, unseen[:, LAST] >= Change.A_BIT_BETTER)[0]))
        score.append(ranked_probability_score(shares, unseen[:, LAST]))
    assert off[1] < 0.5 * off[0]
    assert score[1] < score[0]


def test_the_same_charts_give_the_same_model_and_its_numbers_are_moderate() -> None:
    short = FittedOn(name="a short course", patients=30, last_session=6)
    ratings, _ = MODEL.drawn(30, 6, np.random.default_rng(9))
    ratings[np.random.default_rng(10).random(ratings.shape) < 0.1] = MISSING
    first, again = (fit_check_ins(ratings, short) for _ in range(2))
    assert first.recalibration is not None
    assert first.recalibration == again.recalibration
    assert first.parameters == again.parameters
    assert np.abs(first.recalibration.numbers).max() < 1.5


def test_too_few_patients_are_not_recalibrated() -> None:
    with pytest.raises(InputError, match="24 patients are too few"):
        fit_check_ins(np.ones((24, 13), dtype=np.int64), FITTED_ON)
