"""The pages for what went wrong, each with one sentence that helps."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from euthymia.clinic.accounts.views import public


@public
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be understood."""
    return render(request, "ui/400.html", status=400)


@public
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """This person may not do that."""
    return render(request, "ui/403.html", {"why": str(exception)}, status=403)


@public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such page, or none that this person may know of."""
    return render(request, "ui/404.html", status=404)


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of the program."""
    return render(request, "ui/500.html", status=500)
