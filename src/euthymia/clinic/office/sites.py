"""Sites: places of the clinic with their hours, and whom their patients can call."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind, Membership, Role, Site
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.office import crisis
from euthymia.clinic.office.forms import SiteForm
from euthymia.clinic.office.scope import found, person_of, sites_of
from euthymia.clinic.portal.crisis import crisis_lines, own_lines
from euthymia.clinic.ui.forms import form_page, posted
from euthymia.clinic.ui.values import Cell, Column, Row, Table


@needs(Action.ADMINISTER)
def sites(request: ClinicRequest) -> HttpResponse:
    """The sites that one administers."""
    table = Table(
        _("Sites"),
        [Column(_("Site")), Column(_("Time zone")), Column(_("Open")), Column(_("Telephone"))],
        [
            Row(
                [
                    Cell(each.name, url=reverse("office_site", args=[each.pk])),
                    each.time_zone,
                    f"{each.opens:%H:%M}–{each.closes:%H:%M}",
                    each.phone or "–",
                ]
            )
            for each in sites_of(request.who, Action.ADMINISTER)
        ],
        hide_caption=True,
    )
    return render(request, "office/sites.html", {"table": table})


@needs(Action.ADMINISTER)
def new(request: ClinicRequest) -> HttpResponse:
    """A new site; whoever makes it administers it."""
    form = SiteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            made = form.save()
            Membership.objects.create(
                user=person_of(request.who), site=made, role=Role.ADMINISTRATOR
            )
            note(EventKind.SITE_CHANGED, request.who.user_id, f"made {made.name}", request)
        messages.success(request, _("The site was made; you administer it."))
        return redirect("office_site", site_id=made.pk)
    return form_page(request, "office/site.html", {"form": form})


@needs(Action.ADMINISTER)
def site(request: ClinicRequest, site_id: int) -> HttpResponse:
    """One site: its facts, and the lines that its patients see in a crisis."""
    there: Site = found(sites_of(request.who, Action.ADMINISTER), site_id)
    form = SiteForm(posted(request), instance=there)
    if request.method == "POST" and form.is_valid():
        form.save()
        crisis.rename(form.initial["name"], there.name)
        changed = ", ".join(form.changed_data) or "nothing"
        note(EventKind.SITE_CHANGED, request.who.user_id, f"{there.name}: {changed}", request)
        messages.success(request, _("The site was saved."))
        return redirect("office_site", site_id=there.pk)
    kept = Site.objects.get(pk=there.pk)  # the form may have put what is refused on the other
    lines = Table(
        _("What this site's patients see in a crisis"),
        [Column(_("Line")), Column(_("Number")), Column(_("How"))],
        [Row([line.name, line.show, line.how]) for line in crisis_lines(kept.country, kept.name)],
        empty=_("No line is known for this country: enter the clinic's own"),
    )
    own = [line for line in own_lines() if line.site == kept.name]
    context = {"form": form, "site": kept, "lines": lines, "own": own}
    return form_page(request, "office/site.html", context)
