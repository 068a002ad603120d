"""Projections: tables that lists and calendars are made from, each a pure function of one chart.

A room registers a `Projection`; `project` keeps its rows as the chart says, `rebuild` makes all
of them anew, and `differences` tells where a stored row is not what the chart says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Protocol, TypeAlias
from uuid import UUID

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


_Row: TypeAlias = tuple[Any, ...]
Stored: TypeAlias = Mapping[tuple[type[Model], UUID], Sequence[_Row]]
"""Projected rows as they are stored, by table and patient."""

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


def differences(patient: Patient, chart: Chart, stored: Stored | None = None) -> Iterator[str]:
    """A sentence for each projection whose stored rows are not what the chart says.

    stored: the rows if they were read before, together with those of other patients.
    """
    rows = stored_rows([patient.pk]) if stored is None else stored
    for projection in _REGISTERED:
        found = rows.get((projection.model, patient.pk), [])
        wanted = _values(projection.model, projection.rows(patient, chart))
        if not _same(found, wanted):
            yield (
                f"{patient.pseudonym}: {projection.model._meta.verbose_name} is not what the chart "
                f"says ({len(found)} rows stored, {len(wanted)} by the chart)"
            )


def stored_rows(
    patients: Sequence[UUID], projections: Sequence[Projection] = _REGISTERED
) -> Stored:
    """The projected rows of several patients at once, in the order in which they were written."""
    found: dict[tuple[type[Model], UUID], list[_Row]] = {}
    for projection in projections:
        model = projection.model
        names = ["patient_id", *(field.attname for field in _fields(model))]
        rows = model._default_manager.filter(patient_id__in=patients).order_by("pk")
        for patient, *row in rows.values_list(*names):
            found.setdefault((model, patient), []).append(tuple(row))
    return found


def _replace(projection: Projection, patient: Patient, chart: Chart) -> None:
    wanted = list(projection.rows(patient, chart))
    model = projection.model
    stored = stored_rows([patient.pk], [projection]).get((model, patient.pk), [])
    if _same(stored, _values(model, wanted)):
        return
    model._default_manager.filter(patient=patient).delete()
    model._default_manager.bulk_create(wanted)


def _same(some: Sequence[_Row], others: Sequence[_Row]) -> bool:
    """Whether these are the same rows, in whatever order."""
    if len(some) != len(others):
        return False
    return some == others or sorted(some, key=repr) == sorted(others, key=repr)


def _values(model: type[Model], rows: Iterable[Model]) -> list[_Row]:
    """The content of rows as it will be read back, without their surrogate keys."""
    fields = _fields(model)
    return [
        tuple(field.to_python(field.value_from_object(row)) for field in fields) for row in rows
    ]


@cache
def _fields(model: type[Model]) -> tuple[Any, ...]:
    """The columns that say something; not a key that the database makes."""
    return tuple(
        field for field in model._meta.concrete_fields if not (field.primary_key and _made(field))
    )


def _made(field: Any) -> bool:
    """Whether the database makes the key by itself."""
    return bool(getattr(field, "db_returning", False))
