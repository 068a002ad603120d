"""Fit the check-in model and its recalibration to session-by-session data; print them as TOML.

    python tools/fit_check_ins.py TRAJECTORIES.csv > src/euthymia/learn/forecast/data/ordinal.toml

Only these few numbers go into the program; the data stay where they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

from euthymia.core.references import Citation, Tag
from euthymia.learn.forecast.ordinal_fit import read_ratings
from euthymia.learn.forecast.provenance import FittedOn
from euthymia.learn.forecast.recalibration import NAMES, Recalibration
from euthymia.learn.forecast.recalibration_fit import fit_check_ins

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
    model = fit_check_ins(ratings, fitted)
    p, found = model.parameters, model.recalibration or Recalibration(fitted_on=fitted)
    print("# The check-in model, fitted by tools/fit_check_ins.py. Numbers on the scale of the")
    print("# check-in's own noise; see learn/forecast/ordinal.py.")
    for name in ("thresholds", "mean_drift"):
        print(f"{name} = [{', '.join(f'{v:.4f}' for v in getattr(p, name))}]")
    for name in ("step_sd", "drift_sd", "start_sd", "drift_growth"):
        print(f"{name} = {getattr(p, name):.4f}")
    _print_source("fitted_on", fitted, SOURCE.note)
    print("\n# The correction of its forecasts, learned in five folds of these patients, from")
    print("# forecasts by models that had not seen the patient (learn/forecast/recalibration.py).")
    print("[recalibration]")
    for name in NAMES:
        print(f"{name} = {getattr(found, name):.4f}")
    _print_source("recalibration.fitted_on", fitted, f"{SOURCE.note}, in five folds by patient")


def _print_source(table: str, fitted: FittedOn, note: str) -> None:
    print(f"\n[{table}]")
    print(f'name = "{NAME}"\npatients = {fitted.patients}\nlast_session = {fitted.last_session}')
    print(f'source = {{ ref = "{SOURCE.ref}", tag = "{SOURCE.tag}", note = "{note}" }}')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
