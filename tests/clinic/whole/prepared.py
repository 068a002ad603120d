"""A clinic in which every page has something to show, and the list of all its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.http import SimpleCookie
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.chart import Chart
from euthymia.chart.follow_up_facts import FollowUpSet
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic import clock
from euthymia.clinic.accounts.identify import who_is
from euthymia.clinic.accounts.models import EmergencyAccess, Membership, Role, Site, User
from euthymia.clinic.accounts.policy import NOBODY, RIGHTS, Action, Who
from euthymia.clinic.api import tokens
from euthymia.clinic.config.place import Mode
from euthymia.clinic.example.fill import fill_example
from euthymia.clinic.jobs.services import start
from euthymia.clinic.office.models import Device
from euthymia.clinic.portal import links
from euthymia.clinic.portal.models import Kind
from euthymia.clinic.prescribing.work import MAKE_PLAN
from euthymia.clinic.records import charts
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Document, Patient
from euthymia.clinic.records.services import Wanted, record_all
from euthymia.clinic.reminders.letters import stop_token
from euthymia.clinic.reminders.models import Mail

PATIENTS = 10
"""So few of the example's patients, in their order, hold one of every stage that is needed."""

_OTHERS = ("allauth.", "django.views.static")
_PROGRAMS = "api/v1/"
"""Its addresses are asked one by one in `tests/clinic/api`."""

OWN, ANOTHERS, ELSEWHERE, NOBODYS = "the patient", "another patient", "elsewhere", "nobody"


@dataclass(frozen=True)
class PageOf:
    """One address of the clinic with the marks of its view."""

    name: str
    route: str
    arguments: tuple[str, ...]
    view: Any

    @property
    def action(self) -> Action | None:
        return getattr(self.view, "action", None)

    @property
    def mark(self) -> str:
        return getattr(self.view, "mark", "")

    @property
    def of_patient(self) -> bool:
        return getattr(self.view, "of_patient", False)


def pages() -> list[PageOf]:
    """Every address that a person may ask for."""
    return [
        PageOf(pattern.name or "", route, tuple(pattern.pattern.converters), pattern.callback)
        for route, pattern in _patterns(get_resolver())
        if not pattern.callback.__module__.startswith(_OTHERS) and not route.startswith(_PROGRAMS)
    ]


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, route)
        else:
            yield route, pattern


def person_for(page: PageOf) -> str:
    """Somebody for whom the page is."""
    if page.action is None:
        return NOBODYS if page.mark == "public" else Role.PSYCHIATRIST.value
    if Role.PATIENT in RIGHTS[page.action]:
        return OWN
    return next(role.value for role in Role if role in RIGHTS[page.action])


@dataclass
class Prepared:
    """One well-filled synthetic patient, and everybody who might ask for a page."""

    patient: Patient
    people: Mapping[str, User | None]
    makers: Mapping[str, Any]
    """What stands in addresses: by "name of the page.argument", else by the argument alone."""
    _client: Client
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def chart(self) -> Chart:
        return chart_of(Patient.objects.get(pk=self.patient.pk)).chart

    def who(self, name: str) -> Who:
        """That person, as rights are asked of."""
        user = self.people[name]
        return NOBODY if user is None else who_is(user)

    def path(self, page: PageOf) -> str:
        """An address that leads to something; a KeyError names an argument nobody has foreseen."""
        values = {}
        for argument in page.arguments:
            exact = f"{page.name}.{argument}"
            values[argument] = self.makers[exact if exact in self.makers else argument]
        # A redirect from another program's address has no name of its own.
        return reverse(page.name, kwargs=values) if page.name else f"/{page.route}"

    def as_person(self, name: str) -> Client:
        """The browser in which that person, and nobody else, is logged in."""
        self._client.cookies = SimpleCookie(self.cookies.get(name, {}))
        return self._client

    def log_in(self) -> None:
        """Everybody logs in once; what pages do to sessions is not kept."""
        for name, user in self.people.items():
            if user is not None:
                self._client.cookies = SimpleCookie()
                self._client.force_login(user)
                self.cookies[name] = {k: m.value for k, m in self._client.cookies.items()}


def prepare() -> Prepared:
    """Fill an empty database; within a transaction that is not kept, or a test's own."""
    charts.forget_all()
    fill_example(patients=PATIENTS)
    patient, other = _in_treatment()
    site = patient.site
    people: dict[str, User | None] = {
        role.value: User.objects.filter(memberships__role=role, memberships__site=site)
        .order_by("pk")
        .first()
        for role in Role
        if role is not Role.PATIENT
    }
    people[ELSEWHERE] = _elsewhere()
    people[OWN] = User.objects.filter(patient_id=patient.pk).first() or _account(patient)
    people[ANOTHERS] = User.objects.filter(patient_id=other.pk).first() or _account(other)
    people[NOBODYS] = None
    made = Prepared(
        patient, people, _makers(patient, people), Client(raise_request_exception=False)
    )
    made.log_in()
    return made


