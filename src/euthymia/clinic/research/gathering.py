"""The registry's table, gathered from all charts and kept as a file until it is gathered anew.

Two tables are kept: of all courses, for the clinic's own look at its results; and of the courses
of patients who agreed to the research registry, which alone may leave the clinic. Both hold
pseudonyms and no identities.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from euthymia.assess.scales.scale_rules import all_scales
from euthymia.chart.follow_inputs import course_rows
from euthymia.chart.intake_facts import ConsentAbout
from euthymia.clinic import clock
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.core.errors import InputError
from euthymia.core.progress import Progress, stage
from euthymia.learn.registry.rows import CourseRow, Courses
from euthymia.learn.registry.summary import RegistrySummary, summarise

ALL, CONSENTED = "all.parquet", "consented.parquet"
_STEP = 200


@dataclass(frozen=True, slots=True)
class Gathered:
    """What gathering found."""

    patients: int
    courses: int
    consented: int
    broken: tuple[str, ...]


def gather(progress: Progress) -> Gathered:
    """Read every chart and write both tables; a chart that cannot be read is named.

    Each chart is read as of the day that it is now at the patient's site.
    """
    patients = Patient.objects.filter(head_seq__gt=0).select_related("site").order_by("pk")
    every: list[CourseRow] = []
    agreed: list[CourseRow] = []
    broken: list[str] = []
    total = patients.count()
    with stage(progress, "Reading the charts", max(total, 1)) as step:
        for patient in patients.iterator(chunk_size=_STEP):
            try:
                chart = chart_of(patient).chart
                on = clock.today_at(patient.site.time_zone)
                rows = course_rows(chart, on, patient.site.name)
            except InputError as refusal:
                broken.append(str(refusal))
                rows, chart = (), None
            every += rows
            if chart is not None and chart.consents_to(ConsentAbout.RESEARCH_REGISTRY):
                agreed += rows
            step.advance(1)
    _write(ALL, every)
    _write(CONSENTED, agreed)
    return Gathered(total, len(every), len(agreed), tuple(broken))


def gathered_at() -> datetime | None:
    """When the registry was last gathered; None if never."""
    path = table_path(ALL)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else None


def table_path(name: str) -> Path:
    """Where a table is kept."""
    home: Path = settings.PLACE.home
    return home / "registry" / name


def summary_of(sites: tuple[str, ...]) -> RegistrySummary:
    """The registry of these sites; refuses if it was never gathered."""
    path = table_path(ALL)
    if not path.is_file():
        raise InputError("registry", "it was not gathered yet", "Gather it first")
    return _summary(path, path.stat().st_mtime_ns, sites)


def as_csv(path: Path) -> Iterator[str]:
    """A table as lines of CSV, for whoever has no reader of Parquet."""
    courses = Courses.load(path)
    names = list(courses.columns)
    yield ",".join(names) + "\n"
    for row in zip(*(courses[name] for name in names), strict=True):
        yield ",".join(_cell(value) for value in row) + "\n"


@lru_cache(maxsize=8)
def _summary(path: Path, _changed_ns: int, sites: tuple[str, ...]) -> RegistrySummary:
    # Kept until the file changes: the page is opened more often than the registry is gathered.
    import numpy as np  # noqa: PLC0415 - only where a registry is read

    courses = Courses.load(path)
    cuts = {
        scale.name: scale.remission.at_most
        for scale in all_scales()
        if scale.remission is not None and scale.remission.beside is None
    }
    return summarise(courses.where(np.isin(courses["site"], sites)), cuts)


def _write(name: str, rows: list[CourseRow]) -> None:
    path = table_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{name}.{os.getpid()}.new")
    Courses.of(rows).save(scratch)
    scratch.replace(path)


def _cell(value: object) -> str:
    text = "" if value != value else str(value)  # noqa: PLR0124 - NaN is not itself
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(c in text for c in ',"\n') else text
