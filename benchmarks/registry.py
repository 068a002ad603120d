"""How long a large registry and a large virtual cohort take.

    python benchmarks/registry.py

Bars: 100,000 courses from Parquet in at most 5 s, 10,000 virtual patients in at most 10 s.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from euthymia.learn.registry.rows import Courses
from euthymia.learn.registry.summary import summarise
from euthymia.learn.virtual.cohort import cohort

ROWS = 100_000


def varied(courses: Courses) -> Courses:
    """The virtual cohort spread over sites, operators and protocols, as a real registry is."""
    rng = np.random.default_rng(0)
    n = len(courses)
    words = {
        "site": np.array([f"site {i}" for i in range(40)])[rng.integers(0, 40, n)],
        "operator": np.array([f"operator {i}" for i in range(150)])[rng.integers(0, 150, n)],
        "protocol": np.array(["iTBS-600", "HF10-37", "HF10-19"])[rng.integers(0, 3, n)],
        "target": np.array(["beam-f3", "fox-2013"])[rng.integers(0, 2, n)],
        "stage": np.array(["mild", "moderate", "severe"])[rng.integers(0, 3, n)],
        "sex": np.array(["female", "male"])[rng.integers(0, 2, n)],
    }
    numbers = {
        "age_years": rng.integers(18, 85, n).astype(float),
        "failed_trials": rng.integers(1, 9, n).astype(float),
    }
    return Courses({**courses.columns, **words, **numbers})


def main() -> None:
    start = time.perf_counter()
    made = cohort(10_000, 1)
    spent = time.perf_counter() - start
    print(f"10,000 virtual patients: {spent:.2f} s; {made.responded.mean():.0%} respond")
    big = varied(cohort(ROWS, 2).courses())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.parquet"
        big.save(path)
        size = path.stat().st_size / 1e6
        start = time.perf_counter()
        found = summarise(Courses.load(path), {"HAM-D17": 7.0, "PHQ-9": 4.0})
        spent = time.perf_counter() - start
    sites = found.sites.units if found.sites else ()
    print(
        f"{ROWS:,} courses ({size:.1f} MB) read and summarised: {spent:.2f} s; "
        f"{len(found.groups)} groups, {len(sites)} sites"
    )


if __name__ == "__main__":
    sys.exit(main())
