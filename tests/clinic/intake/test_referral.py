"""Referral, consents, notes and identity of a registered patient."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, errors_of, send, text_of
from euthymia.chart.intake_facts import ConsentAbout, ConsentDecision, NoteTopic
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.records.models import Identity, IdentityLine, LedgerEntry, Patient


@pytest.fixture
def browser(clinic: SmallClinic) -> Client:
    return clinic.client(Role.COORDINATOR)


def _consent(browser: Client, patient: Patient, **change: Any) -> Any:
    sent = {
        "about": "treatment", "decision": "given", "decided_on": clock.today().isoformat(),
        "version": "2026-03", "decided_by": "patient", "note": "",
    }  # fmt: skip
    return send(browser, address("consent", patient), **{**sent, **change})


def test_a_referral_is_recorded_and_shown(browser: Client, patient: Patient) -> None:
    answer = send(
        browser, address("referral", patient), referred_by="Lakeside", question="TMS?",
        received_on="2026-10-01", urgency="urgent", referral_note="call back",
    )  # fmt: skip
    assert answer.status_code == 302
    referral = chart_now(patient).referral
    assert referral is not None
    assert (referral.fact.urgency, referral.fact.note) == ("urgent", "call back")
    assert "Lakeside urgent TMS? call back" in text_of(browser.get(address("intake", patient)))


def test_consent_is_given_and_withdrawn(browser: Client, patient: Patient) -> None:
    assert _consent(browser, patient).status_code == 302
    assert chart_now(patient).consents_to(ConsentAbout.TREATMENT)
    assert _consent(browser, patient, decision="withdrawn").status_code == 302
    chart = chart_now(patient)
    assert not chart.consents_to(ConsentAbout.TREATMENT)
    assert chart.consent(ConsentAbout.TREATMENT).fact.decision is ConsentDecision.WITHDRAWN  # type: ignore[union-attr]
    assert "Treatment with TMS withdrawn" in text_of(browser.get(address("intake", patient)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decision": "withdrawn"}, "__all__"),
        ({"version": " "}, "version"),
        ({"decided_on": "2099-01-01"}, "decided_on"),
        ({"about": "everything"}, "about"),
    ],
)
def test_a_consent_that_cannot_be_is_refused_and_nothing_is_lost(
    browser: Client, patient: Patient, change: dict[str, str], field: str
) -> None:
    before = LedgerEntry.objects.count()
    answer = _consent(browser, patient, note="spoke with her", **change)
    assert answer.status_code == 422
    assert field in errors_of(answer)
    assert "spoke with her" in answer.content.decode()
    assert LedgerEntry.objects.count() == before


def test_a_note_is_written_by_who_may(clinic: SmallClinic, patient: Patient) -> None:
    browser = clinic.client(Role.OPERATOR)
    sent = {"topic": "safety", "text": "Called the sister.\nShe will come along."}
    assert send(browser, address("note", patient), **sent).status_code == 302
    (note,) = chart_now(patient).notes
    assert (note.fact.topic, note.entries[0].author.role) == (NoteTopic.SAFETY, "operator")
    assert "She will come along." in text_of(browser.get(address("intake", patient)))


def test_markup_in_a_note_stays_text(clinic: SmallClinic, patient: Patient) -> None:
    browser = clinic.client(Role.OPERATOR)
    send(browser, address("note", patient), topic="other", text="<script>alert(1)</script>")
    assert b"<script>alert" not in browser.get(address("intake", patient)).content


def test_changing_the_identity_leaves_the_chart_alone_and_is_logged(
    browser: Client, patient: Patient
) -> None:
    before = LedgerEntry.objects.count()
    new = {"family_name": "Newname", "phone": "555 0199", "why": "changed"}
    answer = send(browser, address("identity", patient), **new)
    assert answer.status_code == 302
    assert Identity.objects.get(patient=patient).family_name == "Newname"
    assert LedgerEntry.objects.count() == before
    page = text_of(browser.get(address("identity", patient)))
    assert "added: phone; changed: family name" in page
    assert "something about the patient has changed" in page
    assert send(browser, address("identity", patient), **new).status_code == 302
    assert IdentityLine.objects.filter(patient=patient).count() == 2  # nothing was changed again


def test_an_identity_is_changed_for_a_reason_only(browser: Client, patient: Patient) -> None:
    answer = send(browser, address("identity", patient), family_name="Newname")
    assert answer.status_code == 422
    assert "why" in errors_of(answer)
    assert "Newname" in answer.content.decode()
    assert Identity.objects.get(patient=patient).family_name == "Example"


def test_an_operator_sees_who_it_is_but_changes_nothing(
    clinic: SmallClinic, patient: Patient
) -> None:
    page = text_of(clinic.client(Role.OPERATOR).get(address("intake", patient)))
    assert "Example, Synthetic" in page
    assert "Record a decision" not in page
    assert "Record a referral" not in page
