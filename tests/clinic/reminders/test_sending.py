"""Mails to a real server: they arrive, say nothing clinical, and never go out twice."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from clinic.conftest import SmallClinic
from clinic.reminders.conftest import TO, Mailing, chart
from clinic.reminders.smtp import HANG_UP, certificate
from euthymia.chart.appointment_facts import AppointmentMissed, AppointmentMoved, AppointmentReason
from euthymia.chart.follow_up_facts import FollowUpSet, ReminderSent
from euthymia.chart.intake_facts import ConsentDecision
from euthymia.clinic import clock
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind, Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.config.mail import Tls
from euthymia.clinic.records.identity_log import erase
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.projections import differences
from euthymia.clinic.records.services import record
from euthymia.clinic.reminders import letters, planning, sending
from euthymia.clinic.reminders.models import Claim, Mail, State, Why
from euthymia.clinic.reminders.troubles import troubles
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
        text = mail.get_payload(decode=True).decode().lower()  # type: ignore[union-attr]
        whole = f"{make_header(decode_header(mail['Subject']))} {text}".lower()
        for word in ("depress", "tms", "stimul", "session", "mood", "suicid", "dose", "phq",
                     "treatment", "example", patient.pseudonym.lower(), "scored"):  # fmt: skip
            assert word not in whole.replace(".example", "")
        assert mail["Subject"] == "A reminder"
        assert mail.get_content_type() == "text/plain"
        assert mail["List-Unsubscribe"].strip("<>") in text or mail["List-Unsubscribe"]


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


def follow_up(mailing: Mailing, patient: Patient, days: int = 0, **changes: Any) -> None:
    known = {"what": "Scored visit 1", "role": "coordinator", "month": 1, **changes}
    fact = FollowUpSet(due_on=clock.today() - timedelta(days=days), **known)
    record(mailing.clinic.who(Role.COORDINATOR), patient, fact, Action.SET_FOLLOW_UP)


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


@pytest.mark.parametrize(
    ("says", "state", "why", "again"),
    [
        ({"greeting": HANG_UP}, State.FAILED, Why.NO_ANSWER, True),
        ({"MAIL": "451 later"}, State.FAILED, Why.LATER, True),
        ({"RCPT": f"550 5.1.1 no {TO} here"}, State.FAILED, Why.ADDRESS, False),
        ({"DATA": HANG_UP}, State.FAILED, Why.NO_ANSWER, True),
        ({"DATA": "554 no"}, State.FAILED, Why.REFUSED, False),
        ({"TEXT": "552 too much"}, State.FAILED, Why.REFUSED, False),
        ({"TEXT": HANG_UP}, State.DOUBTFUL, Why.HUNG_UP, False),
    ],
)
def test_a_failure_is_told_and_loses_nothing(
    mailing: Mailing,
    caplog: pytest.LogCaptureFixture,
    says: dict[str, str],
    state: State,
    why: Why,
    again: bool,
) -> None:
    patient = mailing.patient(20)
    mailing.post.says = says
    with caplog.at_level(logging.DEBUG):
        mailing.run()
    mail = mailing.only_mail()
    assert (mail.state, mail.why, mail.again_at is not None) == (state, why, again)
    assert list(troubles([mailing.clinic.site.pk])) == [mail]
    assert not chart(patient).reminders
    assert TO not in caplog.text
    assert "example" not in caplog.text
    mailing.post.says = {}
    sending.retry(mailing.clinic.who(Role.COORDINATOR), mail)
    mailing.run()
    assert mailing.states() == ["recorded"]
    assert len(chart(patient).reminders) == 1
    assert not troubles([mailing.clinic.site.pk]).exists()


@pytest.mark.parametrize(
    ("tls", "user", "why"), [(Tls.STARTTLS, "", Why.TLS), (Tls.NONE, "ada", Why.LOGIN)]
)
def test_a_line_that_stays_open_or_knows_no_password_carries_no_mail(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, tls: Tls, user: str, why: Why
) -> None:
    how = mailing.post.by(tls, user)
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mail=how))
    mailing.patient(20)
    mailing.run()
    assert mailing.only_mail().why == why
    assert not [line for line in mailing.post.seen if line.upper().startswith(("MAIL", "RCPT"))]


@pytest.mark.parametrize("trusted", [True, False])
def test_mails_go_over_a_closed_line_to_a_server_that_is_the_one_it_says(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trusted: bool
) -> None:
    chain = certificate(tmp_path)
    mailing.post.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    mailing.post.tls.load_cert_chain(chain)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    how = mailing.post.by(Tls.STARTTLS)
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mail=how))
    mailing.patient(20)
    mailing.run()
    assert len(mailing.post.taken) == (1 if trusted else 0)
    assert mailing.states() == (["recorded"] if trusted else ["failed"])
    assert mailing.only_mail().why == ("" if trusted else Why.TLS)


def test_no_server_at_all_is_tried_again_later_and_then_no_more(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.patient(24)
    mailing.post.says = {"greeting": HANG_UP}
    moment = clock.now()
    for minutes in range(0, 600, 10):
        with clock.at(moment + timedelta(minutes=minutes)):
            mailing.run()
    mail = mailing.only_mail()
    assert mail.attempt == 1 + len(sending.AGAIN_AFTER)
    assert mail.again_at is None
    assert mail.state == State.FAILED


def test_a_server_that_is_away_is_asked_once_a_run_and_the_others_wait(mailing: Mailing) -> None:
    for _ in range(3):
        mailing.patient(20)
    mailing.post.says = {"greeting": HANG_UP}
    mailing.run()
    assert sorted(mailing.states()) == ["failed", "waiting", "waiting"]
    mailing.post.says = {}
    with clock.at(clock.now() + timedelta(minutes=6)):
        mailing.run()
    assert mailing.states() == ["recorded"] * 3


def test_an_appointment_that_is_over_is_reminded_of_no_more(mailing: Mailing) -> None:
    mailing.patient(2)
    mailing.post.says = {"greeting": HANG_UP}
    mailing.run()
    mailing.post.says = {}
    with clock.at(clock.now() + timedelta(hours=3)):
        mailing.run()
    assert mailing.post.taken == []
    assert mailing.only_mail().why == Why.OVER


def test_without_a_server_nothing_is_claimed(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mail=None))
    patient = mailing.patient(20)
    mailing.run()
    assert not is_due()
    assert Mail.objects.count() == 0
    assert "only recorded by hand" in planning.why_not(patient, chart(patient))


# Never twice ------------------------------------------------------------------------------------


class Crash(BaseException):
    """The program ends here."""


def _after(function: Callable[..., Any]) -> Callable[..., Any]:
    def crashing(*args: Any, **named: Any) -> Any:
        function(*args, **named)
        raise Crash

    return crashing


def _before(*args: Any, **named: Any) -> Any:
    raise Crash


STEPS = [
    (sending, "letter"),
    (sending, "_begin"),
    (sending, "deliver"),
    (sending, "_end"),
    (sending, "write_into_chart"),
    (sending, "record_all"),
    (planning, "_claims"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _module, name in STEPS])
def test_a_crash_at_any_step_never_sends_twice_and_is_never_forgotten(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, when: str
) -> None:
    patient = mailing.patient(23)
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(module, name, _before if when == "before" else _after(getattr(module, name)))
        mailing.run()
    for minutes in (1, 11, 21, 31):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            mailing.run()
    sent, told = len(mailing.post.taken), len(chart(patient).reminders)
    if mailing.states() == ["doubtful"]:
        assert sent <= 1
        assert told == 0
        assert troubles([mailing.clinic.site.pk]).get().why == Why.BROKEN_OFF
    else:
        assert mailing.states() == ["recorded"]
        assert (sent, told) == (1, 1)


def test_a_server_that_took_it_and_hung_up_is_not_asked_again(mailing: Mailing) -> None:
    mailing.patient(20)
    mailing.post.says = {"TEXT": "taken, and the line breaks"}
    for minutes in (0, 10, 300):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            mailing.run()
    assert len(mailing.post.taken) == 1
    assert mailing.states() == ["doubtful"]


def test_two_jobs_at_once_send_one_mail(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    mailing.patient(20)
    usual = sending.letter

    def meanwhile(*args: Any) -> Any:
        monkeypatch.setattr(sending, "letter", usual)
        mailing.run()  # the other job comes between looking and beginning
        return usual(*args)

    monkeypatch.setattr(sending, "letter", meanwhile)
    mailing.run()
    assert len(mailing.post.taken) == 1
    assert mailing.states() == ["recorded"]


def test_a_sender_that_was_thought_dead_still_tells_that_it_sent(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = mailing.patient(20)
    usual = sending.deliver

    def slow(*args: Any) -> Any:
        with clock.at(clock.now() + timedelta(hours=1)):
            sending.give_up_on_broken_off()
        return usual(*args)

    monkeypatch.setattr(sending, "deliver", slow)
    mailing.run()
    assert mailing.states() == ["recorded"]
    assert len(chart(patient).reminders) == 1


def test_who_agrees_anew_gets_no_mail_that_had_perhaps_been_sent(mailing: Mailing) -> None:
    patient = mailing.patient(20)
    mailing.post.says = {"TEXT": "taken, and the line breaks"}
    mailing.run()
    mailing.post.says = {}
    mailing.decide(patient, ConsentDecision.WITHDRAWN)
    sending.retry(mailing.clinic.who(Role.COORDINATOR), mailing.only_mail())
    mailing.run()
    mailing.decide(patient, ConsentDecision.GIVEN)
    mailing.run()
    assert len(mailing.post.taken) == 1
    assert mailing.only_mail().why == Why.NO_CONSENT


def test_who_has_a_mail_sent_again_too_early_decides_about_it(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.patient(20)
    usual = sending.deliver

    def slow(*args: Any) -> Any:
        monkeypatch.setattr(sending, "deliver", usual)
        with clock.at(clock.now() + timedelta(hours=1)):
            sending.give_up_on_broken_off()
        sending.retry(mailing.clinic.who(Role.COORDINATOR), mailing.only_mail())
        return usual(*args)

    monkeypatch.setattr(sending, "deliver", slow)
    mailing.run()
    assert mailing.states() == ["waiting"]  # the first sender's outcome changes nothing any more
    mailing.run()
    assert mailing.states() == ["recorded"]


def test_a_questionnaire_that_was_asked_for_goes_out_when_the_server_is_back(
    mailing: Mailing,
) -> None:
    patient = mailing.patient()
    planning.ask_for(mailing.clinic.who(Role.OPERATOR), patient, "questionnaire", "")
    mailing.post.says = {"greeting": HANG_UP}
    mailing.run()
    mailing.post.says = {}
    with clock.at(clock.now() + timedelta(days=9)):
        mailing.run()
        link = mailing.only_mail().link
        assert link is not None
        assert link.works_at(clock.now())
    assert len(mailing.post.taken) == 1


def test_after_a_restore_what_may_have_been_sent_before_is_left_to_a_person(
    mailing: Mailing,
) -> None:
    mailing.patient(20)
    note(EventKind.RESTORED, None)
    mailing.run()
    assert mailing.post.taken == []
    assert mailing.only_mail().why == Why.RESTORED
    mailing.patient(20 + 6)
    with clock.at(clock.now() + timedelta(hours=3)):
        mailing.run()
    assert len(mailing.post.taken) == 1  # its time came after the restore


def test_a_mail_whose_matter_was_taken_back_while_it_went_out_is_recorded_all_the_same(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = mailing.patient(20)
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(sending, "write_into_chart", _before)
        mailing.run()
    Claim.objects.update(reference="a9")  # an appointment that the chart does not know
    mailing.run()
    assert chart(patient).reminders[0].fact.about == "other"
    assert mailing.states() == ["recorded"]


def test_one_mail_that_cannot_be_written_keeps_no_other_back(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = mailing.patient(20), mailing.patient(21)
    usual = sending.letter

    def faulty(how: Any, mail: Mail, *more: Any) -> Any:
        if mail.patient_id == first.pk:
            raise ValueError(TO)
        return usual(how, mail, *more)

    monkeypatch.setattr(sending, "letter", faulty)
    mailing.run()
    assert sorted(mailing.states()) == ["failed", "recorded"]
    assert Mail.objects.get(patient=first).why == Why.FAULT


def test_a_message_keeps_its_number_through_every_try(mailing: Mailing) -> None:
    mailing.patient(20)
    mailing.post.says = {"TEXT": "taken, and the line breaks"}
    mailing.run()
    mailing.post.says = {}
    sending.retry(mailing.clinic.who(Role.COORDINATOR), mailing.only_mail())
    mailing.run()
    first, second = (mail["Message-ID"] for _to, mail in mailing.post.taken)
    assert first == second


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
