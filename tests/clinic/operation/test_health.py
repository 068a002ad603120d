"""The health page: for monitors, without a word about anybody."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from django.test import Client

from clinic.conftest import SmallClinic
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.config.writing import JsonLines
from euthymia.clinic.jobs.models import Worker
from euthymia.clinic.operation import health


def beat(seconds_ago: float) -> None:
    at = clock.now() - timedelta(seconds=seconds_ago)
    Worker.objects.create(host="here", pid=1, started_at=at, beat_at=at)


def test_all_is_well_with_a_worker_that_lives(db: None) -> None:
    beat(1)
    answer = Client().get("/health/")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "worker": "ok", "disk": "ok"}


@pytest.mark.parametrize(("seconds_ago", "worker"), [(None, "none"), (300, "silent")])
def test_a_clinic_without_a_living_worker_is_not_well(
    db: None, seconds_ago: float | None, worker: str
) -> None:
    if seconds_ago is not None:
        beat(seconds_ago)
    answer = Client().get("/health/")
    assert answer.status_code == 503
    assert answer.json()["worker"] == worker


def test_a_full_disk_is_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    beat(1)
    monkeypatch.setattr(health, "LITTLE_BYTES", 2**80)
    assert "free" in Client().get("/health/").json()["disk"]


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def test_a_request_is_logged_by_route_and_never_by_path_or_name(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    kept = Kept()
    logger = logging.getLogger("euthymia.requests")
    logger.addHandler(kept)
    try:
        clinic.client(Role.PSYCHIATRIST).get(f"/patients/{patient.pk}/entries/?q=Example")
    finally:
        logger.removeHandler(kept)
    (line,) = kept.records
    told = json.loads(JsonLines().format(line))
    assert told["route"] == "patients/<uuid:patient_id>/entries/"
    assert told["queries"] > 0
    assert told["ms"] > 0
    for name in (str(patient.pk), patient.pseudonym, "Example"):
        assert name not in json.dumps(told)
