"""The words of a mail: when and where, how to call, how to stop; nothing about the illness."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from euthymia.clinic.config.mail import Mail as How
from euthymia.clinic.portal.links import token_of
from euthymia.clinic.reminders.models import About, Mail
from euthymia.clinic.reminders.occasions import Reason

LINK_LASTS = timedelta(days=7)
"""The link in a mail opens the own page for a week: then the next questionnaire has its own."""
_SIGNER = signing.Signer(salt="euthymia.clinic.reminders.stop")


def letter(how: How, mail: Mail, to: str, reasons: Sequence[Reason]) -> EmailMessage:
    """The mail as it is sent; its texts are in the language and the clock of the site."""
    site = mail.patient.site
    stop = f"{how.address}{reverse('reminders_stop', args=[stop_token(mail)])}"
    link = mail.link
    context = {
        "site": site,
        "reasons": reasons,
        "stop": stop,
        "own_page": f"{how.address}{reverse('portal_come_in', args=[token_of(link)])}"
        if link
        else "",
        "until": link.until if link else None,
        "example": settings.PLACE.example,
    }
    with timezone.override(site.time_zone), translation.override(settings.LANGUAGE_CODE):
        text = render_to_string(f"reminders/mail_{mail.about}.txt", context)
        subject = _("A reminder")
    _name, sender = parseaddr(how.sender)
    return EmailMessage(
        subject=subject,
        body=text.strip() + "\n",
        from_email=how.sender,
        to=[to],
        headers={
            # The same for every try, so that the reader's program knows one that came twice.
            "Message-ID": f"<{mail.pk}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def needs_link(about: str) -> bool:
    """Whether a mail about that leads to the own page."""
    return about == About.QUESTIONNAIRE


def stop_token(mail: Mail) -> str:
    """The signed text in the address that stops mails: it names the mail, not the patient."""
    return _SIGNER.sign(mail.pk.hex)


def mail_of(token: str) -> Mail | None:
    """The mail of such an address; None for every text that was not signed here."""
    try:
        known = UUID(_SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return Mail.objects.select_related("patient", "patient__site").filter(pk=known).first()
