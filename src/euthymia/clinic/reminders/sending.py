"""Sending what is claimed: written down before and after, never twice, and recorded in the chart.

A mail that was being sent when the program ended may have gone out. It is not sent again by itself:
somebody who asks the patient, or takes the risk of a second one, decides.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, cast
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from euthymia.chart.follow_up_facts import ReminderSent
from euthymia.clinic import clock
from euthymia.clinic.accounts.identify import who_is
from euthymia.clinic.accounts.policy import PROGRAM, Action, Who, can, check
from euthymia.clinic.portal import links
from euthymia.clinic.portal.models import Kind
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import Wanted, record_all
from euthymia.clinic.reminders.letters import LINK_LASTS, letter, needs_link
from euthymia.clinic.reminders.models import About, Claim, Mail, State, Why
from euthymia.clinic.reminders.occasions import Reason, agreed, reasons
from euthymia.clinic.reminders.planning import ASKED, address_of, asked_for
from euthymia.clinic.reminders.post import Outcome, deliver
from euthymia.core.errors import EuthymiaError, InputError
from euthymia.core.progress import Progress, stage

_About: TypeAlias = Literal["appointment", "questionnaire", "follow_up"]
LOG = logging.getLogger("euthymia.reminders")

AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240))
"""So long after each failure that may pass a mail is tried again by itself; then by hand only."""
IDLE = (State.WAITING, State.FAILED)
"""Nothing is on its way, and nothing has gone out."""
OPEN = (State.FAILED, State.DOUBTFUL)
"""Somebody is to look at these."""
SENDING_LASTS = timedelta(minutes=10)
"""So long a mail may be on its way; each step waits 20 s at most, and there are about ten."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a run."""

    sent: int
    not_sent: int


def send_waiting(progress: Progress) -> Sent:
    """Send every mail that waits, and write into charts what went out before."""
    give_up_on_broken_off()
    for mail in to_record(clock.now()).select_related("patient", "asked_by").order_by("made_at"):
        write_into_chart(mail)
    todo = list(to_send(clock.now()).values_list("pk", flat=True).order_by("made_at"))
    sent = failed = 0
    with stage(progress, "Sending reminders", len(todo)) as step:
        for key in todo:
            state, why = _send_or_fail(key)
            sent += state is State.RECORDED
            failed += state in (State.FAILED, State.DOUBTFUL)
            step.advance(1)
            if why in (Why.NO_ANSWER, Why.LOGIN, Why.TLS, Why.HUNG_UP):
                break  # it will say the same to the others: they wait
    return Sent(sent, failed)


def to_send(moment: datetime) -> QuerySet[Mail]:
    """Mails that wait, and those that failed and are worth another try by now."""
    return Mail.objects.filter(Q(state=State.WAITING) | Q(state=State.FAILED, again_at__lte=moment))


def to_record(moment: datetime) -> QuerySet[Mail]:
    """Mails that went out and that the chart does not know of yet."""
    return Mail.objects.filter(Q(again_at=None) | Q(again_at__lte=moment), state=State.SENT)


def give_up_on_broken_off() -> int:
    """Mails whose sender is gone: whether they went out, nobody knows. How many."""
    broken_off = Mail.objects.filter(state=State.SENDING, began_at__lt=clock.now() - SENDING_LASTS)
    return broken_off.update(state=State.DOUBTFUL, why=Why.BROKEN_OFF, perhaps_sent=True)


def _send_or_fail(mail_id: UUID) -> tuple[State, Why | None]:
    """A fault of the program about one mail keeps none of the others back."""
    try:
        return send(mail_id)
    except Exception:
        LOG.exception("mail %s could not be written", mail_id)
        idle = Mail.objects.filter(pk=mail_id, state__in=IDLE)
        idle.update(state=State.FAILED, why=Why.FAULT, again_at=None)
        return State.FAILED, Why.FAULT


def send(mail_id: UUID) -> tuple[State, Why | None]:
    """Send one mail, whatever becomes of it; its state after that, and why it did not go out."""
    joined = Mail.objects.select_related("patient", "patient__site", "asked_by", "link")
    mail = joined.get(pk=mail_id)
    how, standing = settings.PLACE.mail, _standing(mail)
    why = _why_drop(mail, standing)
    if how is None or why is not None:
        return _drop(mail, why or Why.NOT_SET), None
    if needs_link(mail.about) and not (mail.link and mail.link.works_at(clock.now())):
        mail.link = links.make(PROGRAM, mail.patient, Kind.PAGES, LINK_LASTS)
        mail.save(update_fields=["link"])
    message = letter(how, mail, address_of(mail.patient), standing)
    if not _begin(mail):
        return State(mail.state), None  # another worker has it
    outcome = deliver(how, settings.PLACE.mails, message)
    _end(mail, outcome)
    if mail.state == State.SENT:
        write_into_chart(mail)
    elif not outcome.sent:
        # No word about whom: the number of the mail leads there for who may look.
        LOG.warning("mail %s did not go out: %s %s", mail.pk, outcome.why, outcome.code)
    return State(mail.state), outcome.why


def write_into_chart(mail: Mail) -> None:
    """Record that the patient was reminded; done again after a crash, it is recorded once."""
    assert mail.sent_at is not None  # only what was sent is recorded
    who = _author(mail)
    try:
        record_all(who, mail.patient, _facts(mail), Action.SEND_REMINDER)
    except EuthymiaError:
        if not _recorded_plainly(who, mail):
            later = clock.now() + AGAIN_AFTER[-1]
            Mail.objects.filter(pk=mail.pk).update(why=Why.NO_CHART, again_at=later)
            return
    Mail.objects.filter(pk=mail.pk, state=State.SENT).update(
        state=State.RECORDED, why="", again_at=None
    )
    mail.state = State.RECORDED