def _in_treatment() -> tuple[Patient, Patient]:
    """The patient with the most kinds of entries among those with visits to come, and another."""
    found = []
    for patient in Patient.objects.select_related("site").order_by("pk"):
        chart = chart_of(patient).chart
        coming = any(each.stands and each.start > clock.now() for each in chart.appointments)
        kinds = len({each.fact.kind for each in chart_of(patient).entries})
        found.append((coming and bool(chart.sessions), kinds, str(patient.pk), patient))
    found.sort(reverse=True, key=lambda each: each[:3])
    chosen = found[0][-1]
    near = [each[-1] for each in found[1:] if each[-1].site_id == chosen.site_id]
    return chosen, near[0]


def _elsewhere() -> User:
    """Somebody with every role, but at another site."""
    site = Site.objects.create(name="Elsewhere", time_zone="UTC", country="US")
    user = User.objects.create_user("elsewhere", display_name="Somebody Elsewhere")
    for role in Role:
        if role is not Role.PATIENT:
            Membership.objects.create(user=user, site=site, role=role.value)
    return user


def _account(patient: Patient) -> User:
    name = f"own-{patient.pseudonym}"
    return User.objects.create_user(name, display_name="Synthetic", patient_id=patient.pk)


def _makers(patient: Patient, people: Mapping[str, User | None]) -> dict[str, Any]:
    psychiatrist, administrator = people[Role.PSYCHIATRIST], people[Role.ADMINISTRATOR]
    assert psychiatrist is not None and administrator is not None
    who, day, moment = who_is(psychiatrist), clock.today(), clock.now()
    note, filled, contact = (str(uuid4()) for _ in range(3))
    answers = (2, 2, 1, 2, 1, 1, 1, 0, 1)
    record_all(
        who,
        patient,
        [
            Wanted(NoteWritten(topic=NoteTopic.COORDINATION, text="Synthetic."), entry_id=note),
            Wanted(ScaleFilled(score=ScaleScore("phq9", day, items=answers)), entry_id=filled),
            Wanted(FollowUpSet(what="How are you?", due_on=day, role="operator"), entry_id=contact),
        ],
        Action.WRITE_NOTE,
    )
    chart = chart_of(Patient.objects.get(pk=patient.pk)).chart
    coming = [each for each in chart.appointments if each.stands and each.start > moment]
    device = Device.objects.filter(site=patient.site).order_by("pk").first()
    assert device is not None
    link = links.make(who, patient, Kind.PAGES, timedelta(days=1))
    feed = links.make(who, patient, Kind.CALENDAR, timedelta(days=1))
    emergency = EmergencyAccess.objects.create(
        user=people[Role.OPERATOR],
        patient_id=patient.pk,
        reason="A synthetic emergency.",
        since=moment - timedelta(hours=9),
        until=moment - timedelta(hours=5),
    )
    token, _secret = tokens.make(who, "a program", tokens.scopes_of(who)[:1], 7)
    mail = Mail.objects.create(
        patient=patient, about="follow_up", at=moment, state="failed", why="refused", made_at=moment
    )
    document = Document.objects.filter(patient=patient).first()
    assert document is not None and chart.standing_prescription is not None
    return {
        "patient_id": patient.pk,
        "entry_id": UUID(note),
        "safety_task.entry_id": UUID(filled),
        "portal_done.entry_id": UUID(filled),
        "digest": document.sha256,
        "key": "phq9",
        "scale": "phq9",
        "coil_id": "magventure-c-b60",
        "sha256": chart.plans[-1].fact.plan_sha256,
        "sign_prescription.sha256": chart.standing_prescription.fact.sha256,
        "appointment": coming[0].id,
        "stop_key": "nobody-has-this-key",
        "number": chart.sessions[-1].fact.number,
        "contact_id": UUID(contact),
        "form": "csv",
        "site_id": patient.site_id,
        "user_id": psychiatrist.pk,
        "kind": "device",
        "pk": device.pk,
        "office_emergency.pk": emergency.pk,
        "slug": "how-it-works",
        "token": links.token_of(link),
        "portal_feed.token": links.token_of(feed),
        "reminders_stop.token": stop_token(mail),
        "link_id": link.pk,
        "mail_id": mail.pk,
        "token_id": token.pk,
        "job_id": start(who, MAKE_PLAN, patient).pk,
    }


def in_example_mode(patch: pytest.MonkeyPatch) -> None:
    """An example clinic: no second factor is asked for, and it may be filled."""
    patch.setattr(settings, "PLACE", replace(settings.PLACE, mode=Mode.EXAMPLE))
