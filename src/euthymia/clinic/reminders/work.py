"""The job of reminders: claim what is due, send what waits."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.jobs.kinds import Arguments, job_kind
from euthymia.clinic.reminders.models import Mail, State
from euthymia.clinic.reminders.planning import claim_due, unclaimed
from euthymia.clinic.reminders.sending import SENDING_LASTS, send_waiting, to_record, to_send
from euthymia.core.progress import Progress

SEND_REMINDERS = "send_reminders"


def is_due() -> bool:
    """Whether there is something to claim, to send, to record or to give up; asked by workers."""
    moment = clock.now()
    if settings.PLACE.mail is None and not Mail.objects.filter(state=State.WAITING).exists():
        return False
    broken_off = Mail.objects.filter(state=State.SENDING, began_at__lt=moment - SENDING_LASTS)
    return any(
        found.exists()
        for found in (to_send(moment), to_record(moment), broken_off, unclaimed(moment))
    )


@job_kind(SEND_REMINDERS, label="Send reminders", action=Action.SEND_REMINDER, due=is_due)
def send_reminders(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Send every reminder that is due or was asked for."""
    claim_due()
    done = send_waiting(progress)
    return {"said": f"{done.sent} sent, {done.not_sent} not sent."}
