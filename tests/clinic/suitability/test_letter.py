"""The letter: the engine's own, stored once, signed only when ready and with the password."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, errors_of, hidden, send, text_of
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.intake_facts import AuthorizationStatus
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records.documents import content_of
from euthymia.clinic.records.models import Document, LedgerEntry, Patient
from euthymia.clinic.records.services import record

PAYER = "medicare-l34998-l34522"
PASSWORD = "correct horse battery"


@pytest.fixture
def patient(candidate: Patient) -> Patient:
    return candidate


@pytest.fixture
def doctor(clinic: SmallClinic) -> Client:
    user = clinic.people[Role.PSYCHIATRIST]
    user.set_password(PASSWORD)
    user.save()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return clinic.client(Role.PSYCHIATRIST)


def _url(patient: Patient) -> str:
    return f"{address('letter', patient)}?payer={PAYER}"


def _sign(browser: Client, patient: Patient, password: str = PASSWORD, **change: str) -> Any:
    page = browser.get(_url(patient))
    sent = {**hidden(page.content.decode()), "password": password, "sign": "1", **change}
    return browser.post(address("letter", patient), sent)


def test_the_letter_on_the_page_is_the_engines_sentence_by_sentence(
    doctor: Client, patient: Patient
) -> None:
    page = doctor.get(_url(patient))
    letter, said = page.context["letter"], text_of(page)
    assert letter.ready
    assert letter.statements
    for statement in letter.statements:
        assert " ".join(statement.text.split()) in said
    for task in letter.tasks:
        assert task.what in said
    assert "SYNTHETIC PATIENT" in said


def test_a_stored_letter_is_a_pdf_and_the_same_letter_one_file(
    doctor: Client, patient: Patient
) -> None:
    for _ in range(2):
        answer = doctor.post(address("letter", patient), {"payer": PAYER, "pdf": "1"})
        assert answer.status_code == 302
    (document,) = Document.objects.all()
    assert content_of(document).startswith(b"%PDF")
    assert doctor.get(answer["Location"])["Content-Type"] == "application/pdf"


def test_a_signature_binds_to_the_stored_pdf_and_names_who_and_when(
    doctor: Client, patient: Patient
) -> None:
    assert _sign(doctor, patient).status_code == 302
    (signed,) = chart_now(patient).letters_signed
    (document,) = Document.objects.all()
    assert signed.fact.document_sha256 == document.sha256
    assert (signed.fact.payer, signed.fact.dated) == (PAYER, date(2026, 12, 28))
    assert signed.entries[0].author.role == "psychiatrist"
    said = text_of(doctor.get(address("letter", patient)))
    assert "signed Psychiatrist Example, 28 Dec 2026" in said.replace("\xa0", " ")


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " "])
def test_without_the_own_password_nothing_is_signed(
    doctor: Client, patient: Patient, password: str
) -> None:
    before = LedgerEntry.objects.count()
    answer = _sign(doctor, patient, password)
    assert answer.status_code == 422
    assert "password" in errors_of(answer)
    assert (LedgerEntry.objects.count(), Document.objects.count()) == (before, 0)


def test_without_a_second_factor_nothing_is_signed(doctor: Client, patient: Patient) -> None:
    Authenticator.objects.all().delete()
    answer = _sign(doctor, patient)
    assert "second factor" in str(errors_of(answer)["password"])
    assert chart_now(patient).letters_signed == ()


def test_tries_are_limited_and_then_even_the_right_password_is_refused(
    doctor: Client, patient: Patient
) -> None:
    for _ in range(10):
        _sign(doctor, patient, "wrong")
    answer = _sign(doctor, patient)
    assert "too many tries" in str(errors_of(answer)["password"])
    assert chart_now(patient).letters_signed == ()


def test_sent_twice_it_is_signed_once(doctor: Client, patient: Patient) -> None:
    page = doctor.get(_url(patient))
    sent = {**hidden(page.content.decode()), "password": PASSWORD, "sign": "1"}
    codes = [doctor.post(address("letter", patient), sent).status_code for _ in range(2)]
    assert codes == [302, 302]
    assert len(chart_now(patient).letters_signed) == 1


def test_a_chart_that_has_changed_is_read_again_before_signing(
    doctor: Client, clinic: SmallClinic, patient: Patient
) -> None:
    page = doctor.get(_url(patient))
    sent = {**hidden(page.content.decode()), "password": PASSWORD, "sign": "1"}
    fact = ScaleFilled(score=ScaleScore("phq9", date(2026, 12, 20), total=21))
    record(clinic.who(Role.OPERATOR), patient, fact, Action.RECORD_SCALE)
    answer = doctor.post(address("letter", patient), sent)
    assert "The chart has changed since the letter was shown" in text_of(answer)
    assert chart_now(patient).letters_signed == ()


def test_a_draft_is_not_signed(doctor: Client, clinic: SmallClinic, patient: Patient) -> None:
    items = (1, 1, 1, 1, 1, 1, 1, 1, 1)
    fact = ScaleFilled(score=ScaleScore("phq9", date(2026, 12, 20), items=items))
    record(clinic.who(Role.OPERATOR), patient, fact, Action.RECORD_SCALE)
    page = doctor.get(_url(patient))
    assert "DRAFT" in text_of(page)
    assert "First: the patient's safety" in text_of(page)
    head = page.context["head"]
    answer = _sign(doctor, patient, head=head, payer=PAYER)
    assert "It is a draft" in text_of(answer)
    assert chart_now(patient).letters_signed == ()


def test_a_coordinator_makes_letters_and_signs_none(clinic: SmallClinic, patient: Patient) -> None:
    browser = clinic.client(Role.COORDINATOR)
    page = browser.get(_url(patient))
    assert "Sign the letter" not in text_of(page)
    sent = {"payer": PAYER, "sign": "1", "password": "x", "head": page.context["head"]}
    assert browser.post(address("letter", patient), sent).status_code == 403
    assert browser.post(address("letter", patient), {"payer": PAYER, "pdf": "1"}).status_code == 302


@pytest.mark.parametrize("payer", ["nobody", "<script>"])
def test_an_unknown_payer_is_said_with_the_known_ones(
    doctor: Client, patient: Patient, payer: str
) -> None:
    page = doctor.get(address("letter", patient), {"payer": payer})
    assert "no rule of this payer is on record" in text_of(page)
    assert b"<script>'" not in page.content


def test_a_chart_that_asks_for_no_plan_has_no_letter_and_says_why(
    doctor: Client, clinic: SmallClinic
) -> None:
    said = text_of(doctor.get(_url(clinic.patient())))
    assert "so it needs to know what is to be planned" in said


def test_where_the_authorization_stands_is_recorded_and_shown(
    doctor: Client, patient: Patient
) -> None:
    url = address("authorization", patient)
    asked = {"payer": PAYER, "status": "requested", "on": "2026-12-20"}
    assert send(doctor, url, **asked).status_code == 302
    granted = {"payer": PAYER, "status": "approved", "on": "2026-12-27", "sessions_allowed": "36",
               "reference": "A-17", "valid_until": "2027-06-30"}  # fmt: skip
    assert send(doctor, url, **granted).status_code == 302
    standing = chart_now(patient).authorization
    assert standing is not None
    assert standing.fact.status is AuthorizationStatus.APPROVED
    said = text_of(doctor.get(url)).replace("\xa0", " ").replace(" ;", ";")
    assert "approved 27 Dec 2026; 36 sessions" in said
    assert doctor.get(url).context["form"]["reference"].value() == "A-17"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sessions_allowed": "36"}, "__all__"),
        ({"payer": " "}, "payer"),
        ({"status": "lost"}, "status"),
        ({"on": "2099-01-01"}, "on"),
        (
            {"status": "approved", "valid_from": "2027-02-01", "valid_until": "2027-01-01"},
            "__all__",
        ),
    ],
)
def test_an_authorization_that_cannot_be_is_refused(
    doctor: Client, patient: Patient, change: dict[str, str], field: str
) -> None:
    sent = {"payer": PAYER, "status": "requested", "on": "2026-12-20", "note": "by fax", **change}
    answer = send(doctor, address("authorization", patient), **sent)
    assert field in errors_of(answer), errors_of(answer)
    assert "by fax" in answer.content.decode()
    assert chart_now(patient).authorization is None
