"""Pooling, against independent implementations and against what was published."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from euthymia.core.errors import InputError
from euthymia.learn.evidence.catalogue import pooled_estimate, published_pooled, tables
from euthymia.learn.evidence.counts import mantel_haenszel, peto
from euthymia.learn.evidence.effects import (
    Effect,
    Measure,
    TwoByTwo,
    TwoMeans,
    comparable,
    compare,
    from_interval,
    mean_difference,
    share,
    standardised_difference,
)
from euthymia.learn.evidence.pooling import Between, Pooled, Spread, between_variance, pool
from euthymia.learn.evidence.treat_count import difference_at, number_needed

CLOSE = 1e-6
"""How closely two implementations must agree."""


def random_effects(seed: int) -> list[Effect]:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 25))
    spread = float(rng.choice([0.0, 0.2, 0.8]))
    v = rng.uniform(0.01, 0.6, k)
    y = rng.normal(0.5, np.sqrt(v + spread**2))
    return [
        Effect(f"study {i}", Measure.ODDS_RATIO, float(a), float(b))
        for i, (a, b) in enumerate(zip(y, v, strict=True))
    ]


def random_tables(seed: int) -> list[TwoByTwo]:
    rng = np.random.default_rng(seed)
    made = []
    for i in range(int(rng.integers(3, 12))):
        n, m = (int(x) for x in rng.integers(12, 120, 2))
        a, c = int(rng.binomial(n, 0.4)), int(rng.binomial(m, 0.25))
        made.append(TwoByTwo(f"study {i}", max(a, 1), n, max(c, 1), m))
    return made


def arrays(effects: list[Effect]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([e.value for e in effects]), np.array([e.variance for e in effects])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("ours", "theirs", "spread", "scaled"),
    [
        (Between.MOMENTS, "chi2", Spread.NORMAL, False),
        (Between.MOMENTS, "chi2", Spread.HARTUNG_KNAPP, True),
        (Between.PAULE_MANDEL, "iterated", Spread.NORMAL, False),
        (Between.PAULE_MANDEL, "iterated", Spread.HARTUNG_KNAPP, True),
    ],
)
def test_random_effects_agree_with_statsmodels(
    seed: int, ours: Between, theirs: str, spread: Spread, scaled: bool
) -> None:
    combine = pytest.importorskip("statsmodels.stats.meta_analysis").combine_effects
    effects = random_effects(seed)
    y, v = arrays(effects)
    peer = combine(y, v, method_re=theirs, use_t=scaled, atol=1e-8)
    if peer.tau2 < 0:  # the peer keeps a negative moment estimate; ours is zero then
        assert between_variance(y, v, ours) == 0
        return
    pooled = pool(effects, ours, spread)
    assert pooled.heterogeneity.tau_squared == pytest.approx(peer.tau2, abs=CLOSE)
    assert pooled.value == pytest.approx(peer.mean_effect_re, abs=CLOSE)
    error = peer.sd_eff_w_re_hksj if scaled else peer.sd_eff_w_re
    assert pooled.standard_error == pytest.approx(error, abs=CLOSE)
    assert pooled.heterogeneity.q == pytest.approx(peer.q, abs=CLOSE)
    fixed = pool(effects, Between.NONE)
    assert fixed.value == pytest.approx(peer.mean_effect_fe, abs=CLOSE)
    assert fixed.standard_error == pytest.approx(peer.sd_eff_w_fe, abs=CLOSE)


@pytest.mark.parametrize("seed", range(12))
def test_restricted_likelihood_is_highest_where_an_independent_search_finds_it(seed: int) -> None:
    effects = random_effects(seed)
    y, v = arrays(effects)
    ours = between_variance(y, v, Between.RESTRICTED_LIKELIHOOD)
    contrasts = np.linalg.svd(np.ones((1, len(y))))[2][1:]

    def minus_log_likelihood(tau_squared: float) -> float:
        # Written out a second time: the normal law of the contrasts, which do not hold the mean.
        covariance = contrasts @ np.diag(v + tau_squared) @ contrasts.T
        law = stats.multivariate_normal(np.zeros(len(y) - 1), covariance)
        return -float(law.logpdf(contrasts @ y))

    found = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(0.0, 4.0), method="bounded", options={"xatol": 1e-10}
    )
    assert minus_log_likelihood(ours) <= found.fun + 1e-9
    # The top is flat: a search that only compares values finds its place to half the digits.
    assert ours == pytest.approx(found.x, abs=2e-6)


@pytest.mark.parametrize("seed", range(8))
def test_moment_estimates_agree_with_pymare(seed: int) -> None:
    estimators = pytest.importorskip("pymare.estimators")
    dataset = pytest.importorskip("pymare").Dataset
    effects = random_effects(seed)
    y, v = arrays(effects)
    found = estimators.DerSimonianLaird().fit_dataset(dataset(y, v)).summary()
    ours = pool(effects, Between.MOMENTS, Spread.NORMAL)
    assert ours.heterogeneity.tau_squared == pytest.approx(float(np.squeeze(found.tau2)), abs=CLOSE)
    assert ours.value == pytest.approx(float(np.squeeze(found.fe_params)), abs=CLOSE)


@pytest.mark.parametrize("seed", range(10))
def test_mantel_haenszel_agrees_with_statsmodels(seed: int) -> None:
    stratified = pytest.importorskip("statsmodels.stats.contingency_tables").StratifiedTable
    made = random_tables(seed)
    peer = stratified([np.array(t.cells).reshape(2, 2) for t in made])
    odds = mantel_haenszel(made, Measure.ODDS_RATIO)
    assert odds.value == pytest.approx(peer.logodds_pooled, abs=CLOSE)
    assert odds.standard_error == pytest.approx(peer.logodds_pooled_se, abs=CLOSE)
    risk = mantel_haenszel(made, Measure.RISK_RATIO)
    assert math.exp(risk.value) == pytest.approx(peer.riskratio_pooled, abs=CLOSE)


def test_mantel_haenszel_variances_match_repeated_sampling() -> None:
    rng = np.random.default_rng(5)
    shares = [(60, 55, 0.35, 0.2), (120, 130, 0.5, 0.3), (40, 80, 0.25, 0.15)]
    values: dict[Measure, list[float]] = {Measure.RISK_RATIO: [], Measure.RISK_DIFFERENCE: []}
    errors: dict[Measure, list[float]] = {key: [] for key in values}
    for _ in range(1500):
        drawn = [
            TwoByTwo("s", int(rng.binomial(n, p)), n, int(rng.binomial(m, q)), m)
            for n, m, p, q in shares
        ]
        for measure, found in values.items():
            pooled = mantel_haenszel(drawn, measure)
            found.append(pooled.value)
            errors[measure].append(pooled.standard_error)
    for measure, found in values.items():
        assert np.std(found) == pytest.approx(np.mean(errors[measure]), rel=0.07)


def test_peto_is_observed_minus_expected_over_the_hypergeometric_variance() -> None:
    made = random_tables(3)
    excess = information = 0.0
    for t in made:
        law = stats.hypergeom(t.treated + t.control, t.events + t.control_events, t.treated)
        excess += t.events - law.mean()
        information += law.var()
    pooled = peto(made)
    assert pooled.value == pytest.approx(excess / information, abs=CLOSE)
    assert pooled.standard_error == pytest.approx(information**-0.5, abs=CLOSE)


def test_one_table_gives_the_textbook_effects() -> None:
    table = TwoByTwo("one", 12, 14, 4, 15)
    assert compare(table, Measure.ODDS_RATIO).shown == pytest.approx(12 * 11 / (2 * 4))
    assert compare(table, Measure.RISK_RATIO).shown == pytest.approx((12 / 14) / (4 / 15))
    assert compare(table, Measure.RISK_DIFFERENCE).shown == pytest.approx(12 / 14 - 4 / 15)
    assert compare(table, Measure.ODDS_RATIO).variance == pytest.approx(
        1 / 12 + 1 / 2 + 1 / 4 + 1 / 11
    )


def test_a_published_adjusted_ratio_is_near_the_crude_one_of_its_counts() -> None:
    # George 2010: crude 3.06 from 13 of 92 and 5 of 98 [C].
    assert compare(TwoByTwo("George", 13, 92, 5, 98), Measure.ODDS_RATIO).shown == pytest.approx(
        3.06, abs=0.01
    )
    # Yesavage 2018: crude 1.153 [C] beside the printed 1.16.
    assert compare(TwoByTwo("Yesavage", 33, 81, 31, 83), Measure.ODDS_RATIO).shown == pytest.approx(
        1.153, abs=0.001
    )


def test_counts_of_a_published_trial_give_its_printed_chi_square() -> None:
    # Kratter 2026 prints 4.3 (p .039) for 13/24 v 6/24 and 4.5 (p .035) for 12/24 v 5/24.
    for events, control, square, p in ((13, 6, 4.269, 0.0388), (12, 5, 4.463, 0.0346)):
        result = stats.chi2_contingency(
            [[events, 24 - events], [control, 24 - control]], correction=False
        )
        assert result.statistic == pytest.approx(square, abs=0.001)
        assert result.pvalue == pytest.approx(p, abs=0.0001)
        effect = compare(TwoByTwo("Kratter", events, 24, control, 24), Measure.ODDS_RATIO)
        assert effect.interval()[0] > 1.0


def test_a_published_interval_gives_back_its_z_value() -> None:
    row = pooled_estimate("liu-2014-response")
    assert row.effect is not None
    assert row.effect.value / row.effect.standard_error == pytest.approx(row.z, abs=0.02)


@pytest.mark.parametrize("row", published_pooled(), ids=lambda row: row.id)
def test_every_published_interval_is_plausible_for_its_measure(row) -> None:  # type: ignore[no-untyped-def]
    effect = row.effect
    if effect is None:
        assert row.low is None
        assert row.high is None
        return
    low, high = effect.interval()
    assert low == pytest.approx(row.low, rel=0.09, abs=0.02)
    assert high == pytest.approx(row.high, rel=0.09, abs=0.02)


@pytest.mark.parametrize("kind", ["response", "remission"])
def test_published_shares_give_the_published_number_needed_to_treat(kind: str) -> None:
    row = pooled_estimate(f"berlim-2014-{kind}")
    assert row.treated_share is not None
    assert row.control_share is not None
    difference = row.treated_share - row.control_share
    assert math.ceil(number_needed(difference, difference / 2, 1.5 * difference).value) == (
        row.number_needed
    )


def test_our_own_sum_is_near_the_published_ones_and_covers_them() -> None:
    # Not the same trials: the published intervals must hold our estimate, and ours theirs.
    effects, _ = comparable(tables("response"), Measure.RISK_RATIO)
    ours = pool(effects)
    for name in ("silverstein-2015-response", "vida-2023-response"):
        assert ours.shown[1] < pooled_estimate(name).value < ours.shown[2]


# Colditz 1994 (JAMA 271:698): tuberculosis with and without, after the vaccine and without it, in
# 13 trials; the one pooled result of medicine whose counts and results are both in many textbooks.
# No pooled result of TMS has its counts and its result in print at hand.
COLDITZ = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
    (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]  # fmt: skip


def colditz() -> list[TwoByTwo]:
    return [TwoByTwo(f"trial {i}", a, a + b, c, c + d) for i, (a, b, c, d) in enumerate(COLDITZ, 1)]


@pytest.mark.parametrize(
    ("between", "value", "low", "high"),
    [(Between.NONE, -0.4303, -0.5097, -0.3509), (Between.MOMENTS, -0.7141, -1.0644, -0.3638)],
)
def test_published_pooled_risk_ratios_are_reproduced_from_their_counts(
    between: Between, value: float, low: float, high: float
) -> None:
    # As the program metan for Stata prints them, and metafor for R checks itself against.
    effects, _ = comparable(colditz(), Measure.RISK_RATIO)
    found = pool(effects, between, Spread.NORMAL)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=6e-5)
    assert found.heterogeneity.q == pytest.approx(152.2330, abs=6e-5)


def test_the_published_interval_of_heterogeneity_is_reproduced_from_the_counts() -> None:
    # Van Houwelingen 2002 (Stat Med 21:589) on the log odds ratio; by the Q profile of Viechtbauer.
    effects, _ = comparable(colditz(), Measure.ODDS_RATIO)
    found = pool(effects).heterogeneity
    assert (found.tau_squared_low, found.tau_squared_high) == pytest.approx(
        (0.1302, 1.1812), abs=6e-5
    )


@pytest.mark.parametrize(
    ("measure", "value", "low", "high"),
    [
        (Measure.RISK_RATIO, -0.4537, -0.5308, -0.3766),
        (Measure.ODDS_RATIO, -0.4734, -0.5538, -0.3930),
    ],
)
def test_published_mantel_haenszel_ratios_are_reproduced_from_their_counts(
    measure: Measure, value: float, low: float, high: float
) -> None:
    found = mantel_haenszel(colditz(), measure)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=6e-5)


def test_identical_studies_have_no_variance_between_them_and_keep_their_effect() -> None:
    effects = [Effect(f"s{i}", Measure.RISK_RATIO, 0.4, 0.09) for i in range(5)]
    for between in Between:
        pooled = pool(effects, between)
        assert pooled.value == pytest.approx(0.4)
        assert pooled.heterogeneity.tau_squared == 0
        assert pooled.standard_error == pytest.approx(0.3 / math.sqrt(5))


def test_a_bounded_interval_is_never_narrower_than_the_normal_one() -> None:
    for seed in range(20):
        effects = random_effects(seed)
        bounded = pool(effects, Between.RESTRICTED_LIKELIHOOD, Spread.HARTUNG_KNAPP_BOUNDED)
        normal = pool(effects, Between.RESTRICTED_LIKELIHOOD, Spread.NORMAL)
        assert bounded.high - bounded.low >= normal.high - normal.low


@given(st.integers(0, 10_000), st.floats(-3, 3), st.floats(0.2, 5))
def test_pooling_follows_shift_and_scale(seed: int, shift: float, factor: float) -> None:
    effects = random_effects(seed)
    moved = [
        Effect(e.study, e.measure, factor * (e.value + shift), factor**2 * e.variance)
        for e in effects
    ]
    for between in Between:
        here, there = pool(effects, between), pool(moved, between)
        assert there.value == pytest.approx(factor * (here.value + shift), abs=1e-6)
        assert there.standard_error == pytest.approx(factor * here.standard_error, rel=1e-6)


@given(st.integers(0, 10_000))
def test_weights_sum_to_one_and_the_mean_lies_among_the_effects(seed: int) -> None:
    effects = random_effects(seed)
    for between in Between:
        pooled = pool(effects, between)
        assert sum(pooled.weights) == pytest.approx(1.0)
        values = [e.value for e in effects]
        assert min(values) - 1e-9 <= pooled.value <= max(values) + 1e-9
        if pooled.predicted is not None:
            assert pooled.predicted[0] <= pooled.value <= pooled.predicted[1]


def _coverage(make: Callable[[list[Effect]], Pooled]) -> float:
    rng = np.random.default_rng(11)
    hits = 0
    rounds = 400
    for _ in range(rounds):
        v = rng.uniform(0.05, 0.4, 8)
        y = rng.normal(0.7, np.sqrt(v + 0.09))
        effects = [
            Effect("s", Measure.ODDS_RATIO, float(a), float(b)) for a, b in zip(y, v, strict=True)
        ]
        pooled = make(effects)
        hits += pooled.low <= 0.7 <= pooled.high
    return hits / rounds


def test_the_default_interval_covers_at_its_nominal_rate_and_the_fixed_one_does_not() -> None:
    assert _coverage(pool) >= 0.925
    assert _coverage(lambda effects: pool(effects, Between.NONE)) < 0.90


def test_means_are_compared_as_in_the_textbook() -> None:
    # Borenstein 2009, chapter 4: 103 (5.5, n 50) against 100 (4.5, n 50): d 0.5970, g 0.5924.
    means = TwoMeans("example", 103, 5.5, 50, 100, 4.5, 50)
    g = standardised_difference(means)
    assert g.value == pytest.approx(0.5924, abs=2e-4)
    assert g.variance == pytest.approx(0.0411, abs=2e-4)
    assert mean_difference(means).value == 3
    assert mean_difference(means).variance == pytest.approx(5.5**2 / 50 + 4.5**2 / 50)


def test_a_share_of_none_still_has_an_interval() -> None:
    effect = share("none of ten", 0, 10)
    low, high = effect.interval()
    assert 0 < low < high < 0.5


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: TwoByTwo("A", 5, 4, 1, 10), "A, treated arm: 5 of 4"),
        (lambda: TwoByTwo("A", 1, 4, -1, 10), "A, control arm: -1 of 10"),
        (lambda: compare(TwoByTwo("A", 0, 4, 0, 10), Measure.ODDS_RATIO), "says nothing"),
        (lambda: compare(TwoByTwo("A", 1, 4, 1, 10), Measure.PROPORTION), "does not compare"),
        (lambda: pool([]), "no study is left"),
        (
            lambda: pool(
                [share("a", 1, 3), compare(TwoByTwo("b", 1, 4, 1, 9), Measure.ODDS_RATIO)]
            ),
            "different kinds",
        ),
        (lambda: from_interval("x", Measure.ODDS_RATIO, 3.0, 4.0, 5.0), "does not lie between"),
        (lambda: from_interval("x", Measure.ODDS_RATIO, 3.0, 2.9, 9.0), "lopsided"),
        (lambda: share("x", 4, 3), "4 of 3 cannot be"),
        (lambda: TwoMeans("x", 1, 0, 10, 2, 1, 10), "not positive"),
        (
            lambda: mantel_haenszel([TwoByTwo("x", 3, 9, 0, 9)], Measure.ODDS_RATIO),
            "no outcome in any study",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(make: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        make()


def test_a_number_needed_runs_through_infinity_when_no_effect_is_possible() -> None:
    sure = number_needed(0.125, 0.05, 0.2)
    assert sure.text == "8 (5 to 20)"
    unsure = number_needed(0.04, -0.05, 0.13)
    assert "to harm: 20 or more" in unsure.text
    assert unsure.high == math.inf
    with pytest.raises(InputError, match="harm over its whole interval"):
        number_needed(-0.1, -0.2, -0.05)
    assert number_needed(0.0, 0.0, 0.0 + 0.1).text.startswith("no finite number")


def test_a_ratio_means_more_patients_where_more_would_respond_anyway() -> None:
    few, many = (difference_at(p, 3.0, Measure.ODDS_RATIO) for p in (0.05, 0.3))
    assert 0 < few < many < 0.3
    assert difference_at(0.2, 1.0, Measure.RISK_RATIO) == pytest.approx(0.0)
    with pytest.raises(InputError, match="no share"):
        difference_at(1.2, 2.0, Measure.ODDS_RATIO)
