"""The tables of reminders: what patients are to be reminded of, and the mails about it.

No table holds an address or a text: both are looked up, and written, when a mail is sent.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from euthymia.clinic.accounts.models import Site
from euthymia.clinic.portal.models import OwnLink
from euthymia.clinic.records.models import Patient


class About(models.TextChoices):
    """What a mail reminds of; the values are those of the chart's entry."""

    APPOINTMENT = "appointment", _("appointment")
    QUESTIONNAIRE = "questionnaire", _("questionnaire")
    FOLLOW_UP = "follow_up", _("follow-up")


class Occasion(models.Model):
    """Projection: something that a patient who agreed to mails is to be reminded of.

    key: the occasion itself; an appointment that was moved is another one. reference: the id of the
    appointment, or of the entry that set the follow-up. Of start and due_on one is given.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=16, choices=About.choices)
    key = models.CharField(max_length=120)
    reference = models.CharField(max_length=40, blank=True)
    start = models.DateTimeField(null=True, db_index=True)
    due_on = models.DateField(null=True, db_index=True)

    class Meta:
        verbose_name = "occasions for reminders"

    def __str__(self) -> str:
        return f"{self.patient_id}: {self.key}"


class State(models.TextChoices):
    """Where a mail stands."""

    WAITING = "waiting", _("waits to be sent")
    SENDING = "sending", _("is being sent")
    """Written down before the server is asked: from here on it may have gone out."""
    SENT = "sent", _("sent")
    """The server has it; the chart may not know yet."""
    RECORDED = "recorded", _("sent")
    FAILED = "failed", _("not sent")
    """The server surely has not got it."""
    DOUBTFUL = "doubtful", _("perhaps sent")
    """Nobody knows whether the server has got it: never sent again by itself."""
    DROPPED = "dropped", _("not needed any more")
    """It is not to be sent any more."""
    SETTLED = "settled", _("settled by hand")


class Why(models.TextChoices):
    """Why a mail did not go out, or may not have; a sentence for the coordinator."""

    NO_ANSWER = "no_answer", _("The mail server did not answer.")
    TLS = "tls", _("The mail server's certificate is not in order, or it knows no TLS.")
    LOGIN = "login", _("The mail server did not accept the clinic's user and password.")
    LATER = "later", _("The mail server takes no mail at the moment.")
    ADDRESS = (
        "address",
        _(
            "The mail server does not take mail for this address: it may not exist. "
            "Check it with the patient."
        ),
    )
    REFUSED = "refused", _("The mail server refused the mail.")
    HUNG_UP = "hung_up", _("The mail server hung up before it said whether it has the mail.")
    BROKEN_OFF = "broken_off", _("The program ended while the mail was being sent.")
    RESTORED = "restored", _("The clinic was restored from a backup; it may have been sent before.")
    FAULT = "fault", _("The program could not write this mail. Tell an administrator.")
    NO_CHART = "no_chart", _("It was sent, but could not be recorded in the chart yet.")
    NOT_SET = "not_set", _("No mail server is set any more.")
    NO_ADDRESS = "no_address", _("There is no address any more.")
    NO_CONSENT = "no_consent", _("The patient does not agree to mails any more.")
    OVER = "over", _("It is over, or stands no longer.")


class Mail(models.Model):
    """One mail to one patient: what was intended, what was tried, what came of it.

    at: the moment it is about (for a day: its beginning). attempt: how often sending was begun; who
    sends writes only to the attempt that it began. again_at: when it is tried again by itself.
    code: the server's three digits, never its words, which may hold the address.
    perhaps_sent: nobody knew at some time whether it had gone out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="mails")
    about = models.CharField(max_length=16, choices=About.choices)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, db_index=True)
    why = models.CharField(max_length=12, choices=Why.choices, blank=True)
    code = models.PositiveSmallIntegerField(null=True)
    perhaps_sent = models.BooleanField(default=False)
    attempt = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    again_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    link = models.ForeignKey(OwnLink, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "-made_at"], name="mails_of_patient")]

    def __str__(self) -> str:
        return f"{self.about} {self.pk}: {self.state}"

    @property
    def can_be_retried(self) -> bool:
        """Whether somebody may have it sent (again)."""
        return self.state in (State.FAILED, State.DOUBTFUL)


class Claim(models.Model):
    """That an occasion has its mail: one claim each, so that nobody is reminded twice."""

    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, related_name="claims")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    reference = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "key"], name="one_mail_an_occasion")
        ]

    def __str__(self) -> str:
        return f"{self.mail_id}: {self.key}"
