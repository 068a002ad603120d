"""How a view says what it is for: every view carries exactly one of these marks.

`needs(Action.X)`: a page of the clinic. `needs(Action.X, of_patient=True)`: the address holds
`<uuid:patient_id>`; the view gets the patient instead, looked up within what the person may see,
and the reading is logged. `any_user`: whoever has logged in. `public`: everybody.
A test walks through all addresses and refuses a view without a mark.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from euthymia.clinic.accounts.policy import Action, Who, check

if TYPE_CHECKING:
    from euthymia.clinic.records.models import Patient

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


class ClinicRequest(HttpRequest):
    """A request as the clinic's views get it: with the person who asks."""

    who: Who
    patient: Patient
    """On pages of one patient only."""


def needs(action: Action, *, of_patient: bool = False) -> Callable[[Any], Any]:
    """The view needs that right; with `of_patient` it gets the patient whom the address names."""

    def mark(view: Any) -> Any:
        @wraps(view)
        def checked(request: ClinicRequest, *args: Any, **named: Any) -> HttpResponseBase:
            if request.who.user_id is None:
                return redirect_to_login(request.get_full_path())
            if of_patient:
                # The records room stands above this one; a patient is looked up only at need.
                from euthymia.clinic.records.access import patient_for  # noqa: PLC0415

                patient_id: UUID = named.pop("patient_id")
                patient = patient_for(request, patient_id, action)
                request.patient = patient
                # What is shown, and what day it is, goes by the clocks at the patient's site.
                with timezone.override(patient.site.time_zone):
                    return cast(HttpResponseBase, view(request, patient, *args, **named))
            check(action, request.who)
            return cast(HttpResponseBase, view(request, *args, **named))

        checked.action = action  # type: ignore[attr-defined]
        checked.of_patient = of_patient  # type: ignore[attr-defined]
        return checked

    return mark


def any_user(view: V) -> V:
    """The view is for whoever has logged in, in any role."""

    @wraps(view)
    def checked(request: ClinicRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if request.who.user_id is None:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **named)

    checked.mark = "any user"  # type: ignore[attr-defined]
    return cast(V, checked)


def public(view: V) -> V:
    """The view is for everybody: it shows nothing about anyone."""
    view.mark = "public"  # type: ignore[attr-defined]
    return view
