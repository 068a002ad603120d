"""What the clinic does about a patient's own pages: links made, handed over, switched off."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from qrcode.main import QRCode  # type: ignore[import-untyped]

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.portal import links
from euthymia.clinic.portal.forms import InviteForm
from euthymia.clinic.portal.models import Kind, OwnLink
from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui.forms import form_page, posted
from euthymia.clinic.ui.pictures import checked_svg
from euthymia.report import palette
from euthymia.report.svg import Node, Picture, rect

SHOWN = 20


@needs(Action.INVITE_PATIENT, of_patient=True)
def access(request: ClinicRequest, patient: Patient) -> HttpResponse:
    """The links of a patient, and a new one."""
    form = InviteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        link = links.make(request.who, patient, Kind.PAGES, form.lasts)
        return redirect("patient_link", patient_id=patient.pk, link_id=link.pk)
    moment = clock.now()
    known = OwnLink.objects.filter(patient=patient).select_related("made_by").order_by("-made_at")
    rows = [(link, link.works_at(moment)) for link in known[:SHOWN]]
    context = {"patient": patient, "form": form, "rows": rows}
    return form_page(request, "portal/access.html", context)


@needs(Action.INVITE_PATIENT, of_patient=True)
def show_link(request: ClinicRequest, patient: Patient, link_id: UUID) -> HttpResponse:
    """One link, to be scanned or copied while the patient is there."""
    link = OwnLink.objects.filter(pk=link_id, patient=patient, kind=Kind.PAGES).first()
    if link is None or not link.works_at(clock.now()):
        return redirect("patient_access", patient_id=patient.pk)
    address = request.build_absolute_uri(reverse("portal_come_in", args=[links.token_of(link)]))
    context = {"patient": patient, "link": link, "address": address, "code": _code(address)}
    return render(request, "portal/link.html", context)


@needs(Action.INVITE_PATIENT, of_patient=True)
@require_POST
def revoke(request: ClinicRequest, patient: Patient, link_id: UUID) -> HttpResponse:
    """Switch a link off."""
    links.revoke(request.who, patient, link_id)
    return redirect("patient_access", patient_id=patient.pk)


def _code(address: str) -> SafeString:
    """The address as a square code that a phone's camera reads."""
    code = QRCode(border=4)
    code.add_data(address)
    code.make(fit=True)
    rows = code.get_matrix()
    side = float(len(rows))
    dark: list[Node] = [
        rect(column, row, 1.02, 1.02, fill=palette.INK)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if cell
    ]
    title = _("Code for the phone")
    words = _("The link as a square code; the same link stands beside it in letters.")
    return checked_svg(Picture("own-link", side, side, title, words, tuple(dark)).render())
