"""Synthetic clinics for the tests, each made once."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from euthymia.chart.chart import Chart, replay
from euthymia.clinic.example.charts import Recipe, SyntheticPatient, synthetic_patients
from euthymia.clinic.example.rooms import site

MONDAY = datetime(2026, 11, 30, 11, 10, tzinfo=ZoneInfo("America/Chicago"))
SITES = (site(0, 3), site(1, 1))
SMALL = Recipe(seed=7, now=MONDAY, patients=44, sites=SITES)
LARGE = Recipe(seed=7, now=MONDAY, patients=60, sites=SITES, mix="volume")


@cache
def patients(recipe: Recipe) -> tuple[SyntheticPatient, ...]:
    """The patients of a recipe."""
    return tuple(synthetic_patients(recipe))


@cache
def charts(recipe: Recipe) -> tuple[tuple[SyntheticPatient, Chart], ...]:
    """The patients of a recipe, each with the chart that the entries make."""
    return tuple(
        (each, replay(noted.entry(seq) for seq, noted in enumerate(each.noted, start=1)))
        for each in patients(recipe)
    )
