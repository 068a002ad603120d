"""A refusal that no view took care of becomes a page with its sentence, not a server error."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from euthymia.core.errors import EuthymiaError


class SentenceForRefusals:
    """Shows what was refused and the remedy, with status 422; nothing was written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for a refusal; None lets other errors take their way."""
        if not isinstance(error, EuthymiaError):
            return None
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"detail": str(error)}, status=422)
        patient = getattr(request, "patient", None)
        # Who asks as a patient has no chart to go back to.
        staff = patient is not None and request.who.patient_id is None  # type: ignore[attr-defined]
        context = {"refusal": error, "patient_id": patient.pk if patient and staff else None}
        return render(request, "ui/refusal.html", context, status=422)
