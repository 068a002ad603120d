"""The registry: counts that add up, missing outcomes that stay visible, fair comparisons."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from euthymia.core.errors import InputError
from euthymia.learn.registry.compare import compare, limits
from euthymia.learn.registry.outcomes import Share, case_mix, fitted_chance, outcomes, responded
from euthymia.learn.registry.rows import CourseRow, Courses
from euthymia.learn.registry.summary import gather, summarise
from euthymia.report.figures.site_funnel import draw

CUTS = {"PHQ-9": 4.0, "HAM-D17": 7.0}


def table(
    n: int, seed: int = 0, sites: int = 4, missing: float = 0.2, dependent: bool = False
) -> tuple[Courses, np.ndarray]:
    """Invented courses, and who truly responded."""
    rng = np.random.default_rng(seed)
    site = rng.integers(0, sites, n)
    baseline = rng.integers(12, 27, n).astype(float)
    age = rng.integers(20, 80, n).astype(float)
    chance = 1 / (1 + np.exp(-(0.3 - 0.15 * (baseline - 18) - 0.02 * (age - 50))))
    good = rng.random(n) < chance
    end = np.where(good, np.floor(baseline * 0.3), np.ceil(baseline * 0.8))
    # Missing more often in those with a high baseline, who also do worse.
    lost = missing * (2 / (1 + np.exp(-(baseline - 19))) if dependent else np.ones(n))
    end = np.where(rng.random(n) < lost, np.nan, end)
    rows = [
        CourseRow(
            pseudonym=f"p{i // 2 if i % 10 == 0 else i}",
            site=f"site {site[i]}",
            operator="" if i % 7 == 0 else f"op {i % 3}",
            protocol="iTBS-600" if i % 2 else "HF10-37",
            target="left DLPFC",
            indication="depression",
            stage="moderate",
            scale="PHQ-9",
            sex="female" if rng.random() < 0.6 else "male",
            age_years=float(age[i]),
            baseline=float(baseline[i]),
            end=float(end[i]),
            failed_trials=float(rng.integers(1, 6)),
            sessions_planned=30.0,
            sessions_delivered=float(30 - (i % 5 == 0) * 8),
            kept_months=math.nan,
            event=0.0,
            synthetic=True,
        )
        for i in range(n)
    ]
    return Courses.of(rows), good


def test_a_table_comes_back_from_parquet_as_it_was(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    courses, _ = table(200)
    courses.save(tmp_path / "registry.parquet")
    back = Courses.load(tmp_path / "registry.parquet")
    for name, column in courses.columns.items():
        if column.dtype.kind == "f":
            assert np.array_equal(column, back[name], equal_nan=True)
        else:
            assert (column == back[name]).all()


def test_a_file_that_is_no_registry_is_refused(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"not parquet at all")
    with pytest.raises(InputError, match="not a Parquet file"):
        Courses.load(bad)
    parquet.write_table(pyarrow.table({"a": [1, 2]}), bad)
    with pytest.raises(InputError, match="version none"):
        Courses.load(bad)
    with pytest.raises(InputError, match="none of that name"):
        table(5)[0]["colour"]


@given(st.integers(0, 60), st.integers(0, 60))
def test_an_exact_interval_holds_its_share(events: int, others: int) -> None:
    share = Share.of(events, events + others)
    if events + others:
        assert 0 <= share.low <= share.value <= share.high <= 1
    else:
        assert math.isnan(share.value)
    assert 0 <= share.low <= share.high <= 1


def test_the_exact_interval_agrees_with_the_binomial_test() -> None:
    share = Share.of(7, 20)
    theirs = stats.binomtest(7, 20).proportion_ci(method="exact")
    assert share.low == pytest.approx(theirs.low)
    assert share.high == pytest.approx(theirs.high)


@given(st.integers(0, 300))
@settings(max_examples=25, deadline=None)
def test_the_missing_are_counted_and_bound_the_answer(seed: int) -> None:
    courses, _ = table(150, seed)
    found = outcomes(courses, "response", *responded(courses))
    assert found.seen.patients + found.missing == found.courses == 150
    assert found.if_missing_failed.value <= found.seen.value <= found.if_missing_succeeded.value
    assert found.if_missing_failed.value <= found.weighted <= found.if_missing_succeeded.value


def test_weighting_by_the_chance_of_being_seen_corrects_a_flattered_share() -> None:
    courses, good = table(6000, 5, missing=0.45, dependent=True)
    found = outcomes(courses, "response", *responded(courses))
    truth = good.mean()
    assert found.seen.value - truth > 0.05
    # The chance of being seen is not quite logistic here, so a part of the bias stays.
    assert abs(found.weighted - truth) < 0.35 * (found.seen.value - truth)


def test_a_logistic_fit_agrees_with_an_independent_one() -> None:
    models = pytest.importorskip("statsmodels.api")
    courses, _ = table(3000, 3, missing=0.0)
    had, _ = responded(courses)
    design = case_mix(courses)
    peer = models.Logit(had.astype(float), design).fit(disp=0).predict(design)
    assert fitted_chance(design, had) == pytest.approx(peer, abs=0.003)


def test_a_site_of_harder_patients_is_not_blamed_for_them() -> None:
    courses, _ = table(4000, 8, sites=2, missing=0.0)
    hard = courses["baseline"] > 20
    names = np.where(hard & (courses["site"] == "site 0"), "site 1", courses["site"])
    moved = Courses({**courses.columns, "site": names})
    had, known = responded(moved)
    units = {unit.name: unit for unit in compare(moved, "site", had, known).units}
    raw = units["site 0"].share.value - units["site 1"].share.value
    adjusted = units["site 0"].adjusted_share - units["site 1"].adjusted_share
    assert raw > 0.08
    assert abs(adjusted) < 0.4 * raw


def test_a_site_that_truly_does_worse_falls_beyond_the_outer_limits() -> None:
    courses, _ = table(2000, 2, sites=5, missing=0.0)
    had, known = responded(courses)
    bad = courses["site"] == "site 3"
    had = had & ~(bad & (np.random.default_rng(0).random(len(had)) < 0.5))
    units = {unit.name: unit for unit in compare(courses, "site", had, known).units}
    assert units["site 3"].beyond == 0.998
    assert [unit.beyond for name, unit in units.items() if name != "site 3"].count(0.998) <= 1


def test_alike_sites_pass_the_limits_as_often_as_chance_says() -> None:
    rng = np.random.default_rng(1)
    sizes = np.full(4000, 60.0)
    seen = rng.binomial(60, 0.4, 4000) / 60
    for coverage in (0.95, 0.998):
        low, high = limits(0.4, sizes, coverage)
        outside = ((seen < low) | (seen > high)).mean()
        assert outside == pytest.approx(1 - coverage, abs=0.6 * (1 - coverage) + 0.001)


def test_unrecorded_operators_stay_visible() -> None:
    courses, _ = table(200)
    names = {unit.name for unit in compare(courses, "operator", *responded(courses)).units}
    assert "not recorded" in names
    with pytest.raises(InputError, match="holds no names"):
        compare(courses, "baseline", *responded(courses))


def test_a_summary_adds_up_and_says_what_it_cannot_tell() -> None:
    courses, _ = table(500)
    found = summarise(courses, CUTS)
    for column in ("protocol", "target", "stage", "scale"):
        own = [group for group in found.groups if group.column == column]
        assert sum(group.response.courses for group in own) == 500
    assert found.patients < found.courses
    text = " ".join(found.cautions)
    assert "sham" in text
    assert "missing" in text
    assert "invented" in text
    assert {beside.registry.id for beside in found.beside} >= {"carpenter-2012", "madore-2022"}


def test_an_empty_registry_is_summarised_without_a_fault() -> None:
    found = summarise(Courses.of([]), CUTS)
    assert found.courses == 0
    assert found.sites is None


def test_processes_give_the_same_table_as_one_process(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    files = []
    for part in range(3):
        files.append(tmp_path / f"{part}.parquet")
        table(50, part)[0].save(files[-1])
    alone = gather(files, Courses.load)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        together = gather(files, Courses.load, pool)
    assert (alone["pseudonym"] == together["pseudonym"]).all()
    assert np.array_equal(alone["end"], together["end"], equal_nan=True)


def test_the_funnel_of_sites_names_those_beyond_its_limits() -> None:
    courses, _ = table(2000, 2, sites=5, missing=0.0)
    had, known = responded(courses)
    had = had & ~((courses["site"] == "site 3") & (np.arange(2000) % 2 == 0))
    picture = draw(compare(courses, "site", had, known), "response")
    assert "limits: site 3." in picture
    with pytest.raises(InputError, match="no outcome"):
        compare(courses, "site", had & False, known & False)
