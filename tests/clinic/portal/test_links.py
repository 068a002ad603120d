"""Links to the own pages: for one patient, for a time, revocable, and not to be guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from clinic.conftest import SmallClinic
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role, User
from euthymia.clinic.portal import links
from euthymia.clinic.portal.models import Kind, OwnLink
from euthymia.clinic.records.models import Patient
from euthymia.core.errors import InputError

WEEK = timedelta(days=7)
YEAR = {"year": "1980"}  # of the patients that the small clinic makes


def _link(clinic: SmallClinic, patient: Patient, kind: Kind = Kind.PAGES) -> OwnLink:
    return links.make(clinic.who(Role.COORDINATOR), patient, kind, WEEK)


def _way(link: OwnLink) -> str:
    return f"/me/in/{links.token_of(link)}/"


def test_a_link_and_the_year_of_birth_open_the_own_page(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    client = Client()
    way = _way(_link(clinic, patient))
    assert client.get(way).status_code == 200
    assert client.get("/me/").status_code == 302  # looking at the link opens nothing yet
    answer = client.post(way, YEAR)
    assert answer["Location"] == "/me/"
    page = client.get("/me/")
    assert page.status_code == 200
    assert User.objects.get(patient_id=patient.pk).has_usable_password() is False


def test_coming_in_twice_makes_one_account(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    for _ in range(2):
        Client().post(_way(_link(clinic, patient)), YEAR)
    assert User.objects.filter(patient_id=patient.pk).count() == 1


def test_a_wrong_year_opens_nothing_and_in_the_end_the_link_is_revoked(
    clinic: SmallClinic,
) -> None:
    link = _link(clinic, clinic.patient())
    client = Client()
    for _ in range(links.WRONG_ANSWERS):
        answer = client.post(_way(link), {"year": "1981"})
        assert answer.status_code == 422
        assert "not the year" in answer.content.decode()
    assert client.post(_way(link), YEAR).status_code == 404
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize("why", ["run out", "revoked", "tampered", "of another kind"])
def test_a_link_that_does_not_work_says_so_without_saying_why(
    clinic: SmallClinic, why: str
) -> None:
    patient = clinic.patient()
    link = _link(clinic, patient, Kind.CALENDAR if why == "of another kind" else Kind.PAGES)
    way = _way(link)
    if why == "revoked":
        links.revoke(clinic.who(Role.OPERATOR), patient, link.pk)
    if why == "tampered":
        way = way[:-2] + ("A/" if way[-2] != "A" else "B/")
    later = clock.now() + (WEEK if why == "run out" else timedelta(0))
    with clock.at(later):
        answer = Client().post(way, YEAR)
    assert answer.status_code == 404
    assert "does not work" in answer.content.decode()


def test_revoking_a_link_ends_what_was_opened_with_it(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    link = _link(clinic, patient)
    client = Client()
    client.post(_way(link), YEAR)
    assert client.get("/me/").status_code == 200
    links.revoke(clinic.who(Role.PSYCHIATRIST), patient, link.pk)
    assert client.get("/me/")["Location"] == "/me/ended/"
    assert client.get("/me/progress/").status_code == 302


def test_who_tries_many_links_has_to_wait_and_a_good_link_opens_all_the_same(
    clinic: SmallClinic,
) -> None:
    link = _link(clinic, clinic.patient())
    client = Client()
    for _ in range(links.TRIES):
        assert client.get("/me/in/guess/").status_code == 404
    assert client.get("/me/in/guess/").status_code == 429
    assert client.get("/me/feed/guess.ics").status_code == 429
    assert client.get(_way(link)).status_code == 200
    assert Client(REMOTE_ADDR="10.0.0.7").get("/me/in/guess/").status_code == 404


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(days=-1), timedelta(days=400)])
def test_a_link_lasts_for_some_time_and_at_most_a_year(
    clinic: SmallClinic, lasts: timedelta
) -> None:
    with pytest.raises(InputError, match="last"):
        links.make(clinic.who(Role.COORDINATOR), clinic.patient(), Kind.PAGES, lasts)


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.ADMINISTRATOR])
def test_only_those_who_treat_make_and_revoke_links(clinic: SmallClinic, role: Role) -> None:
    patient = clinic.patient()
    link = _link(clinic, patient)
    with pytest.raises(PermissionDenied):
        links.make(clinic.who(role), patient, Kind.PAGES, WEEK)
    with pytest.raises(PermissionDenied):
        links.revoke(clinic.who(role), patient, link.pk)


def test_a_link_of_one_patient_is_not_revoked_under_another(clinic: SmallClinic) -> None:
    link = _link(clinic, clinic.patient())
    links.revoke(clinic.who(Role.COORDINATOR), clinic.patient(), link.pk)
    link.refresh_from_db()
    assert link.works_at(clock.now())


def test_the_staffs_page_makes_shows_and_switches_off(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    client = clinic.client(Role.COORDINATOR)
    base = f"/patients/{patient.pk}/own-page/"
    shown = client.post(base, {"days": "7"}, follow=True)
    link = OwnLink.objects.get(patient=patient)
    page = shown.content.decode()
    assert _way(link) in page
    assert "<svg" in page  # the same address as a code for a camera
    assert link.until - link.made_at == WEEK
    client.post(f"{base}{link.pk}/revoke/")
    assert "switched off" in client.get(base).content.decode()
    assert client.get(f"{base}{link.pk}/").status_code == 302


def test_a_length_that_is_not_offered_makes_no_link(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    clinic.client(Role.COORDINATOR).post(f"/patients/{patient.pk}/own-page/", {"days": "9999"})
    assert not OwnLink.objects.exists()
