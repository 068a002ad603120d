"""The published trials as data, and the analyses made of them."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from euthymia.core.errors import InputError
from euthymia.learn.evidence.catalogue import (
    Design,
    Result,
    Strength,
    Trial,
    claims,
    published_pooled,
    registries,
    tables,
    trial,
    trials,
)
from euthymia.learn.evidence.effects import Effect, Measure
from euthymia.learn.evidence.pooling import Between, Spread, pool
from euthymia.learn.evidence.sensitivity import by_group, cumulative, leave_one_out
from euthymia.learn.evidence.smallstudy import begg, egger, trim_and_fill
from euthymia.learn.evidence.summary import analyse


def test_every_citation_stands_in_the_registry_of_references() -> None:
    cited = [c for t in trials() for c in t.citations()]
    cited += [row.source for row in published_pooled()]
    cited += [row.source for row in registries()]
    cited += [source for claim in claims() for source in claim.sources]
    for citation in cited:
        assert citation.reference.title


def test_ids_are_given_once() -> None:
    for rows in (trials(), published_pooled(), registries(), claims()):
        ids = [row.id for row in rows]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("name", "kind", "printed"),
    [
        ("oreardon-2007", "response", (0.239, 0.123)),
        ("oreardon-2007", "remission", (0.142, 0.055)),
        ("george-2010", "remission", (0.141, 0.051)),
        ("levkovitz-2015", "response", (0.384, 0.214)),
        ("levkovitz-2015", "remission", (0.326, 0.146)),
        ("blumberger-2018", "response", (0.49, 0.47)),
        ("blumberger-2018", "remission", (0.32, 0.27)),
        ("cole-2022", "response", (0.857, 0.267)),
        ("cole-2022", "remission", (0.786, 0.133)),
        ("kratter-2026", "response", (0.542, 0.250)),
        ("kratter-2026", "remission", (0.500, 0.208)),
        ("yesavage-2018", "remission", (0.407, 0.374)),
        ("dalhuisen-2024", "response", (0.375, 0.146)),
        ("dalhuisen-2024", "remission", (0.271, 0.049)),
        ("carmi-2019", "response", (0.381, 0.111)),
        ("modirrousta-2018", "response", (0.824, 0.526)),
    ],
)
def test_counts_give_the_printed_percentages(
    name: str, kind: str, printed: tuple[float, float]
) -> None:
    table = trial(name).table(kind)
    assert table is not None
    # Half a unit of the last printed digit, and a little more: two publications print 0.2135 as
    # 21.4 % and 0.3735 as 37.4 %.
    unit = 0.01 if all(round(share, 2) == share for share in printed) else 0.001
    assert table.events / table.treated == pytest.approx(printed[0], abs=0.6 * unit)
    assert table.control_events / table.control == pytest.approx(printed[1], abs=0.6 * unit)


def test_null_trials_are_in_the_sum() -> None:
    named = {table.study for table in tables("response")} | {t.study for t in tables("remission")}
    nulls = [t for t in trials("depression", Design.SHAM) if t.result is Result.NO_DIFFERENCE]
    assert {t.id for t in nulls} >= {"yesavage-2018", "herwig-2007"}
    for null in nulls:
        assert null.name in named


def test_trials_that_are_not_masked_stay_out_of_the_sum_against_sham() -> None:
    named = {table.study for table in tables("response")}
    assert not named & {t.name for t in trials() if t.design is not Design.SHAM}


def test_counts_that_do_not_fit_their_arm_are_refused() -> None:
    good = trial("cole-2022").model_dump()
    good["outcomes"][0]["counts"] = (15, 4)
    with pytest.raises(ValidationError, match="15 of 14"):
        Trial.model_validate(good)
    good["outcomes"][0]["counts"] = (5,)
    with pytest.raises(ValidationError, match="one value an arm"):
        Trial.model_validate(good)


def test_an_unknown_trial_is_refused_with_the_known_names() -> None:
    with pytest.raises(InputError, match="oreardon-2007"):
        trial("orearden")


def test_claims_cover_what_clinics_say_and_hold_both_sides() -> None:
    by_id = {claim.id: claim for claim in claims()}
    assert "66.5" in by_id["lasting"].numbers
    assert by_id["connectivity-target"].strength is Strength.MIXED
    assert by_id["balance"].strength is Strength.NOT_SHOWN
    assert by_id["works"].against


@pytest.mark.parametrize("kind", ["response", "remission"])
@pytest.mark.parametrize(
    "measure", [Measure.ODDS_RATIO, Measure.RISK_RATIO, Measure.RISK_DIFFERENCE]
)
def test_an_analysis_shows_every_estimator_and_its_doubts(kind: str, measure: Measure) -> None:
    found = analyse(kind, measure)
    none = measure.no_effect
    assert none is not None
    value, low, high = found.pooled.shown
    assert low < value < high
    assert low > none
    assert len(found.others) == 4
    assert any("systematic" in caution for caution in found.cautions)
    assert len(found.without_each) == len(found.effects)
    assert found.needed is not None


def test_an_outcome_that_no_trial_counts_is_refused() -> None:
    with pytest.raises(InputError, match="no masked trial"):
        analyse("happiness")
    with pytest.raises(InputError, match="not compared"):
        analyse("response", Measure.PROPORTION)


def test_leaving_out_and_adding_up_meet_at_the_whole() -> None:
    effects = list(analyse().effects)
    whole = analyse().pooled
    assert cumulative(effects)[-1].pooled.value == pytest.approx(whole.value)
    without = leave_one_out(effects)
    assert {step.study for step in without} == {effect.study for effect in effects}
    assert min(step.pooled.value for step in without) < whole.value
    assert max(step.pooled.value for step in without) > whole.value


def test_subgroups_that_are_alike_do_not_differ_and_opposite_ones_do() -> None:
    alike = [Effect(f"s{i}", Measure.ODDS_RATIO, 0.5 + 0.01 * i, 0.05) for i in range(6)]
    assert by_group(alike, ["a", "b"] * 3).p_value > 0.5
    apart = alike[:3] + [Effect(f"o{i}", Measure.ODDS_RATIO, -1.5, 0.05) for i in range(3)]
    found = by_group(apart, ["a"] * 3 + ["b"] * 3)
    assert found.p_value < 0.001
    assert found.groups["a"].value > found.groups["b"].value


def _funnel(missing: bool, seed: int, k: int = 60) -> list[Effect]:
    rng = np.random.default_rng(seed)
    made = []
    while len(made) < k:
        v = float(rng.uniform(0.01, 0.5))
        y = float(rng.normal(0.3, v**0.5))
        if missing and y / v**0.5 < 1.0 and v > 0.1:
            continue
        made.append(Effect(f"s{len(made)}", Measure.ODDS_RATIO, y, v))
    return made


def test_funnel_tests_see_missing_small_studies_and_rarely_cry_wolf() -> None:
    lopsided = [_funnel(True, seed) for seed in range(20)]
    even = [_funnel(False, seed) for seed in range(60)]
    assert np.mean([egger(f).p_value < 0.05 for f in lopsided]) > 0.9
    assert np.mean([begg(f).p_value < 0.05 for f in lopsided]) > 0.6
    assert np.mean([egger(f).p_value < 0.05 for f in even]) < 0.15


def test_trim_and_fill_moves_a_lopsided_sum_towards_the_truth() -> None:
    lopsided = _funnel(True, 4)
    filled = trim_and_fill(lopsided)
    plain = pool(lopsided, Between.MOMENTS, Spread.NORMAL).value
    assert filled.added > 0
    assert 0.3 - 0.1 < filled.pooled.value < plain
    even = trim_and_fill(_funnel(False, 4))
    assert even.added < filled.added


def test_the_regression_of_egger_agrees_with_an_independent_one() -> None:
    linear = pytest.importorskip("statsmodels.api")
    effects = _funnel(True, 7)
    y = np.array([e.value for e in effects])
    error = np.array([e.standard_error for e in effects])
    peer = linear.OLS(y / error, linear.add_constant(1 / error)).fit()
    ours = egger(effects)
    assert ours.intercept == pytest.approx(peer.params[0], abs=1e-9)
    assert ours.p_value == pytest.approx(peer.pvalues[0], abs=1e-9)
