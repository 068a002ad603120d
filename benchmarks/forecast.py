"""How well the check-in forecast does on real session-by-session data it has not seen.

    python benchmarks/forecast.py TRAJECTORIES.csv [--plain] [--uncorrected] [--partings 5]

Repeated ten-fold cross-validation by patient: fit on nine tenths (the recalibration, and the choice
of its penalty, inside them), forecast the last session of the rest from their first k sessions. One
parting of 136 patients is a noisy measure, so five are made, from seeds that stand below and were
set before any was run; shown are mean and spread over partings, and an interval from bootstrapping
the patients. Folds hold the last answers in equal shares, for a reason: where a fold has by chance
more who improve, the model fitted on the others expects fewer, and an area under the ROC curve over
all folds then comes out too low (Parker 2007). --plain parts without regard to the answers; the
area of pairs within one fold is free of that bias in either case.

Beside it: what is usual for everybody, the last answer carried forward, and the same model on data
whose sessions were shuffled between patients, which must have no skill. The score is the ranked
probability score (lower is better).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from euthymia.learn.forecast.ordinal import Change, FloatArray, IntArray
from euthymia.learn.forecast.ordinal_fit import fit_ordinal, read_ratings
from euthymia.learn.forecast.provenance import FittedOn
from euthymia.learn.forecast.published import check_in_model
from euthymia.learn.forecast.recalibration_fit import fit_check_ins
from euthymia.learn.forecast.scoring import calibration, ranked_probability_score, ranking

KNOWN = (3, 5, 8, 10, 12, 15)
FOLDS = 10
SEEDS = (0, 1, 2, 3, 4)
RESAMPLED, RESAMPLING_SEED = 500, 100
Measure = Callable[[FloatArray, IntArray], float]


def area_improved(shares: FloatArray, final: IntArray) -> float:
    return ranking(shares[:, Change.A_BIT_BETTER :].sum(axis=1), final >= Change.A_BIT_BETTER)


def area_much_better(shares: FloatArray, final: IntArray) -> float:
    return ranking(shares[:, Change.MUCH_BETTER], final == Change.MUCH_BETTER)


def slope_improved(shares: FloatArray, final: IntArray) -> float:
    improved = shares[:, Change.A_BIT_BETTER :].sum(axis=1)
    return calibration(improved, final >= Change.A_BIT_BETTER)[1]


def offset_improved(shares: FloatArray, final: IntArray) -> float:
    improved = shares[:, Change.A_BIT_BETTER :].sum(axis=1)
    return calibration(improved, final >= Change.A_BIT_BETTER)[0]


MEASURES: dict[str, Measure] = {
    "score": ranked_probability_score,
    "AUC improved": area_improved,
    "AUC much better": area_much_better,
    "slope": slope_improved,
    "intercept": offset_improved,
}


def parted(final: IntArray, seed: int, plain: bool) -> IntArray:
    """(n,) the fold of each patient; unless plain, each last answer is dealt out evenly."""
    rng = np.random.default_rng(seed)
    if plain:
        return rng.permutation(len(final)) % FOLDS
    order = rng.permutation(len(final))
    order = order[np.argsort(final[order], kind="stable")]
    folds = np.empty(len(final), dtype=np.int64)
    folds[order] = np.arange(len(final)) % FOLDS
    return folds


def cross_validated(
    ratings: IntArray, folds: IntArray, corrected: bool = True
) -> dict[int, FloatArray]:
    """(n, 4) forecasts of the last session for each number of known sessions."""
    last = ratings.shape[1] - 1
    made = {k: np.zeros((len(ratings), len(Change))) for k in KNOWN}
    for fold in range(FOLDS):
        seen, unseen = ratings[folds != fold], ratings[folds == fold]
        fit = fit_check_ins if corrected else fit_ordinal
        model = fit(seen, FittedOn(name="fold", patients=len(seen), last_session=last))
        for k in KNOWN:
            made[k][folds == fold] = model.forecasts(unseen, k, last)
    return made


def area_within_folds(shares: FloatArray, final: IntArray, folds: IntArray) -> float:
    """The area over pairs of patients that the same model forecast."""
    total = pairs = 0.0
    for fold in range(FOLDS):
        inside = folds == fold
        improved = final[inside] >= Change.A_BIT_BETTER
        count = float(improved.sum() * (~improved).sum())
        if count:
            total += count * area_improved(shares[inside], final[inside])
            pairs += count
    return total / pairs


def interval(partings: list[FloatArray], final: IntArray, measure: Measure) -> FloatArray:
    """(2,) the 95 % interval of the mean over partings, by resampling patients."""
    rng = np.random.default_rng(RESAMPLING_SEED)
    found = []
    for _ in range(RESAMPLED):
        who = rng.integers(len(final), size=len(final))
        found.append(np.mean([measure(shares[who], final[who]) for shares in partings]))
    return np.asarray(np.nanquantile(found, [0.025, 0.975]))


def show(made: list[dict[int, FloatArray]], folds: list[IntArray], ratings: IntArray) -> None:
    final = ratings[:, -1]
    base = np.bincount(final, minlength=4) / len(final)
    usual = ranked_probability_score(np.tile(base, (len(final), 1)), final)
    for k in KNOWN:
        partings = [parting[k] for parting in made]
        carried = np.eye(4)[np.maximum(ratings[:, k], 0)]
        print(f"first {k} sessions: usual {usual:.4f}, last answer "
              f"{ranked_probability_score(carried, final):.4f}")  # fmt: skip
        for name, measure in MEASURES.items():
            found = np.array([measure(shares, final) for shares in partings])
            low, high = interval(partings, final, measure)
            print(f"  {name:<16} {found.mean():8.4f}  SD over partings {found.std():.4f}  "
                  f"95 % over patients {low:.3f} to {high:.3f}")  # fmt: skip
        inside = np.array(
            [area_within_folds(p, final, f) for p, f in zip(partings, folds, strict=True)]
        )
        print(f"  {'AUC in folds':<16} {inside.mean():8.4f}  SD over partings {inside.std():.4f}",
              flush=True)  # fmt: skip


def show_shuffled(ratings: IntArray, plain: bool) -> None:
    """The same on sessions shuffled between patients: there is nothing to forecast."""
    rng = np.random.default_rng(1)
    shuffled = np.column_stack([rng.permutation(column) for column in ratings.T])
    final = shuffled[:, -1]
    for k, shares in cross_validated(shuffled, parted(final, SEEDS[0], plain)).items():
        print(f"{k:>3} shuffled: {ranked_probability_score(shares, final):.4f}, "
              f"AUC {area_improved(shares, final):.2f}", flush=True)  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("path", type=Path)
    asked.add_argument("--plain", action="store_true")
    asked.add_argument("--uncorrected", action="store_true", help="without the recalibration")
    asked.add_argument("--partings", type=int, default=len(SEEDS))
    given = asked.parse_args()
    ratings, _ = read_ratings(given.path)
    ratings = ratings[ratings[:, -1] >= 0]
    final = ratings[:, -1]
    print(f"{len(ratings)} patients; at session {ratings.shape[1] - 1}: "
          + ", ".join(f"{c.words} {(final == c).mean():.0%}" for c in Change))  # fmt: skip
    folds = [parted(final, seed, given.plain) for seed in SEEDS[: given.partings]]
    start = time.perf_counter()
    made = []
    for number, one in enumerate(folds, start=1):
        made.append(cross_validated(ratings, one, not given.uncorrected))
        print(f"parting {number} of {len(folds)} done", file=sys.stderr, flush=True)
    spent = (time.perf_counter() - start) / len(folds)
    show(made, folds, ratings)
    print(f"ten fits: {spent:.0f} s", flush=True)
    show_shuffled(ratings, given.plain)
    model, seen = check_in_model(), dict.fromkeys(range(11), Change.SAME)
    model.forecast(seen, 20)
    start = time.perf_counter()
    for _ in range(100):
        model.forecast(seen, 20)
    print(f"one forecast: {(time.perf_counter() - start) * 10:.2f} ms")


if __name__ == "__main__":
    main()
