"""Mails to a real server: they arrive when they should, and say nothing clinical."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from typing import Any

import pytest
from django.conf import settings

from clinic.conftest import SmallClinic
from clinic.portal.reading import grade
from clinic.portal.test_plain_words import HARDEST_GRADE
from clinic.reminders.conftest import TO, Mailing, chart, follow_up
from euthymia.chart.appointment_facts import AppointmentMissed, AppointmentMoved, AppointmentReason
from euthymia.chart.follow_up_facts import ReminderSent
from euthymia.chart.intake_facts import ConsentDecision
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records.identity_log import erase
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.projections import differences
from euthymia.clinic.records.services import record
from euthymia.clinic.reminders import letters, planning
from euthymia.clinic.reminders.models import Mail, Why
from euthymia.clinic.reminders.work import is_due


def test_the_day_before_a_mail_goes_out_and_stands_in_the_chart(mailing: Mailing) -> None:
    patient = mailing.patient(20)
    mailing.run()
    (to, mail), (text,) = mailing.post.taken[0], mailing.post.texts
    assert to == TO
    assert "28 November 2026, 08:00" in text
    assert "555 0100" in text
    (told,) = chart(patient).reminders
    assert (told.fact.channel, told.fact.about, told.fact.appointment) == (
        "email",
        "appointment",
        "a1",
    )
    assert told.entries[0].author.role == "program"
    assert mailing.states() == ["recorded"]
    assert not list(differences(Patient.objects.get(pk=patient.pk), chart(patient)))
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_says_nothing_about_the_illness_or_who_it_is(mailing: Mailing) -> None:
    patient = mailing.patient(20)
    follow_up(mailing, patient)
    planning.ask_for(mailing.clinic.who(Role.OPERATOR), patient, "questionnaire", "")
    mailing.run()
    assert len(mailing.post.taken) == 3
    for _to, mail in mailing.post.taken:
        text = mail.get_payload(decode=True).decode()  # type: ignore[union-attr]
        whole = f"{make_header(decode_header(mail['Subject']))} {text}".lower()
        for word in ("depress", "tms", "stimul", "session", "mood", "suicid", "dose", "phq",
                     "treatment", "example", patient.pseudonym.lower(), "scored"):  # fmt: skip
            assert word not in whole.replace(".example", "")
        assert mail["Subject"] == "A reminder"
        assert mail.get_content_type() == "text/plain"
        assert "".join(mail["List-Unsubscribe"].split()).strip("<>") in text
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert grade(re.sub(r"https?://\S+", "", text)) <= HARDEST_GRADE


def test_appointments_of_one_day_share_one_mail_and_have_an_entry_each(mailing: Mailing) -> None:
    patient = mailing.patient(20, 22, 26, 44)
    mailing.run()
    (text,) = mailing.post.texts
    assert text.count("28 November 2026") == 3
    assert [each.fact.appointment for each in chart(patient).reminders] == ["a1", "a2", "a3"]


def test_nobody_is_written_to_too_early_or_at_night_or_without_agreement(mailing: Mailing) -> None:
    mailing.patient(25)
    mailing.patient(20, agrees=False)
    mailing.patient(20, email="")
    mailing.run()
    with clock.at(clock.now() + timedelta(hours=14)):
        mailing.run()  # at two o'clock in the morning the first one's day has come
    assert mailing.post.taken == []
    assert Mail.objects.count() == 0


def test_a_site_says_how_long_before(mailing: Mailing) -> None:
    mailing.clinic.site.remind_hours = 72
    mailing.clinic.site.save()
    mailing.patient(70)
    mailing.run()
    assert len(mailing.post.taken) == 1


def test_who_takes_the_agreement_back_gets_no_mail_that_was_on_its_way(mailing: Mailing) -> None:
    patient = mailing.patient(20)
    planning.claim_due()
    mailing.decide(patient, ConsentDecision.WITHDRAWN)
    mailing.run()
    assert mailing.post.taken == []
    assert mailing.only_mail().why == Why.NO_CONSENT
    mailing.decide(patient, ConsentDecision.GIVEN)
    mailing.run()
    assert len(mailing.post.taken) == 1  # it was never sent, so it may be now


def test_an_erased_identity_leaves_nobody_to_write_to(mailing: Mailing) -> None:
    patient = mailing.patient(20)
    planning.claim_due()
    erase(mailing.clinic.who(Role.ADMINISTRATOR), patient, "asked for")
    mailing.run()
    assert mailing.post.taken == []
    assert mailing.only_mail().why == Why.NO_ADDRESS


def test_a_moved_appointment_is_another_and_a_called_off_one_is_none(mailing: Mailing) -> None:
    patient = mailing.patient(20, 21)
    who = mailing.clinic.who(Role.COORDINATOR)
    off = AppointmentMissed(appointment="a2", reason=AppointmentReason.PATIENT)
    record(who, patient, off, Action.RECORD_MISSED)
    mailing.run()
    assert mailing.post.texts[0].count("November") == 1
    with clock.at(clock.now() + timedelta(hours=1)):
        start = clock.now() + timedelta(hours=22)
        moved = AppointmentMoved(appointment="a1", start=start, reason=AppointmentReason.CLINIC)
        record(who, patient, moved, Action.SET_APPOINTMENTS)
        mailing.run()
        mailing.run()
    assert len(mailing.post.taken) == 2
    assert "11:00" in mailing.post.texts[1]


def test_who_was_called_about_an_appointment_gets_no_mail(mailing: Mailing) -> None:
    patient = mailing.patient(20)
    called = ReminderSent(
        sent_at=clock.now(), channel="phone", about="appointment", appointment="a1"
    )
    record(mailing.clinic.who(Role.COORDINATOR), patient, called, Action.DO_FOLLOW_UP)
    assert not is_due()
    mailing.run()
    assert mailing.post.taken == []


def test_a_follow_up_is_written_about_once_and_none_that_is_long_past(mailing: Mailing) -> None:
    patient = mailing.patient()
    follow_up(mailing, patient)
    follow_up(mailing, patient, days=8)
    follow_up(mailing, patient, month=None, role="psychiatrist")  # with a colleague, perhaps
    for days in range(3):
        with clock.at(clock.now() + timedelta(days=days)):
            mailing.run()
    assert len(mailing.post.taken) == 1
    assert chart(patient).reminders[0].fact.about == "follow_up"


def test_a_questionnaire_comes_with_a_link_that_opens_the_own_page(mailing: Mailing) -> None:
    patient = mailing.patient()
    planning.ask_for(mailing.clinic.who(Role.OPERATOR), patient, "questionnaire", "")
    mailing.run()
    link = mailing.only_mail().link
    assert link is not None
    assert link.until == clock.now() + letters.LINK_LASTS
    assert f"/me/in/{letters.token_of(link)}/" in mailing.post.texts[0]
    assert chart(patient).reminders[0].entries[0].author.role == "operator"
    with pytest.raises(Exception, match="has had one"):
        planning.ask_for(mailing.clinic.who(Role.OPERATOR), patient, "questionnaire", "")


# When the server does not do as it should -------------------------------------------------------


def test_in_an_example_clinic_mails_go_into_a_folder(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    how = replace(mailing.post.mail, server=None)
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mail=how, home=tmp_path))
    mailing.patient(20)
    mailing.run()
    (file,) = (tmp_path / "mails").iterdir()
    assert f"To: {TO}" in file.read_text()
    assert mailing.post.taken == []
    assert mailing.states() == ["recorded"]


def test_the_small_clinic_has_no_mail_of_its_own(clinic: SmallClinic) -> None:
    assert settings.PLACE.mail is None
