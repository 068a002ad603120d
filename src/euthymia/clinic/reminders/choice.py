"""The patient's own choice to have no more mails, on the own page or by the address in a mail."""

from __future__ import annotations

from euthymia.chart.intake_facts import ConsentAbout, ConsentDecision, ConsentRecorded
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.portal.links import account_of
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.clinic.reminders.occasions import agreed


def stop(who: Who, patient: Patient, note: str = "") -> bool:
    """Record that the patient takes the agreement to mails back; False if none stands."""
    chart = chart_of(patient).chart
    given = chart.consent(ConsentAbout.REMINDERS_BY_EMAIL)
    if given is None or not agreed(chart):
        return False
    fact = ConsentRecorded(
        about=ConsentAbout.REMINDERS_BY_EMAIL,
        decision=ConsentDecision.WITHDRAWN,
        decided_on=clock.today_at(patient.site.time_zone),
        version=given.fact.version,
        note=note,
    )
    record(who, patient, fact, Action.STOP_REMINDERS)
    return True


def holder_of_mail(patient: Patient) -> Who:
    """Whoever holds a mail to the patient: nobody who has logged in, and good for this alone."""
    user = account_of(patient)
    return Who(
        user.pk,
        user.display_name,
        patient_id=patient.pk,
        confined_to=frozenset({Action.STOP_REMINDERS}),
    )
