"""Addresses about one patient: the ledger read and added to, appointments, outlook."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from euthymia.chart.entries import Entry, read_fact
from euthymia.chart.envelope import parse_line
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest
from euthymia.clinic.api.addresses import REFUSALS, patient_out
from euthymia.clinic.api.interface import api, scoped
from euthymia.clinic.api.kinds import ACTION_OF
from euthymia.clinic.api.shapes import (
    AppointmentOut,
    EntriesOut,
    EntryIn,
    EntryOut,
    OutlookOut,
    PatientOut,
    Seq,
)
from euthymia.clinic.outcomes.services import outlook_of
from euthymia.clinic.records.access import patient_for
from euthymia.clinic.records.charts import chart_of, lines_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.core.errors import InputError
from euthymia.follow.outlook import Outlook

_MOST_ENTRIES = 500


@api.get("/patients/{patient_id}", response={200: PatientOut, **REFUSALS}, tags=["patient"])
@scoped(Action.READ_CHART)
def patient(request: ClinicRequest, patient_id: UUID) -> dict[str, Any]:
    """A patient at a glance."""
    return patient_out(request, _patient(request, patient_id, Action.READ_CHART))


@api.get("/patients/{patient_id}/entries", response={200: EntriesOut, **REFUSALS}, tags=["patient"])
@scoped(Action.READ_CHART)
def entries(request: ClinicRequest, patient_id: UUID, after: Seq = 0) -> dict[str, Any]:
    """Entries of the chart after a place in its ledger, at most 500."""
    found = _patient(request, patient_id, Action.READ_CHART)
    lines = lines_of(found.pk, after)[:_MOST_ENTRIES]
    return {"head": found.head_seq, "items": [_line_out(line) for line in lines]}


@api.post("/patients/{patient_id}/entries", response={200: EntryOut, **REFUSALS}, tags=["patient"])
@scoped(Action.WRITE_NOTE)
def add_entry(request: ClinicRequest, patient_id: UUID, given: EntryIn) -> dict[str, Any]:
    """Record a fact. Which right it needs depends on its kind."""
    action = ACTION_OF.get(given.kind)
    if action is None:
        raise InputError(
            f"entry of kind {given.kind!r}",
            "a program cannot record it",
            f"Record one of {', '.join(sorted(ACTION_OF))}",
        )
    found = _patient(request, patient_id, action)
    fact = read_fact(given.kind, given.body)
    entry = record(request.who, found, fact, action, reason=given.reason, entry_id=str(given.id))
    return _line_out(_line_of(found.pk, entry))


@api.get("/patients/{patient_id}/chart.jsonl", tags=["patient"], response={200: Any, **REFUSALS})
@scoped(Action.EXPORT_CHART)
def chart_file(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """The ledger byte for byte, as the command line reads and verifies it."""
    found = _patient(request, patient_id, Action.EXPORT_CHART)
    content = b"".join(line + b"\n" for line in lines_of(found.pk))
    return HttpResponse(content, content_type="application/jsonl")


@api.get(
    "/patients/{patient_id}/appointments",
    response={200: list[AppointmentOut], **REFUSALS},
    tags=["patient"],
)
@scoped(Action.READ_AGENDA)
def appointments(request: ClinicRequest, patient_id: UUID) -> list[dict[str, Any]]:
    """The appointments of the course, in order of time."""
    found = _patient(request, patient_id, Action.READ_AGENDA)
    return [
        {
            "id": each.id,
            "session": each.session,
            "start": each.start,
            "minutes": each.minutes,
            "chair": each.chair,
            "state": each.state.value,
            "provisional": each.provisional,
        }
        for each in chart_of(found).chart.appointments
    ]


@api.get("/patients/{patient_id}/outlook", response={200: OutlookOut, **REFUSALS}, tags=["patient"])
@scoped(Action.READ_FORECAST)
def outlook(request: ClinicRequest, patient_id: UUID) -> dict[str, Any]:
    """Where the patient stands, a forecast beside what is usual, and what the rules suggest."""
    found = _patient(request, patient_id, Action.READ_FORECAST)
    seen = outlook_of(chart_of(found).chart, clock.today())
    return {
        "on": seen.on,
        "sessions_given": seen.delivered,
        "sessions_planned": seen.planned,
        "scales": [_scale_out(course) for course in seen.trajectory.courses],
        "forecast": _forecast_out(seen),
        "no_forecast_because": seen.no_score_because,
        "advice": [
            {"text": each.text, "because": each.because, "source": each.source.short}
            for each in seen.advice
        ],
    }


def _patient(request: ClinicRequest, patient_id: UUID, action: Action) -> Patient:
    """The patient, if that is allowed; from here on the clocks at the patient's site hold."""
    found = patient_for(request, patient_id, action)
    timezone.activate(found.site.time_zone)
    return found


def _scale_out(course: Any) -> dict[str, Any]:
    latest = course.latest_change
    return {
        "scale": course.scale,
        "scores": [(result.score.on, result.low, result.high) for result in course.results],
        "improvement_pct": latest.improvement_pct if latest else None,
        "response": latest.response if latest else None,
        "remission": latest.remission if latest else None,
    }


def _forecast_out(seen: Outlook) -> dict[str, Any] | None:
    if seen.score is None:
        return None
    score = seen.score
    return {
        "at_session": score.forecast.at_session,
        "median": score.forecast.median,
        "interval_80": list(score.forecast.interval()),
        "usual_median": score.usual.median,
        "usual_interval_80": list(score.usual.interval()),
        "response": list(score.response) if score.response else None,
        "remission": list(score.remission) if score.remission else None,
        "fitted_on": score.forecast.fitted_on.sentence,
        "cautions": list(score.forecast.cautions),
    }


def _line_of(patient_id: UUID, entry: Entry) -> bytes:
    return lines_of(patient_id, entry.seq - 1)[0]


def _line_out(line: bytes) -> dict[str, Any]:
    envelope = parse_line(line)
    if envelope is None:
        raise InputError("ledger", "a line of it cannot be read", "Tell an administrator")
    return {
        "seq": envelope.seq,
        "id": envelope.id,
        "at": envelope.at,
        "author": envelope.author.name,
        "role": envelope.author.role,
        "kind": envelope.kind,
        "reason": envelope.reason,
        "body": dict(envelope.body),
        "prev": envelope.prev,
        "hash": envelope.hash,
    }