def _recorded_plainly(who: Who, mail: Mail) -> bool:
    """What it was about was taken back meanwhile; that a mail went out still holds."""
    assert mail.sent_at is not None
    plain = ReminderSent(sent_at=mail.sent_at, channel="email", about="other")
    wanted = Wanted(plain, entry_id=str(uuid5(mail.pk, "other")))
    try:
        record_all(who, mail.patient, [wanted], Action.SEND_REMINDER)
    except EuthymiaError:
        LOG.exception("mail %s is sent and cannot be recorded", mail.pk)
        return False
    return True


def retry(who: Who, mail: Mail) -> None:
    """Have a mail sent again that did not go out, or perhaps did: a person's decision."""
    check(Action.SEND_REMINDER, who, mail.patient)
    again = Mail.objects.filter(pk=mail.pk, state__in=OPEN)
    if not again.update(state=State.WAITING, why="", code=None, again_at=None):
        raise InputError("this mail", "it is on its way or settled", "Open the page again")


def settle(who: Who, mail: Mail) -> None:
    """Say that nothing more is to be done about a mail: the patient knows by another way."""
    check(Action.SEND_REMINDER, who, mail.patient)
    open_ones = Mail.objects.filter(pk=mail.pk, state__in=OPEN)
    if not open_ones.update(state=State.SETTLED, again_at=None):
        raise InputError("this mail", "it is on its way or settled", "Open the page again")


def _standing(mail: Mail) -> list[Reason]:
    """What the mail is about, as far as it still stands, in the order of time."""
    keys = set(mail.claims.values_list("key", flat=True))
    moment = clock.now()
    found = [
        each
        for each in reasons(chart_of(_fresh(mail)).chart)
        if each.key in keys and (each.start is None or each.start > moment)
    ]
    # Who asked for a questionnaire by hand wants it sent, on whatever day the server is back.
    found += [asked_for(mail.patient) for key in keys if key.startswith(ASKED)]
    return sorted(found, key=lambda each: (each.start is None, each.start or moment))


def _fresh(mail: Mail) -> Patient:
    return Patient.objects.get(pk=mail.patient_id)


def _why_drop(mail: Mail, standing: Sequence[Reason]) -> Why | None:
    """Why the mail is not to be sent any more, by what is known now."""
    if not standing:
        return Why.OVER
    if not agreed(chart_of(_fresh(mail)).chart):
        return Why.NO_CONSENT
    if not address_of(mail.patient):
        return Why.NO_ADDRESS
    return None


def _drop(mail: Mail, why: Why) -> State:
    """Give a mail up; if it was surely never sent, its occasion may have another one."""
    with transaction.atomic():
        idle = Mail.objects.filter(pk=mail.pk, state__in=IDLE)
        dropped = idle.update(state=State.DROPPED, why=why, again_at=None)
        if dropped and not mail.perhaps_sent:
            Claim.objects.filter(mail=mail).delete()
    mail.refresh_from_db(fields=["state"])
    return State(mail.state)


def _begin(mail: Mail) -> bool:
    """Write down, before the server is asked, that it may go out from now on."""
    idle = Mail.objects.filter(pk=mail.pk, state__in=IDLE)
    begun = idle.update(
        state=State.SENDING, attempt=F("attempt") + 1, began_at=clock.now(), why="", code=None
    )
    mail.refresh_from_db(fields=["state", "attempt"])
    return bool(begun)


def _end(mail: Mail, outcome: Outcome) -> None:
    """Write down what came of this attempt, and of no later one."""
    mine = Mail.objects.filter(
        pk=mail.pk, attempt=mail.attempt, state__in=(State.SENDING, State.DOUBTFUL)
    )
    moment = clock.now()
    if outcome.sent:
        mine.update(state=State.SENT, sent_at=moment, why="", code=outcome.code, again_at=None)
    else:
        again = outcome.for_now and mail.attempt <= len(AGAIN_AFTER)
        mine.update(
            state=State.DOUBTFUL if outcome.doubtful else State.FAILED,
            perhaps_sent=outcome.doubtful or mail.perhaps_sent,
            why=outcome.why or "",
            code=outcome.code,
            again_at=moment + AGAIN_AFTER[mail.attempt - 1] if again else None,
        )
    mail.refresh_from_db(fields=["state", "sent_at"])


def _author(mail: Mail) -> Who:
    """Who asked for it, while they may; else the program."""
    who = who_is(mail.asked_by)
    return who if can(Action.SEND_REMINDER, who, mail.patient) else PROGRAM


def _facts(mail: Mail) -> list[Wanted]:
    """One entry for each thing that the mail was about, with the same id however often."""
    assert mail.sent_at is not None
    return [
        Wanted(
            ReminderSent(
                sent_at=mail.sent_at,
                channel="email",
                about=cast(_About, mail.about),
                appointment=claim.reference if mail.about == About.APPOINTMENT else None,
                follow_up=claim.reference if mail.about == About.FOLLOW_UP else None,
            ),
            entry_id=str(uuid5(mail.pk, claim.key)),
        )
        for claim in mail.claims.order_by("key")
    ]
