"""Every page of intake and suitability, opened and sent by every role and by nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.clinic.accounts.models import Role, Site
from euthymia.clinic.accounts.policy import RIGHTS, Action
from euthymia.clinic.records.models import LedgerEntry, Patient
from euthymia.clinic.records.services import record

PAGES = {
    "intake": Action.READ_CHART,
    "identity": Action.WRITE_IDENTITY,
    "referral": Action.RECORD_REFERRAL,
    "consent": Action.RECORD_CONSENT,
    "note": Action.WRITE_NOTE,
    "history": Action.READ_CHART,
    "told": Action.RECORD_HISTORY,
    "told_reading": Action.RECORD_HISTORY,
    "new_trial": Action.RECORD_HISTORY,
    "episode": Action.RECORD_HISTORY,
    "medicines": Action.RECORD_MEDICINES,
    "entry": Action.READ_CHART,
    "amend": Action.AMEND,
    "retract": Action.AMEND,
    "scales": Action.READ_CHART,
    "safety_tasks": Action.READ_CHART,
    "safety": Action.READ_CHART,
    "answer_screen": Action.RECORD_SCREEN,
    "implant": Action.RECORD_SCREEN,
    "eligibility": Action.READ_CHART,
    "letter": Action.MAKE_LETTER,
    "authorization": Action.READ_CHART,
}
OF_ENTRY = ("entry", "amend", "retract")
ROLES = tuple(role for role in Role if role is not Role.PATIENT)


@pytest.fixture
def patient(clinic: SmallClinic) -> Patient:
    found = clinic.patient()
    fact = NoteWritten(topic=NoteTopic.INTAKE, text="Lives alone")
    record(clinic.who(Role.OPERATOR), found, fact, Action.WRITE_NOTE)
    return found


def _addresses(patient: Patient) -> Iterator[tuple[str, str]]:
    note = chart_now(patient).notes[0].id
    for name in PAGES:
        more = {"entry_id": note} if name in OF_ENTRY else {}
        yield name, address(name, patient, **more)


@pytest.mark.parametrize("role", ROLES)
def test_a_page_answers_to_those_who_may_and_to_nobody_else(
    clinic: SmallClinic, patient: Patient, role: Role
) -> None:
    browser = clinic.client(role)
    for name, url in _addresses(patient):
        allowed = role in RIGHTS[PAGES[name]]
        status = browser.get(url).status_code
        if allowed:
            assert status == 200, name
        else:
            assert status in (403, 404), name


@pytest.mark.parametrize("role", ROLES)
def test_an_empty_form_sent_by_anyone_writes_nothing_and_breaks_nothing(
    clinic: SmallClinic, patient: Patient, role: Role
) -> None:
    browser = clinic.client(role)
    before = LedgerEntry.objects.count()
    for name, url in _addresses(patient):
        status = browser.post(url, {}).status_code
        # A page that only shows something answers a sent form as if it were opened.
        assert status in (200, 302, 403, 404, 422), (name, status)
    assert LedgerEntry.objects.count() <= before + (role in RIGHTS[Action.RECORD_HISTORY])


def test_nobody_is_led_to_the_login(clinic: SmallClinic, patient: Patient) -> None:
    browser = clinic.client(None)
    for _name, url in [*_addresses(patient), ("new_patient", "/patients/new/")]:
        answer = browser.get(url)
        assert answer.status_code == 302
        assert "/account/login/" in answer["Location"]


def test_the_patient_of_the_chart_opens_none_of_the_staffs_pages(
    clinic: SmallClinic, patient: Patient
) -> None:
    browser = clinic.client(None)
    browser.force_login(clinic.account_of(patient))
    for name, url in _addresses(patient):
        assert browser.get(url).status_code in (403, 404), name


def test_no_page_answers_at_another_site(clinic: SmallClinic) -> None:
    there = clinic.patient(Site.objects.create(name="South"))
    for role in ROLES:
        browser = clinic.client(role)
        for name in PAGES:
            if name not in OF_ENTRY:
                assert browser.get(address(name, there)).status_code in (403, 404), (role, name)


@pytest.mark.parametrize("role", ROLES)
def test_registering_is_for_those_who_may(clinic: SmallClinic, role: Role) -> None:
    status = clinic.client(role).get("/patients/new/").status_code
    assert status == (200 if role in RIGHTS[Action.REGISTER_PATIENT] else 403)


@pytest.mark.parametrize("role", [Role.PSYCHIATRIST, Role.OPERATOR, Role.COORDINATOR])
def test_a_button_that_is_shown_leads_to_a_page_that_opens(
    clinic: SmallClinic, patient: Patient, role: Role
) -> None:
    browser = clinic.client(role)
    own = {url for _name, url in _addresses(patient)}
    for name, url in _addresses(patient):
        if role not in RIGHTS[PAGES[name]] or name == "told_reading":
            continue
        page = browser.get(url).content.decode()
        for other in own:
            if f'href="{other}"' in page or f'href="{other}?' in page:
                assert browser.get(other).status_code == 200, (name, other)
