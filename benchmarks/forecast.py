"""How well the check-in forecast does on real session-by-session data it has not seen.

    python benchmarks/forecast.py TRAJECTORIES.csv

Ten-fold cross-validation by patient: fit on nine tenths, forecast the last session of the rest from
their first k sessions. Beside it: what is usual for everybody (marginal), the last answer carried
forward, and the same model on data whose sessions were shuffled between patients, which must have
no skill. The score is the ranked probability score (lower is better).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from euthymia.learn.forecast.ordinal import Change, IntArray, OrdinalModel
from euthymia.learn.forecast.ordinal_fit import fit_ordinal, read_ratings
from euthymia.learn.forecast.provenance import FittedOn
from euthymia.learn.forecast.scoring import calibration, ranked_probability_score, ranking

KNOWN = (3, 5, 8, 10, 12, 15)
FOLDS = 10


def cross_validated(ratings: IntArray, seed: int = 0) -> dict[int, np.ndarray]:
    """(n, 4) forecasts of the last session for each number of known sessions."""
    last = ratings.shape[1] - 1
    folds = np.random.default_rng(seed).permutation(len(ratings)) % FOLDS
    made = {k: np.zeros((len(ratings), len(Change))) for k in KNOWN}
    for fold in range(FOLDS):
        seen, unseen = ratings[folds != fold], ratings[folds == fold]
        model = fit_ordinal(seen, FittedOn(name="fold", patients=len(seen), last_session=last))
        for k in KNOWN:
            made[k][folds == fold] = model.filtered(unseen, k, last)[1]
    return made


def show_shuffled(ratings: IntArray) -> None:
    """The same on sessions shuffled between patients: there is nothing to forecast."""
    last = ratings.shape[1] - 1
    rng = np.random.default_rng(1)
    shuffled = np.column_stack([rng.permutation(column) for column in ratings.T])
    known = shuffled[:, last] >= 0
    final = shuffled[known, last]
    for k, shares in cross_validated(shuffled).items():
        p = shares[known]
        print(
            f"{k:>3} shuffled: {ranked_probability_score(p, final):.4f}, "
            f"AUC {ranking(p[:, 2:].sum(axis=1), final >= 2):.2f}"
        )


def main(path: Path) -> None:
    ratings, _ = read_ratings(path)
    last = ratings.shape[1] - 1
    known = ratings[:, last] >= 0
    final = ratings[known, last]
    usual = np.bincount(final, minlength=4) / len(final)
    print(f"{len(ratings)} patients; at session {last}: "
          + ", ".join(f"{c.words} {usual[c]:.0%}" for c in Change))  # fmt: skip
    base = ranked_probability_score(np.tile(usual, (len(final), 1)), final)
    start = time.perf_counter()
    made = cross_validated(ratings)
    spent = time.perf_counter() - start
    print(f"{'k':>3} {'score':>7} {'usual':>7} {'last':>7} {'AUC improved':>13} {'AUC much':>9}"
          f" {'slope':>6}")  # fmt: skip
    for k, shares in made.items():
        p = shares[known]
        carried = np.eye(4)[np.maximum(ratings[known, k], 0)]
        print(
            f"{k:>3} {ranked_probability_score(p, final):7.4f} {base:7.4f} "
            f"{ranked_probability_score(carried, final):7.4f} "
            f"{ranking(p[:, 2:].sum(axis=1), final >= 2):13.3f} "
            f"{ranking(p[:, 3], final == 3):9.3f} "
            f"{calibration(p[:, 2:].sum(axis=1), final >= 2)[1]:6.2f}",
            flush=True,
        )
    show_shuffled(ratings)
    model: OrdinalModel = fit_ordinal(
        ratings, FittedOn(name="all", patients=len(ratings), last_session=last)
    )
    seen = dict.fromkeys(range(11), Change.SAME)
    model.forecast(seen, last)
    start = time.perf_counter()
    for _ in range(100):
        model.forecast(seen, last)
    print(f"one forecast: {(time.perf_counter() - start) * 10:.2f} ms; ten fits: {spent:.0f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
