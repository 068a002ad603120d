"""Erasing who a patient is: found by the code alone, confirmed, and noted."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.office.forms import ErasureForm
from euthymia.clinic.office.scope import found
from euthymia.clinic.office.services import erase_identity
from euthymia.clinic.records.models import Document, Identity, LedgerEntry, Patient
from euthymia.clinic.ui.forms import form_page, posted


class CodeForm(forms.Form):
    """A patient's code."""

    code = forms.CharField(label=gettext_lazy("The patient's code"), max_length=80)


@needs(Action.ERASE_IDENTITY)
def find(request: ClinicRequest) -> HttpResponse:
    """Ask for the code; administrators see no names."""
    form = CodeForm(request.GET or None)
    if form.is_bound and form.is_valid():
        there = Patient.objects.filter(
            pseudonym__iexact=form.cleaned_data["code"].strip(),
            site_id__in=request.who.sites(Action.ERASE_IDENTITY),
        ).first()
        if there is not None:
            return redirect("office_erase", patient_id=there.pk)
        form.add_error("code", _("No patient of your sites has that code."))
    return form_page(request, "office/erasure.html", {"form": form})


@needs(Action.ERASE_IDENTITY)
def erase(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Say what will be gone, ask for the code and a reason, and erase."""
    mine = Patient.objects.filter(site_id__in=request.who.sites(Action.ERASE_IDENTITY))
    there: Patient = found(mine.select_related("site"), patient_id)
    form = ErasureForm(posted(request), code=there.pseudonym)
    if request.method == "POST" and form.is_valid():
        done = erase_identity(
            request.who,
            there,
            form.cleaned_data["reason"],
            with_files=form.cleaned_data["with_files"],
        )
        messages.success(
            request,
            ngettext(
                "The identity of %(code)s was erased, and %(n)d file with it.",
                "The identity of %(code)s was erased, and %(n)d files with it.",
                done.files,
            )
            % {"code": there.pseudonym, "n": done.files},
        )
        return redirect("office_erasure")
    context = {
        "form": form,
        "there": there,
        "facts": [
            (_("Code"), there.pseudonym),
            (_("Site"), there.site.name),
            (_("Entries, which stay"), LedgerEntry.objects.filter(patient=there).count()),
            (_("Files"), Document.objects.filter(patient=there).count()),
            (
                _("Identity"),
                _("kept") if Identity.objects.filter(patient=there).exists() else _("erased"),
            ),
        ],
    }
    return form_page(request, "office/erase.html", context)
