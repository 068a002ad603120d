"""The virtual clinic: invented patients, trials and waiting lists, against known answers."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from scipy import stats

from euthymia.core.errors import InputError
from euthymia.learn.registry.outcomes import outcomes, responded
from euthymia.learn.virtual.capacity import Clinic, simulate
from euthymia.learn.virtual.cohort import Assumptions, cohort, cohorts
from euthymia.learn.virtual.trials import Design, boundaries, power, sample_size


def test_one_seed_gives_one_cohort_and_another_seed_another() -> None:
    first, again, other = cohort(300, 4), cohort(300, 4), cohort(300, 5)
    assert np.array_equal(first.weekly, again.weekly, equal_nan=True)
    assert not np.array_equal(first.baseline, other.baseline)


def test_a_cohort_shows_the_published_course_and_calls_itself_invented() -> None:
    made = cohort(20_000, 1, Assumptions(dropout_per_session=0.0, lost_end_score=0.0))
    assert made.baseline.min() >= 18
    # Blumberger 2018: 23.6 to 13.4, response 47 to 49 %; ours goes on to 30 sessions.
    assert made.baseline.mean() == pytest.approx(23.6, abs=0.4)
    assert made.true_end.mean() == pytest.approx(13.2, abs=0.6)
    assert made.responded.mean() == pytest.approx(0.49, abs=0.03)
    # Senova 2019: 46.3 % of responders kept it for 12 months.
    kept = made.kept_months[made.responded]
    assert (kept > 12).mean() == pytest.approx(0.463, abs=0.05)
    assert made.courses()["synthetic"].all()
    assert "invented" in made.notes[0]


def test_drop_out_and_lost_scores_come_at_their_rates() -> None:
    given = Assumptions(dropout_per_session=0.01, attendance=0.8, lost_end_score=0.1)
    made = cohort(8000, 3, given)
    finished = made.delivered == given.sessions
    assert finished.mean() == pytest.approx(0.99**29, abs=0.02)
    assert np.isnan(made.end[finished]).mean() == pytest.approx(0.1, abs=0.02)
    assert (made.days / made.delivered).mean() == pytest.approx(1 / 0.8, abs=0.02)
    found = outcomes(made.courses(), "response", *responded(made.courses()))
    assert found.missing == int(np.isnan(made.end).sum())


def test_without_effect_nobody_improves_but_by_chance() -> None:
    made = cohort(5000, 9, Assumptions(effect=0.0, dropout_per_session=0.0))
    assert made.true_end.mean() == pytest.approx(made.baseline.mean(), abs=0.9)
    assert made.responded.mean() < 0.02


def test_processes_make_the_same_cohorts() -> None:
    alone = cohorts(3, 50, 8)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        together = cohorts(3, 50, 8, executor=pool)
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one.weekly, other.weekly, equal_nan=True)
    assert len({float(each.baseline.sum()) for each in alone}) == 3


@pytest.mark.parametrize(
    ("looks", "published"),
    [
        (1, [1.960]),
        # Spending function of Lan and DeMets of the O'Brien-Fleming kind, alpha 0.05 two-sided.
        (2, [2.963, 1.969]),
        (3, [3.710, 2.511, 1.993]),
        (5, [4.877, 3.357, 2.680, 2.290, 2.031]),
    ],
)
def test_boundaries_agree_with_the_published_ones(looks: int, published: list[float]) -> None:
    assert boundaries(looks) == pytest.approx(published, abs=0.006)


def test_boundaries_keep_the_error_under_repeated_looks() -> None:
    rng = np.random.default_rng(6)
    limits = boundaries(4)
    steps = rng.standard_normal((40_000, 4)).cumsum(axis=1) / np.sqrt(np.arange(1, 5))
    assert (np.abs(steps) >= limits).any(axis=1).mean() == pytest.approx(0.05, abs=0.004)


@pytest.mark.slow
def test_power_agrees_with_the_formula_for_shares() -> None:
    full = Assumptions(dropout_per_session=0.0, lost_end_score=0.0)
    half = Assumptions(dropout_per_session=0.0, lost_end_score=0.0, effect=0.5)
    many = [cohort(40_000, 2, given).responded.mean() for given in (full, half)]
    n = 90
    together = sum(many) / 2
    under_none = np.sqrt(2 * together * (1 - together) / n)
    spread = np.sqrt(sum(p * (1 - p) for p in many) / n)
    wanted = stats.norm.sf((1.96 * under_none - (many[0] - many[1])) / spread)
    found = power(Design(n, full, half), 500, 3)
    assert found.power == pytest.approx(float(wanted), abs=4 * found.error + 0.01)
    none = power(Design(n, full, full), 600, 4)
    assert none.power == pytest.approx(0.05, abs=0.03)


@pytest.mark.slow
def test_looks_save_patients_and_a_smaller_difference_needs_more() -> None:
    full = Assumptions(dropout_per_session=0.0, lost_end_score=0.0)
    half = Assumptions(dropout_per_session=0.0, lost_end_score=0.0, effect=0.5)
    most = Assumptions(dropout_per_session=0.0, lost_end_score=0.0, effect=0.75)
    looked = power(Design(120, full, half, looks=3, futility=True), 200, 5)
    assert looked.mean_patients < 240
    assert looked.power > 0.7
    sizes = [
        sample_size(Design(10, full, other), trials=120, seed=1).design.patients_per_arm
        for other in (half, most)
    ]
    assert sizes[0] < sizes[1]


def test_a_clinic_with_room_does_not_make_people_wait_and_a_full_one_does() -> None:
    roomy = simulate(Clinic(4, 8, 2.0), 600, 1)
    full = simulate(Clinic(1, 6, 2.0), 600, 1)
    assert roomy.stable
    assert roomy.wait_days_90 == 0
    assert not full.stable
    assert full.wait_days_90 > 40
    assert full.waiting_at_end > 20
    assert roomy.use < full.use <= 1.0


def test_the_use_of_places_is_what_little_says() -> None:
    # Little: patients in treatment = referrals a day times days of a course.
    given = Assumptions(dropout_per_session=0.0, attendance=1.0)
    found = simulate(Clinic(3, 8, 2.4), 4000, 2, given)
    assert found.use * 24 == pytest.approx(2.4 / 5 * 30, rel=0.06)


@pytest.mark.parametrize(
    "make",
    [
        lambda: cohort(0, 1),
        lambda: Assumptions(attendance=1.4),
        lambda: cohort(10, 1, Assumptions(least_score=51)),
        lambda: Design(3, Assumptions(), Assumptions(), looks=2),
        lambda: Clinic(0, 8, 1),
        lambda: simulate(Clinic(1, 8, 1), 30, 1),
        lambda: sample_size(Design(4, Assumptions(), Assumptions()), trials=20, most=40),
    ],
)
def test_impossible_assumptions_are_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        make()
