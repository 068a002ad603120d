"""The first page after logging in: where this person's work begins."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from euthymia.clinic.accounts.views import any_user
from euthymia.clinic.config.navigation import navigation


@any_user
def home(request: HttpRequest) -> HttpResponse:
    """Go to the first page of the navigation; patients go to their own page."""
    who = request.who  # type: ignore[attr-defined]
    if who.patient_id is not None:
        return redirect("portal")
    places = navigation(request)
    return redirect(places[0].url if places else "account")
