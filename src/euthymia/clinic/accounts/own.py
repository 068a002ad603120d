"""A person's own account, and opening a chart in an emergency."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from euthymia.clinic import clock
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EmergencyAccess, EventKind, Membership
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, any_user, needs, public
from euthymia.clinic.ui.forms import form_page, posted

EMERGENCY_LASTS = timedelta(hours=4)


class EmergencyForm(forms.Form):
    """Why a chart is opened without a right to it."""

    reason = forms.CharField(
        label=gettext_lazy("Why must you open this chart now?"),
        min_length=15,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Administrators see it at once, and this reason is kept."),
    )


@any_user
def account(request: HttpRequest) -> HttpResponse:
    """Who one is here: name, roles, password and second factor."""
    memberships = Membership.objects.filter(user=request.user).select_related("site")  # type: ignore[misc]
    return render(request, "accounts/account.html", {"memberships": memberships})


@any_user
def touch(request: HttpRequest) -> HttpResponse:
    """Somebody types on a page: asking for this is what counts as a touch."""
    return HttpResponse(status=204)


@public
def closed(request: HttpRequest) -> HttpResponse:
    """A page of the sign-in library that this clinic does not have."""
    raise Http404


@needs(Action.BREAK_GLASS)
def break_glass(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Open a chart for four hours, for a reason; the administrators see it at once."""
    from euthymia.clinic.records.models import Patient  # noqa: PLC0415 - the room above

    patient = Patient.objects.filter(pk=patient_id).first()
    if patient is None:
        raise Http404
    assert request.who.user_id is not None  # `needs` has seen to it
    form = EmergencyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        since = clock.now()
        with transaction.atomic():
            EmergencyAccess.objects.create(
                user_id=request.who.user_id,
                patient_id=patient_id,
                reason=form.cleaned_data["reason"],
                since=since,
                until=since + EMERGENCY_LASTS,
            )
            note(EventKind.EMERGENCY_OPENED, request.who.user_id, str(patient), request)
        messages.warning(
            request,
            _("Emergency access for four hours. Administrators see it."),
        )
        return redirect("chart", patient_id=patient_id)
    return form_page(request, "accounts/break_glass.html", {"form": form})
