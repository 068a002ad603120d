"""The band above every page of a patient: who it is, where the treatment stands, the pages."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.records.models import Overview, Patient
from euthymia.clinic.ui.values import NavItem, PatientHeader

PAGES: tuple[tuple[str, str, Action], ...] = (
    (gettext_noop("Overview"), "chart", Action.READ_CHART),
    (gettext_noop("Intake"), "intake", Action.READ_CHART),
    (gettext_noop("History"), "history", Action.READ_CHART),
    (gettext_noop("Scales"), "scales", Action.READ_CHART),
    (gettext_noop("Safety"), "safety", Action.READ_CHART),
    (gettext_noop("Eligibility"), "eligibility", Action.READ_CHART),
    (gettext_noop("Head"), "head", Action.READ_CHART),
    (gettext_noop("Target"), "bench", Action.USE_BENCH),
    (gettext_noop("Plan"), "prescribing", Action.READ_CHART),
    (gettext_noop("Appointments"), "patient_agenda", Action.READ_CHART),
    (gettext_noop("Sessions"), "chair", Action.READ_CHART),
    (gettext_noop("Outcomes"), "outcomes", Action.READ_CHART),
    (gettext_noop("Own page"), "patient_access", Action.INVITE_PATIENT),
    (gettext_noop("Record"), "entries", Action.READ_CHART),
)
"""Label, name of the address (which takes `patient_id`), and the right: a room adds its page here.

What has no address yet is left out.
"""


def header_of(patient: Patient, request: HttpRequest) -> PatientHeader:
    """The band of a patient for the person who asks; the getters have joined what it needs."""
    who = request.who  # type: ignore[attr-defined]
    identity = getattr(patient, "identity", None)
    overview = getattr(patient, "overview", None)
    shown = str(identity) if identity and can(Action.READ_IDENTITY, who, patient) else ""
    facts: list[tuple[str, str]] = []
    if overview is not None:
        facts.append((_("Stands"), overview.get_way_display()))
        if overview.sessions_given or overview.sessions_planned:
            facts.append((_("Sessions"), sessions_of(overview)))
        if overview.last_total is not None:
            facts.append((find_scale(overview.last_scale).name, f"{overview.last_total:g}"))
    return PatientHeader(
        name=shown or patient.pseudonym,
        url=reverse("chart", args=[patient.pk]),
        pseudonym=patient.pseudonym,
        birth_year=overview.birth_year if overview else None,
        facts=facts,
        open_tasks=overview.open_safety_tasks if overview else 0,
        tasks_url=address("safety_tasks", patient) or reverse("chart", args=[patient.pk]),
        tabs=tuple(_tabs(patient, request)),
        synthetic=patient.synthetic,
    )


def sessions_of(overview: Overview) -> str:
    """ "12 of 36", or the number given where nothing says how many are planned."""
    if overview.sessions_planned is None:
        return str(overview.sessions_given)
    return _("%(given)d of %(planned)d") % {
        "given": overview.sessions_given,
        "planned": overview.sessions_planned,
    }


def _tabs(patient: Patient, request: HttpRequest) -> Iterator[NavItem]:
    """The pages that exist and that this person may open, the open one marked."""
    allowed = [
        (_(label), url)
        for label, name, action in PAGES
        if can(action, request.who, patient)  # type: ignore[attr-defined]
        and (url := address(name, patient)) is not None
    ]
    # The longest address that the page's begins with is the open one.
    begins = [url for _, url in allowed if request.path.startswith(url)]
    open_now = max(begins, key=len, default=None)
    for label, url in allowed:
        yield NavItem(label, url, current=url == open_now)


def address(name: str, patient: Patient) -> str | None:
    """Where a page of that name stands for a patient; None where there is none yet."""
    try:
        return reverse(name, kwargs={"patient_id": patient.pk})
    except NoReverseMatch:
        return None
