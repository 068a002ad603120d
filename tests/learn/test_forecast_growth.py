"""The forecast of scores: against brute force, calibrated, and true to the published figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from euthymia.core.errors import InputError
from euthymia.learn.forecast.growth import GrowthModel, GrowthParameters, Kind
from euthymia.learn.forecast.growth_fit import fit_growth
from euthymia.learn.forecast.provenance import FittedOn
from euthymia.learn.forecast.published import growth_model, growth_scales
from euthymia.learn.forecast.scoring import rank_uniformity

MODEL = growth_model("HAM-D17")
SESSIONS = np.array([0, 5, 10, 15, 20, 27])
scores = st.dictionaries(st.integers(0, 30), st.floats(0, 52), max_size=8)


@pytest.mark.parametrize(
    ("scale", "least", "baseline", "end", "response", "remission", "cut"),
    [
        # Blumberger 2018: 23.5 and 23.6 to 13.4; response 47 and 49, remission 27 and 32 %.
        ("HAM-D17", 18, 23.6, 13.4, 0.48, 0.295, 7),
        # Carpenter 2012: response 56.4, remission 28.7 %.
        ("PHQ-9", 10, None, None, 0.564, 0.287, 4),
    ],
)
def test_invented_patients_reproduce_the_published_course(
    scale: str,
    least: float,
    baseline: float | None,
    end: float | None,
    response: float,
    remission: float,
    cut: float,
) -> None:
    model = growth_model(scale)
    drawn, _, _ = model.drawn(60_000, np.array([0, 27]), np.random.default_rng(9))
    drawn = np.clip(np.round(drawn), 0, model.parameters.highest)
    start, last = drawn[drawn[:, 0] >= least].T
    if baseline is not None:
        assert start.mean() == pytest.approx(baseline, abs=0.4)
    if end is not None:
        assert last.mean() == pytest.approx(end, abs=0.4)
    assert (last <= start / 2).mean() == pytest.approx(response, abs=0.015)
    assert (last <= cut).mean() == pytest.approx(remission, abs=0.015)


def test_the_usual_course_is_the_published_one() -> None:
    usual = MODEL.usual(27)
    assert usual.response == pytest.approx(0.48, abs=0.02)
    assert usual.below(7) == pytest.approx(0.295, abs=0.02)
    low, high = usual.interval(0.8)
    assert low < usual.median < high


def test_every_scale_says_what_it_rests_on() -> None:
    for scale in growth_scales():
        base = growth_model(scale).forecast({}, 20)
        assert base.fitted_on.source is not None
        assert "not this patient" in base.cautions[0]
    with pytest.raises(InputError, match="HAM-D17"):
        growth_model("mood ring")


def test_the_posterior_agrees_with_brute_force() -> None:
    seen = {0: 25.0, 5: 20.0, 12: 19.0}
    rng = np.random.default_rng(1)
    wanted = np.array([*seen, 27])
    drawn, levels, _ = MODEL.drawn(1_500_000, wanted, rng)
    del drawn
    noise = MODEL.parameters.noise_sd
    weight = np.exp(
        sum(stats.norm.logpdf(value, levels[:, i], noise) for i, value in enumerate(seen.values()))
    )
    weight /= weight.sum()
    forecast = MODEL.forecast(seen, 27)
    for score in (8.0, 12.5, 16.0, 20.0):
        brute = float(weight @ stats.norm.cdf(score, levels[:, -1], noise))
        assert forecast.below(score) == pytest.approx(brute, abs=0.01)


def test_the_evidence_is_the_density_of_the_scores() -> None:
    sessions, values = np.array([0.0, 10.0]), np.array([24.0, 15.0])
    rng = np.random.default_rng(8)
    _, levels, _ = MODEL.drawn(400_000, sessions.astype(int), rng)
    noise = MODEL.parameters.noise_sd
    density = stats.norm.pdf(values, levels, noise).prod(axis=1).mean()
    assert MODEL.log_evidence(sessions, values) == pytest.approx(np.log(density), abs=0.03)


def test_ranks_are_uniform_and_intervals_cover() -> None:
    # Simulation-based calibration over 4000 invented patients with half of their scores lost.
    rng = np.random.default_rng(21)
    drawn, _, _ = MODEL.drawn(4000, SESSIONS, rng)
    ranks, hits = [], {0.5: 0, 0.8: 0, 0.95: 0}
    for row in drawn:
        kept = [i for i in range(4) if rng.random() < 0.5]
        weights, mean, covariance = MODEL.posterior(SESSIONS[kept].astype(float), row[kept])
        basis = MODEL._basis(SESSIONS[-1:].astype(float))[:, 0]
        centre = np.einsum("ci,ci->c", basis, mean)
        spread = np.einsum("ci,cij,cj->c", basis, covariance, basis)
        sd = np.sqrt(spread + MODEL.parameters.noise_sd**2)
        component = rng.choice(len(weights), 99, p=weights)
        sample = centre[component] + sd[component] * rng.standard_normal(99)
        ranks.append(int((sample < row[-1]).sum()))
        below = float(weights @ stats.norm.cdf((row[-1] - centre) / sd))
        for coverage in hits:
            hits[coverage] += abs(below - 0.5) <= coverage / 2
    assert rank_uniformity(np.array(ranks), 99) > 0.01
    for coverage, count in hits.items():
        assert count / 4000 == pytest.approx(coverage, abs=0.03)


@given(scores)
@settings(max_examples=60, deadline=None)
def test_any_scores_give_a_forecast_within_the_scale(seen: dict[int, float]) -> None:
    forecast = MODEL.forecast(seen, 30)
    low, high = forecast.interval(0.95)
    assert 0 <= low <= forecast.median <= high <= 52
    assert sum(forecast.kinds.values()) == pytest.approx(1.0)
    assert forecast.below(-1) == 0
    assert forecast.below(60) == 1


def test_more_scores_narrow_the_forecast() -> None:
    seen = {0: 24.0, 5: 19.0, 10: 16.0, 15: 14.0, 20: 12.5}
    widths = []
    for count in range(len(seen) + 1):
        low, high = MODEL.forecast(dict(list(seen.items())[:count]), 27).interval()
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)


def test_a_patient_who_falls_fast_looks_rapid_and_one_who_does_not_looks_unresponsive() -> None:
    rapid = MODEL.forecast({0: 24.0, 3: 13.0, 6: 8.0, 10: 5.0}, 27)
    still = MODEL.forecast({0: 24.0, 5: 24.0, 10: 23.0, 15: 24.0}, 27)
    usual = MODEL.forecast({}, 27).kinds
    assert rapid.kinds["rapid"] > 2 * usual["rapid"]
    assert still.kinds["no response"] > 3 * usual["no response"]
    assert rapid.median < 10
    assert still.median > 18


def test_response_needs_a_baseline() -> None:
    assert MODEL.chance_of_response({0: 24.0, 10: 10.0}, 27) > 0.6
    with pytest.raises(InputError, match="no score from before"):
        MODEL.chance_of_response({10: 10.0}, 27)


def test_beyond_the_course_it_says_so_and_off_the_scale_it_refuses() -> None:
    assert any("beyond" in said for said in MODEL.forecast({0: 20.0}, 60).cautions)
    with pytest.raises(InputError, match="0 to 52"):
        MODEL.forecast({0: 70.0}, 20)
    with pytest.raises(InputError, match="below 0"):
        MODEL.forecast({-2: 20.0}, 20)


def _two_kinds(left: float, baseline: float) -> GrowthModel:
    kinds = tuple(
        Kind(
            name=name,
            share=share,
            relative_baseline=1.0,
            remaining=remaining,
            remaining_sd=0.15,
            half_life_sessions=7.0,
            half_life_spread=0.4,
        )
        for name, share, remaining in (("no response", 0.3, 0.95), ("gradual", 0.7, left))
    )
    return GrowthModel(
        GrowthParameters(
            scale="PHQ-9",
            highest=27,
            baseline=baseline,
            baseline_sd=3.5,
            noise_sd=1.8,
            least_to_enter=10,
            kinds=kinds,
            fitted_on=FittedOn(name="a test", patients=500, last_session=30),
        )
    )


@pytest.mark.slow
def test_a_clinic_of_its_own_is_learned_from_its_charts() -> None:
    truth, start = _two_kinds(0.35, 19.0), _two_kinds(0.6, 16.0)
    rng = np.random.default_rng(31)
    drawn, _, _ = truth.drawn(250, SESSIONS, rng)
    histories = [
        {int(s): float(v) for s, v in zip(SESSIONS, row, strict=True) if rng.random() < 0.7}
        for row in np.clip(drawn, 0, 27)
    ]
    fitted = fit_growth(
        start.parameters, [h for h in histories if h],
        FittedOn(name="this clinic", patients=250, last_session=30),
    )  # fmt: skip
    p = fitted.parameters
    assert p.baseline == pytest.approx(19.0, abs=0.8)
    assert p.noise_sd == pytest.approx(1.8, rel=0.2)
    base, usual = fitted.usual(27), truth.usual(27)
    assert base.below(9.5) == pytest.approx(usual.below(9.5), abs=0.08)
    assert abs(start.usual(27).below(9.5) - usual.below(9.5)) > 0.12
    assert "this clinic" in fitted.forecast({}, 27).fitted_on.sentence
