"""What a mail server may answer, refuse or leave open: told to people, and nothing is lost."""

from __future__ import annotations

import logging
import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from clinic.reminders.conftest import TO, Mailing, chart
from clinic.reminders.smtp import HANG_UP, certificate
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.config.mail import Tls
from euthymia.clinic.reminders import planning, sending
from euthymia.clinic.reminders.models import Mail, State, Why
from euthymia.clinic.reminders.troubles import troubles
from euthymia.clinic.reminders.work import is_due


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
