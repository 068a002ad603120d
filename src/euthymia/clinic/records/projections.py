"""Projections: tables that lists and calendars are made from, each a pure function of one chart.

A room registers a `Projection`; `project` keeps its rows as the chart says, `rebuild` makes all
of them anew, and `differences` tells where a stored row is not what the chart says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Model, QuerySet

from euthymia.chart.chart import Chart
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.core.progress import Progress, stage


class Projection(Protocol):
    """One projected table. Its model has a foreign key or one-to-one key named `patient`."""

    @property
    def model(self) -> type[Model]:
        """The table."""

    @property
    def kinds(self) -> frozenset[str] | None:
        """The kinds of entry that can change its rows; None means all of them."""

    def rows(self, patient: Patient, chart: Chart) -> Sequence[Model]:
        """Unsaved rows of this patient: the same chart gives the same rows, whatever the day."""


_REGISTERED: list[Projection] = []
_TOUCH_ALL = frozenset({"amended", "retracted", "patient_registered"})


def register(projection: Projection) -> None:
    """Let that projection be kept up from now on."""
    if not any(known.model is projection.model for known in _REGISTERED):
        _REGISTERED.append(projection)


def registered() -> tuple[Projection, ...]:
    """All projections."""
    return tuple(_REGISTERED)


def project(patient: Patient, chart: Chart, kinds: Iterable[str]) -> None:
    """Bring the patient's rows up to the chart after entries of those kinds were added."""
    touched = frozenset(kinds)
    for projection in _REGISTERED:
        watched = projection.kinds
        if watched is None or touched & (watched | _TOUCH_ALL):
            _replace(projection, patient, chart)


def rebuild(progress: Progress, patients: QuerySet[Patient] | None = None) -> int:
    """Make all rows of all projections anew from the ledger; the number of patients done."""
    todo = Patient.objects.order_by("pk") if patients is None else patients
    total, done = todo.count(), 0
    with stage(progress, "Rebuilding the projections", total) as step:
        for patient in todo.iterator(chunk_size=200):
            chart = chart_of(patient).chart
            with transaction.atomic():
                for projection in _REGISTERED:
                    _replace(projection, patient, chart)
            done += 1
            step.advance(1)
    return done


def differences(patient: Patient, chart: Chart) -> Iterator[str]:
    """A sentence for each projection whose stored rows are not what the chart says."""
    for projection in _REGISTERED:
        stored = _values(projection.model._default_manager.filter(patient=patient))
        wanted = _values(projection.rows(patient, chart))
        if stored != wanted:
            yield (
                f"{patient.pseudonym}: {projection.model._meta.verbose_name} is not what the chart "
                f"says ({len(stored)} rows stored, {len(wanted)} by the chart)"
            )


def _replace(projection: Projection, patient: Patient, chart: Chart) -> None:
    wanted = list(projection.rows(patient, chart))
    stored = projection.model._default_manager.filter(patient=patient)
    if _values(stored) == _values(wanted):
        return
    stored.delete()
    projection.model._default_manager.bulk_create(wanted)


def _values(rows: Iterable[Model]) -> list[tuple[tuple[str, Any], ...]]:
    """The content of rows in an order of its own, without their surrogate keys."""
    found = []
    for row in rows:
        fields = [
            field for field in row._meta.concrete_fields if not (field.primary_key and _made(field))
        ]
        found.append(
            tuple(
                (field.attname, field.to_python(field.value_from_object(row))) for field in fields
            )
        )
    return sorted(found, key=repr)


def _made(field: Any) -> bool:
    """Whether the database makes the key by itself."""
    return bool(getattr(field, "db_returning", False))
