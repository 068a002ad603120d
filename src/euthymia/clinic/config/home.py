"""The first page after logging in: where this person's work begins."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.accounts.views import any_user

_BEGINS = (
    (Action.SEE_TODAY, "today"),
    (Action.ADMINISTER, "office"),
    (Action.READ_REGISTRY, "registry"),
)


@any_user
def home(request: HttpRequest) -> HttpResponse:
    """Go where this person's work is; patients go to their own page."""
    who = request.who  # type: ignore[attr-defined]
    if who.patient_id is not None:
        return redirect("portal")
    begins = next((name for action, name in _BEGINS if can(action, who)), "account")
    return redirect(begins)
