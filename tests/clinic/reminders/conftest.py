"""A clinic with a mail server, and a patient who agreed to mails and comes tomorrow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from clinic.conftest import SmallClinic
from clinic.reminders.smtp import Post, post_office
from euthymia.chart.appointment_facts import AppointmentSet, AppointmentsSet
from euthymia.chart.chart import Chart
from euthymia.chart.follow_up_facts import FollowUpSet
from euthymia.chart.intake_facts import ConsentAbout, ConsentDecision, ConsentRecorded
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Identity, Patient
from euthymia.clinic.records.services import record
from euthymia.clinic.reminders.models import Mail, State
from euthymia.clinic.reminders.work import is_due, send_reminders
from euthymia.core.progress import SILENT

TO = "synthetic.example@patients.example"


@dataclass
class Mailing:
    """The small clinic with mails, and what one does with it."""

    clinic: SmallClinic
    post: Post

    def patient(self, *hours: float, agrees: bool = True, email: str = TO) -> Patient:
        """A patient with appointments in so many hours."""
        patient = self.clinic.patient()
        Identity.objects.filter(patient=patient).update(email=email)
        if agrees:
            self.decide(patient, ConsentDecision.GIVEN)
        if hours:
            self.appoint(patient, *hours)
        return patient

    def decide(self, patient: Patient, decision: ConsentDecision) -> None:
        fact = ConsentRecorded(
            about=ConsentAbout.REMINDERS_BY_EMAIL,
            decision=decision,
            decided_on=clock.today(),
            version="2026-01",
        )
        record(self.clinic.who(Role.COORDINATOR), patient, fact, Action.RECORD_CONSENT)

    def appoint(self, patient: Patient, *hours: float) -> None:
        """Set the patient's appointments."""
        made = tuple(
            AppointmentSet(
                id=f"a{number}",
                session=number,
                start=clock.now() + timedelta(hours=each),
                minutes=30,
                chair="Chair 1",
            )
            for number, each in enumerate(hours, start=1)
        )
        fact = AppointmentsSet(appointments=made)
        record(self.clinic.who(Role.COORDINATOR), patient, fact, Action.SET_APPOINTMENTS)

    def run(self) -> None:
        """What the worker does every few minutes."""
        if is_due():
            send_reminders({}, SILENT)

    def only_mail(self) -> Mail:
        return Mail.objects.get()

    def states(self) -> list[str]:
        return [State(each.state).value for each in Mail.objects.order_by("made_at", "at")]


def chart(patient: Patient) -> Chart:
    return chart_of(Patient.objects.get(pk=patient.pk)).chart


def follow_up(mailing: Mailing, patient: Patient, days: int = 0, **changes: Any) -> None:
    known = {"what": "Scored visit 1", "role": "coordinator", "month": 1, **changes}
    fact = FollowUpSet(due_on=clock.today() - timedelta(days=days), **known)
    record(mailing.clinic.who(Role.COORDINATOR), patient, fact, Action.SET_FOLLOW_UP)


@pytest.fixture
def mailing(clinic: SmallClinic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailing]:
    """Everything set up, at noon; the site telephones under 555 0100."""
    clinic.site.phone = "555 0100"
    clinic.site.save()
    noon = datetime(2026, 11, 27, 12, 0, tzinfo=clock.now().tzinfo)
    with post_office() as post, clock.at(noon):
        monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mail=post.mail))
        yield Mailing(clinic, post)
