"""The pages about mails: what they say, what they do, and the ways to have no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.reminders.conftest import TO, Mailing, chart
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.jobs.models import Job
from euthymia.clinic.jobs.services import start_due
from euthymia.clinic.records.models import Patient
from euthymia.clinic.reminders import letters
from euthymia.clinic.reminders.models import Mail, State
from euthymia.clinic.reminders.occasions import agreed
from euthymia.clinic.reminders.work import SEND_REMINDERS


def _page(clinic: SmallClinic, name: str, *arguments: object) -> str:
    answer = clinic.client(Role.COORDINATOR).get(reverse(name, args=arguments))
    assert answer.status_code == 200
    return answer.content.decode()


def _failed(mailing: Mailing) -> tuple[Patient, Mail]:
    patient = mailing.patient(20)
    mailing.post.says = {"RCPT": "550 nobody"}
    mailing.run()
    mailing.post.says = {}
    return patient, mailing.only_mail()


def test_the_page_says_why_a_patient_gets_no_mails(mailing: Mailing) -> None:
    assert "Off: no agreement" in _page(
        mailing.clinic, "reminders", mailing.patient(agrees=False).pk
    )
    assert "Off: no e-mail address" in _page(
        mailing.clinic, "reminders", mailing.patient(email="").pk
    )
    assert f"mails go to {TO}" in _page(mailing.clinic, "reminders", mailing.patient().pk)


def test_without_a_server_the_pages_say_that_reminders_are_recorded_by_hand(
    clinic: SmallClinic,
) -> None:
    said = "reminders are only recorded by hand"
    patient = clinic.patient()
    assert said in _page(clinic, "reminders", patient.pk)
    assert said in _page(clinic, "worklist")
    answer = clinic.client(Role.COORDINATOR).post(
        reverse("ask_for_reminder", args=[patient.pk]), {"about": "questionnaire"}
    )
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_button_on_the_appointment_has_the_job_send_the_mail(mailing: Mailing) -> None:
    patient = mailing.patient(70)
    page = _page(mailing.clinic, "patient_agenda", patient.pk)
    assert "Remind by e-mail" in page
    client = mailing.clinic.client(Role.OPERATOR)
    way = reverse("ask_for_reminder", args=[patient.pk])
    asked = {"about": "appointment", "reference": "a1"}
    assert client.post(way, asked).status_code == 302
    assert mailing.post.taken == []  # the page has not waited for the server
    assert Job.objects.get().kind == SEND_REMINDERS
    assert client.post(way, asked).status_code == 422
    mailing.run()
    assert len(mailing.post.taken) == 1
    (told,) = chart(patient).reminders
    assert told.entries[0].author.name == "Operator Example"
    assert "Remind by e-mail" not in _page(mailing.clinic, "patient_agenda", patient.pk)
    assert "Operator Example" in _page(mailing.clinic, "reminders", patient.pk)


def test_the_worklist_tells_what_did_not_go_out_and_lets_it_be_sent_again(
    mailing: Mailing,
) -> None:
    patient, mail = _failed(mailing)
    page = _page(mailing.clinic, "worklist")
    assert "1 reminder by e-mail did not go out" in page
    office = mailing.clinic.client(Role.ADMINISTRATOR).get(reverse("office")).content.decode()
    assert "1 did not go out" in office
    assert "it may not exist" in page
    assert "(550)" in page
    client = mailing.clinic.client(Role.COORDINATOR)
    client.post(reverse("retry_reminder", args=[patient.pk, mail.pk]))
    mailing.run()
    assert len(mailing.post.taken) == 1
    assert "did not go out" not in _page(mailing.clinic, "worklist")
    again = client.post(reverse("retry_reminder", args=[patient.pk, mail.pk]))
    assert again.status_code == 422  # it is sent


def test_what_is_settled_by_hand_is_never_sent(mailing: Mailing) -> None:
    patient, mail = _failed(mailing)
    client = mailing.clinic.client(Role.COORDINATOR)
    client.post(reverse("settle_reminder", args=[patient.pk, mail.pk]))
    mailing.run()
    assert mailing.states() == [State.SETTLED.value]
    assert mailing.post.taken == []
    assert "did not go out" not in _page(mailing.clinic, "worklist")


def test_a_mail_of_another_patient_is_not_found(mailing: Mailing) -> None:
    _patient, mail = _failed(mailing)
    way = reverse("retry_reminder", args=[mailing.clinic.patient().pk, mail.pk])
    assert mailing.clinic.client(Role.COORDINATOR).post(way).status_code == 404


def test_workers_start_the_job_when_it_is_time_and_not_over_and_over(mailing: Mailing) -> None:
    assert start_due() == 0
    mailing.patient(20)
    assert start_due() == 1
    assert start_due() == 0
    assert Job.objects.get().started_by is None


# Having no more ---------------------------------------------------------------------------------


def _stop_way(mailing: Mailing) -> tuple[Patient, str]:
    patient = mailing.patient(20)
    mailing.run()
    found = re.search(r"https://clinic\.example(/mail/stop/\S+)", mailing.post.texts[0])
    assert found is not None
    return patient, found[1]


def test_looking_at_the_address_in_a_mail_stops_nothing_and_says_nothing(mailing: Mailing) -> None:
    patient, way = _stop_way(mailing)
    answer = Client().get(way)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert agreed(chart(patient))
    for word in (patient.pseudonym, "Synthetic", "28 Nov", TO):
        assert word not in page


@pytest.mark.parametrize("sent", [{}, {"List-Unsubscribe": "One-Click"}])
def test_sending_the_form_stops_the_mails_without_logging_in(
    mailing: Mailing, sent: dict[str, str]
) -> None:
    patient, way = _stop_way(mailing)
    client = Client(enforce_csrf_checks=True)  # a mail program has no cookie
    assert client.post(way, sent).status_code == 200
    assert not agreed(chart(patient))
    assert client.post(way, sent).status_code == 200  # twice is no fault
    withdrawn = [each for each in chart(patient).consents if each.fact.decision == "withdrawn"]
    (entry,) = withdrawn[0].entries
    assert (entry.author.name, entry.author.role) == (f"patient {patient.pseudonym}", "patient")
    assert client.get("/me/").status_code == 302  # nobody was logged in by it
    mailing.appoint(patient, 21)
    mailing.run()
    assert len(mailing.post.taken) == 1


@pytest.mark.parametrize("change", [lambda t: t[:-1] + "x", lambda t: "x", lambda t: t[1:]])
def test_an_address_that_was_not_signed_here_stops_nothing(
    mailing: Mailing, change: Callable[[str], str]
) -> None:
    patient, way = _stop_way(mailing)
    wrong = f"/mail/stop/{change(way.split('/')[-2])}/"
    assert Client().post(wrong).status_code == 404
    assert agreed(chart(patient))


def test_a_link_to_the_own_page_is_no_address_that_stops_mails(mailing: Mailing) -> None:
    patient, way = _stop_way(mailing)
    token = way.split("/")[-2]
    assert letters.mail_of(token) is not None
    assert Client().get(f"/me/in/{token}/").status_code == 404
    assert agreed(chart(patient))


def test_a_patient_sees_the_choice_and_switches_the_mails_off(mailing: Mailing) -> None:
    patient = mailing.patient()
    client = Client()
    client.force_login(mailing.clinic.account_of(patient))
    assert "Reminders by e-mail: on" in client.get("/me/").content.decode()
    assert client.post(reverse("own_reminders_off")).status_code == 302
    page = client.get("/me/").content.decode()
    assert "Reminders by e-mail: off" in page
    assert "Switch them off" not in page
    assert not agreed(chart(patient))


def test_the_own_page_promises_no_mails_where_none_are_sent(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mail=None))
    client = Client()
    client.force_login(mailing.clinic.account_of(mailing.patient()))
    assert "by e-mail" not in client.get("/me/").content.decode()


def test_the_agreement_is_recorded_with_the_other_consents(mailing: Mailing) -> None:
    patient = mailing.patient(agrees=False)
    known = {
        "about": "reminders_by_email",
        "decision": "given",
        "decided_on": clock.today().isoformat(),
        "version": "2026-01",
        "decided_by": "patient",
    }
    mailing.clinic.client(Role.COORDINATOR).post(reverse("consent", args=[patient.pk]), known)
    assert agreed(chart(patient))
    assert "reminders by e-mail" in _page(mailing.clinic, "intake", patient.pk)
