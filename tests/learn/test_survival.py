"""Follow-up curves and durability, against an independent implementation and published figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.learn.evidence.catalogue import pooled_estimate
from euthymia.learn.forecast.scoring import rank_uniformity
from euthymia.learn.survival.curves import FollowUp, incidence, kept
from euthymia.learn.survival.durability import SCALES, SHAPES, published_durability


def invented(seed: int, patients: int = 120, ties: bool = True) -> list[FollowUp]:
    rng = np.random.default_rng(seed)
    times = rng.weibull(0.7, patients) * 12
    months = np.minimum(times, rng.uniform(1, 24, patients))
    if ties:
        months = np.ceil(months)
    event = np.where(times <= months, 1, 0)
    event = np.where((event == 1) & (rng.random(patients) < 0.3), 2, event)
    return [FollowUp(float(m), int(e)) for m, e in zip(months, event, strict=True)]


@pytest.mark.parametrize("seed", range(6))
def test_the_kept_share_agrees_with_lifelines(seed: int) -> None:
    lifelines = pytest.importorskip("lifelines")
    data = invented(seed, ties=seed % 2 == 0)
    curve = kept(data)
    peer = lifelines.KaplanMeierFitter().fit([d.months for d in data], [d.event > 0 for d in data])
    theirs = peer.survival_function_at_times(curve.times_months).to_numpy()
    assert curve.values == pytest.approx(theirs, abs=1e-9)
    ends = peer.confidence_interval_survival_function_.loc[curve.times_months].to_numpy()
    inside = curve.values > 0
    assert curve.low[inside] == pytest.approx(ends[inside, 0], abs=1e-6)
    assert curve.high[inside] == pytest.approx(ends[inside, 1], abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_competing_events_agree_with_lifelines(seed: int) -> None:
    lifelines = pytest.importorskip("lifelines")
    data = invented(seed, ties=False)
    curve = incidence(data)
    peer = lifelines.AalenJohansenFitter(calculate_variance=True).fit(
        [d.months for d in data], [d.event for d in data], event_of_interest=1
    )
    theirs = peer.cumulative_density_.iloc[:, 0]
    for time, value in zip(curve.times_months, curve.values, strict=True):
        assert value == pytest.approx(float(theirs.loc[:time].iloc[-1]), abs=1e-6)


@given(st.integers(0, 5000))
@settings(max_examples=40, deadline=None)
def test_what_is_kept_and_what_is_lost_sum_to_one(seed: int) -> None:
    data = invented(seed, 40)
    whole = kept(data)
    lost = [incidence(data, event) for event in (1, 2)]
    for time in whole.times_months:
        assert whole.at(time) + sum(each.at(time) for each in lost) == pytest.approx(1.0)
    assert (np.diff(whole.values) <= 0).all()


def test_without_events_everything_is_kept_and_nobody_is_refused() -> None:
    curve = kept([FollowUp(5, 0), FollowUp(9, 0)])
    assert curve.at(7) == 1.0
    with pytest.raises(InputError, match="nobody was followed"):
        kept([])
    with pytest.raises(InputError, match="cannot be"):
        FollowUp(-1, 0)


@pytest.mark.parametrize("months", [3, 6, 12])
def test_the_published_model_gives_back_the_published_shares(months: int) -> None:
    row = pooled_estimate(f"senova-2019-{months}-months")
    assert row.low is not None
    assert row.high is not None
    found = published_durability().lasting(months, coverage=0.95)
    assert found.probability == pytest.approx(row.value, abs=0.03)
    # Each figure counts half, but the curve joins the three: about as wide as the published one.
    assert found.low < row.value < found.high
    assert 0.7 < (found.high - found.low) / (row.high - row.low) < 1.7


def test_having_lasted_makes_lasting_longer_more_likely() -> None:
    model = published_durability()
    values = [model.lasting(12, start).probability for start in (0, 3, 6, 9)]
    assert values == sorted(values)
    assert model.lasting(6, 6).probability == pytest.approx(1.0)
    with pytest.raises(InputError, match="does not come after"):
        model.lasting(3, 6)


def test_beyond_a_year_the_forecast_says_that_it_extrapolates() -> None:
    model = published_durability()
    assert not model.lasting(12).extrapolated
    later = model.lasting(24)
    assert later.extrapolated
    assert later.high - later.low > model.lasting(12).high - model.lasting(12).low


def test_a_clinic_of_its_own_moves_the_model_towards_what_it_sees() -> None:
    model = published_durability()
    rng = np.random.default_rng(3)
    times = 34 * rng.weibull(0.8, 400)  # this clinic keeps about 65 % at 12 months
    seen = [FollowUp(min(float(t), 12.0), int(t <= 12)) for t in times]
    own = model.updated(seen)
    assert own.followed == 400
    usual, found, plain = (
        model.lasting(12).probability,
        own.lasting(12).probability,
        kept(seen).at(12),
    )
    assert usual < found < plain
    assert plain - found < 0.25 * (plain - usual)
    assert own.lasting(12).high - own.lasting(12).low < 0.1


def test_ranks_of_the_truth_are_uniform_and_intervals_cover() -> None:
    # Truths are drawn from the published model itself; 15 patients are followed for each.
    model = published_durability()
    rng = np.random.default_rng(17)
    cells = rng.choice(model.weights.size, 1000, p=model.weights)
    ranks, inside = [], {0.5: 0, 0.8: 0, 0.95: 0}
    for cell in cells:
        shape, scale = SHAPES[cell], SCALES[cell]
        times = scale * rng.weibull(shape, 15)
        seen = [FollowUp(min(max(float(t), 0.02), 9.0), int(t <= 9)) for t in times]
        own = model.updated(seen)
        truth = np.exp(-((6 / scale) ** shape))
        draws = rng.choice(own.weights.size, 99, p=own.weights)
        others = np.exp(-((6 / SCALES[draws]) ** SHAPES[draws]))
        # Ties on the grid are broken by lot.
        ranks.append(int((others < truth).sum() + rng.integers(0, (others == truth).sum() + 1)))
        for coverage in inside:
            found = own.lasting(6, coverage=coverage)
            inside[coverage] += found.low <= truth <= found.high
    assert rank_uniformity(np.array(ranks), 99) > 0.01
    for coverage, hits in inside.items():
        assert hits / len(cells) == pytest.approx(coverage, abs=0.03)
