"""Fit the check-in model to session-by-session data and print its numbers as TOML.

    python tools/fit_check_ins.py TRAJECTORIES.csv > src/euthymia/learn/forecast/data/ordinal.toml

Only these few numbers go into the program; the data stay where they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

from euthymia.core.references import Citation, Tag
from euthymia.learn.forecast.ordinal_fit import fit_ordinal, read_ratings
from euthymia.learn.forecast.provenance import FittedOn

SOURCE = Citation(
    ref="briley-2024",
    tag=Tag.COMPUTED,
    note="fitted by tools/fit_check_ins.py to the part of the public data at hand",
)
NAME = "BRIGhTMIND, two arms of daily rTMS, four-level self-rating against before treatment"


def main(path: Path) -> None:
    ratings, ids = read_ratings(path)
    last = ratings.shape[1] - 1
    fitted = FittedOn(name=NAME, patients=len(ids), last_session=last, source=SOURCE)
    p = fit_ordinal(ratings, fitted).parameters
    print("# The check-in model, fitted by tools/fit_check_ins.py. Numbers on the scale of the")
    print("# check-in's own noise; see learn/forecast/ordinal.py.")
    for name in ("thresholds", "mean_drift"):
        print(f"{name} = [{', '.join(f'{v:.4f}' for v in getattr(p, name))}]")
    for name in ("step_sd", "drift_sd", "start_sd", "drift_growth"):
        print(f"{name} = {getattr(p, name):.4f}")
    print("\n[fitted_on]")
    print(f'name = "{NAME}"\npatients = {len(ids)}\nlast_session = {last}')
    print(f'source = {{ ref = "{SOURCE.ref}", tag = "{SOURCE.tag}", note = "{SOURCE.note}" }}')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
