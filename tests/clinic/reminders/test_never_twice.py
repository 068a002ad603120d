"""Crashes, races and doubts: a mail never goes out twice, and none is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clinic.reminders.conftest import TO, Mailing, chart
from clinic.reminders.smtp import HANG_UP
from euthymia.chart.intake_facts import ConsentDecision
from euthymia.clinic import clock
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind, Role
from euthymia.clinic.reminders import planning, sending
from euthymia.clinic.reminders.models import Claim, Mail, Why
from euthymia.clinic.reminders.troubles import troubles


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
