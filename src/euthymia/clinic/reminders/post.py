"""Handing a mail to the server step by step, so that it is known whether the server has it.

Nothing here raises and nothing logs: what a server says may hold the patient's address.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path

from django.core.mail import EmailMessage, get_connection

from euthymia.clinic.config.mail import Mail, Server, Tls
from euthymia.clinic.reminders.models import Why

STEP_WITHIN_S = 20.0
"""So long the server may take for each answer."""
_GOOD, _GO_ON, _REFUSED = 250, 354, 500
_NO_LOGIN = 502


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: sent, surely not sent, or (`doubtful`) nobody knows.

    for_now: it is worth another try. code: the server's three digits.
    """

    sent: bool = False
    doubtful: bool = False
    for_now: bool = False
    why: Why | None = None
    code: int | None = None


def deliver(how: Mail, folder: Path, message: EmailMessage) -> Outcome:
    """Send one mail to one address; into the folder where there is no server."""
    if how.server is None:
        return _file(folder, message)
    try:
        smtp = _open(how.server)
    except smtplib.SMTPAuthenticationError as refused:
        return Outcome(for_now=True, why=Why.LOGIN, code=refused.smtp_code)
    except (ssl.SSLError, smtplib.SMTPNotSupportedError):
        return Outcome(for_now=True, why=Why.TLS)
    except (OSError, smtplib.SMTPException):
        return Outcome(for_now=True, why=Why.NO_ANSWER)
    try:
        return _hand_over(smtp, message)
    finally:
        smtp.close()


def _file(folder: Path, message: EmailMessage) -> Outcome:
    try:
        backend = "django.core.mail.backends.filebased.EmailBackend"
        get_connection(backend, file_path=str(folder)).send_messages([message])
    except OSError:
        return Outcome(doubtful=True, why=Why.BROKEN_OFF)
    return Outcome(sent=True)


def _open(server: Server) -> smtplib.SMTP:
    """A conversation that is closed to others and known to the server, before any mail."""
    context = ssl.create_default_context()
    if server.tls is Tls.IMPLICIT:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=STEP_WITHIN_S, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=STEP_WITHIN_S)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.tls is Tls.STARTTLS:
            smtp.starttls(context=context)
            smtp.ehlo()
        if server.user:
            _log_in(smtp, server)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _log_in(smtp: smtplib.SMTP, server: Server) -> None:
    try:
        smtp.login(server.user, server.password)
    except smtplib.SMTPNotSupportedError:  # it asks nobody who they are, or in no way known here
        raise smtplib.SMTPAuthenticationError(_NO_LOGIN, "") from None


def _hand_over(smtp: smtplib.SMTP, message: EmailMessage) -> Outcome:
    try:
        refused = _announce(smtp, message)
    except (OSError, smtplib.SMTPException):
        return Outcome(for_now=True, why=Why.NO_ANSWER)  # it has not got a word of it
    except UnicodeError:
        return Outcome(why=Why.ADDRESS)  # letters that no mail server takes
    if refused is not None:
        return refused
    try:
        smtp.send(_body(message))
        code, _said = smtp.getreply()
    except (OSError, smtplib.SMTPException):
        return Outcome(doubtful=True, why=Why.HUNG_UP)
    if code != _GOOD:
        return _refused(Why.REFUSED, code)
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    return Outcome(sent=True, code=code)


def _announce(smtp: smtplib.SMTP, message: EmailMessage) -> Outcome | None:
    """Say from whom and to whom; None if the server waits for the text."""
    (to,) = message.to
    code, _said = smtp.mail(message.from_email)
    if code != _GOOD:
        return _refused(Why.REFUSED, code)
    code, _said = smtp.rcpt(to)
    if code not in (_GOOD, _GOOD + 1):
        return _refused(Why.ADDRESS, code)
    code, _said = smtp.docmd("DATA")
    if code != _GO_ON:
        return _refused(Why.REFUSED, code)
    return None


def _refused(why: Why, code: int) -> Outcome:
    """What a server refuses for the moment (4xx) is worth another try."""
    if code < _REFUSED:
        return Outcome(for_now=True, why=Why.LATER, code=code)
    return Outcome(why=why, code=code)


def _body(message: EmailMessage) -> bytes:
    """The text as it goes over the line: CR LF, dots at the beginning of a line doubled."""
    lines = re.sub(rb"\r?\n", b"\r\n", message.message().as_bytes().rstrip() + b"\n")
    return re.sub(rb"(?m)^\.", b"..", lines) + b".\r\n"
