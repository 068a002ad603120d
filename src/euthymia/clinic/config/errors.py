"""The pages for what went wrong, each with one sentence that helps."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from euthymia.clinic.accounts.views import public
from euthymia.clinic.records.access import OutOfReach


@public
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be understood."""
    return render(request, "ui/400.html", status=400)


@public
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """This person may not do that."""
    context: dict[str, object] = {"why": str(exception)}
    if isinstance(exception, OutOfReach):
        # Told only to those who may break the glass.
        context["emergency"] = exception.patient_id
    return render(request, "ui/403.html", context, status=403)


@public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such page, or none that this person may know of."""
    return render(request, "ui/404.html", status=404)


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of the program."""
    return render(request, "ui/500.html", status=500)
