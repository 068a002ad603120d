"""A small clinic with one person for each role, made anew for each test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache
from django.test import Client

from euthymia.chart.patient_facts import PatientRegistered
from euthymia.clinic.accounts.identify import who_is
from euthymia.clinic.accounts.models import Membership, Role, Site, User
from euthymia.clinic.accounts.policy import Who
from euthymia.clinic.records import charts
from euthymia.clinic.records.models import Identity, Patient
from euthymia.clinic.records.services import next_pseudonym, register

STAFF = tuple(role for role in Role if role is not Role.PATIENT)


@dataclass
class SmallClinic:
    """A site, its people, and the means to be one of them."""

    site: Site
    people: dict[Role, User]

    def who(self, role: Role) -> Who:
        """That role's person, as rights are asked of."""
        return who_is(self.people[role])

    def client(self, role: Role | None) -> Client:
        """A browser in which that role's person has logged in; None: nobody has."""
        client = Client()
        if role is not None:
            client.force_login(self.people[role])
            session = client.session
            session["euthymia_second_factor"] = True
            session.save()
        return client

    def patient(self, site: Site | None = None, born: date = date(1980, 5, 17)) -> Patient:
        """A new synthetic patient."""
        fact = PatientRegistered(pseudonym=next_pseudonym("SYN"), synthetic=True, birth_date=born)
        identity = Identity(family_name="Example", given_name="Synthetic")
        at = site or self.site
        user = self.people[Role.COORDINATOR]
        who = Who(user.pk, user.display_name, {at.pk: frozenset({Role.COORDINATOR})})
        return register(who, at, fact, identity)

    def account_of(self, patient: Patient) -> User:
        """The patient's own account."""
        user = User.objects.create_user(f"own-{patient.pk}", display_name="Synthetic Example")
        user.patient_id = patient.pk
        user.save()
        return user


@pytest.fixture
def clinic(db: None) -> Iterator[SmallClinic]:
    """A clinic with one site and one person a role."""
    charts.forget_all()
    cache.clear()
    site = Site.objects.create(name="North", time_zone="UTC", country="US")
    people = {}
    for role in STAFF:
        user = User.objects.create_user(role.value, display_name=f"{role.label} Example")
        Membership.objects.create(user=user, site=site, role=role.value)
        people[role] = user
    yield SmallClinic(site, people)
    charts.forget_all()


@pytest.fixture
def patient(clinic: SmallClinic) -> Patient:
    """A patient with nothing but a registration."""
    return clinic.patient()


@pytest.fixture
def noon() -> datetime:
    """A moment that does not move."""
    return datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
