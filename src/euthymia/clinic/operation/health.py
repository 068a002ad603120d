"""Whether the clinic works: for a monitor, without a word about anybody."""

from __future__ import annotations

import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from euthymia.clinic import clock
from euthymia.clinic.accounts.views import public
from euthymia.clinic.jobs.models import Worker
from euthymia.clinic.jobs.services import SILENT_S

LITTLE_BYTES = 1024**3


@public
def health(request: HttpRequest) -> JsonResponse:
    """Status 200 if the database answers, a worker lives and the disk has room; else 503."""
    found = state()
    return JsonResponse(found, status=200 if all(v == "ok" for v in found.values()) else 503)


def state() -> dict[str, str]:
    """Each part with "ok" or what is wrong with it."""
    return {"database": _database(), "worker": _worker(), "disk": _disk()}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def _worker() -> str:
    try:
        beat = Worker.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()
    except DatabaseError:
        return "not known"
    if beat is None:
        return "none"
    return "ok" if (clock.now() - beat).total_seconds() <= SILENT_S else "silent"


def _disk() -> str:
    try:
        free = shutil.disk_usage(settings.PLACE.home).free
    except OSError:
        return "not known"
    return "ok" if free >= LITTLE_BYTES else "less than 1 GB free"
