"""The band above a patient's pages: who it is, what waits, and the pages this person may open."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.records.models import Overview, Patient
from euthymia.clinic.ui.values import NavItem, PatientHeader

TABS = (
    ("Chart", "chart", Action.READ_CHART),
    ("History", "history", Action.READ_CHART),
    ("Scales", "scales", Action.READ_CHART),
    ("Safety", "safety", Action.READ_CHART),
    ("Eligibility", "eligibility", Action.READ_CHART),
    ("Bench", "bench", Action.USE_BENCH),
    ("Plan", "plan", Action.READ_CHART),
    ("Calendar", "patient_agenda", Action.READ_AGENDA),
    ("Chair", "chair", Action.RUN_SESSION),
    ("Outcomes", "outcomes", Action.READ_CHART),
)
"""Label, name of the address (it takes `patient_id`), and the right it needs, in the way's order.
A tab whose page does not exist is not shown."""


def patient_header(request: HttpRequest) -> PatientHeader | None:
    """The band for the patient whom the page is about; None on pages about nobody."""
    patient: Patient | None = getattr(request, "patient", None)
    if patient is None:
        return None
    overview = _overview(patient)
    who = request.who  # type: ignore[attr-defined]
    tabs = tuple(_tabs(request, patient))
    by_name = {tab.label: tab.url for tab in tabs}
    url = reverse("chart", args=[patient.pk])
    return PatientHeader(
        name=_name(patient) if can(Action.READ_IDENTITY, who, patient) else patient.pseudonym,
        url=url,
        pseudonym=patient.pseudonym,
        age_years=clock.today().year - overview.birth_year if overview else None,
        facts=_facts(overview) if overview else (),
        open_tasks=overview.open_safety_tasks if overview else 0,
        tasks_url=by_name.get(_("Scales"), url),
        tabs=tabs,
        synthetic=patient.synthetic,
    )


def _tabs(request: HttpRequest, patient: Patient) -> list[NavItem]:
    found: list[tuple[str, str]] = []
    for label, name, action in TABS:
        if not can(action, request.who, patient):  # type: ignore[attr-defined]
            continue
        try:
            found.append((_(label), reverse(name, args=[patient.pk])))
        except NoReverseMatch:
            continue
    here = max((url for _label, url in found if request.path.startswith(url)), key=len, default="")
    return [NavItem(label, url, url == here) for label, url in found]


def _facts(overview: Overview) -> tuple[tuple[str, str], ...]:
    found = [(_("Stands"), str(overview.get_way_display()))]
    if overview.protocol:
        found.append((_("Protocol"), overview.protocol))
    if overview.sessions_given:
        of = f" of {overview.sessions_planned}" if overview.sessions_planned else ""
        found.append((_("Session"), f"{overview.sessions_given}{of}"))
    return tuple(found)


def _overview(patient: Patient) -> Overview | None:
    return getattr(patient, "overview", None)


def _name(patient: Patient) -> str:
    identity = getattr(patient, "identity", None)
    return str(identity) if identity is not None else patient.pseudonym
