"""Which mails are due, and claiming them: the intention is on the disk before anything is sent."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from euthymia.chart.chart import Chart
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Event, EventKind, Site
from euthymia.clinic.accounts.policy import Action, Who, can, check
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Identity, Patient
from euthymia.clinic.reminders.models import About, Claim, Mail, Occasion, State, Why
from euthymia.clinic.reminders.occasions import (
    LATE,
    Reason,
    agreed,
    is_day,
    is_time,
    of_one_day,
    reasons,
    sends_from,
)
from euthymia.core.errors import EuthymiaError, InputError

ASKED = "questionnaire asked for"
"""So begins the key of what somebody asked for by hand."""
SOON = timedelta(days=7)
"""So far ahead the calendar offers to send a reminder now."""
LOG = logging.getLogger("euthymia.reminders")


def claim_due() -> int:
    """Claim a mail for everything that is due now; how many mails."""
    if settings.PLACE.mail is None:
        return 0
    moment, made = clock.now(), 0
    restored = _restored_at()
    patients = Patient.objects.filter(pk__in=unclaimed(moment).values("patient"))
    for patient in patients.select_related("site").order_by("pk"):
        try:
            made += len(_claim_for(patient, moment, restored))
        except EuthymiaError:  # one chart that cannot be read must not keep mails from the others
            LOG.exception("reminders of chart %s cannot be looked up", patient.pseudonym)
    return made


def unclaimed(moment: datetime) -> QuerySet[Occasion]:
    """Occasions that are due, have no mail yet, and whose patient has an address."""
    claimed = Claim.objects.filter(patient=OuterRef("patient"), key=OuterRef("key"))
    address = Identity.objects.filter(patient=OuterRef("patient")).exclude(email="")
    due = Q(pk=None)
    for site in Site.objects.all():
        here = moment.astimezone(ZoneInfo(site.time_zone))
        if is_day(here):
            until, today = moment + timedelta(hours=site.remind_hours), here.date()
            due |= Q(site=site, start__gt=moment, start__lte=until)
            due |= Q(site=site, due_on__lte=today, due_on__gte=today - LATE)
    return Occasion.objects.filter(due, ~Exists(claimed), Exists(address))


def due_for(patient: Patient, chart: Chart, moment: datetime) -> list[list[Reason]]:
    """What this patient is to be reminded of now by the program itself, one list for each mail."""
    zone, hours = ZoneInfo(patient.site.time_zone), patient.site.remind_hours
    taken = claimed_keys(patient)
    standing = [each for each in reasons(chart) if each.key not in taken]
    due = []
    for group in of_one_day(standing, zone):
        coming = [each for each in group if each.start is None or each.start > moment]
        # The first appointment of a day says when its mail goes out.
        if coming and is_time(coming[0], zone, hours, moment):
            due.append(coming)
    return due


def claimed_keys(patient: Patient) -> frozenset[str]:
    """The occasions of a patient that have their mail."""
    return frozenset(Claim.objects.filter(patient=patient).values_list("key", flat=True))


def ask_for(who: Who, patient: Patient, about: str, reference: str) -> Mail:
    """Claim a mail about something by hand, at any time before it; refused if it had its mail."""
    check(Action.SEND_REMINDER, who, patient)
    chart = chart_of(patient).chart
    why = why_not(patient, chart)
    if why:
        raise InputError(_("reminder"), why, _("Call the patient instead"))
    zone = ZoneInfo(patient.site.time_zone)
    if about == About.QUESTIONNAIRE:
        found = [asked_for(patient)]
    else:
        ahead = to_remind_of(patient, chart)
        found = [each for each in ahead if (each.about, each.reference) == (about, reference)]
    made = _claim(patient, found, zone, State.WAITING, asked_by=who.user_id) if found else None
    if made is None:
        raise InputError(
            _("reminder"),
            _("the patient has had one, or it stands no longer"),
            _("Open the page again"),
        )
    return made


def remindable(who: Who, patient: Patient, chart: Chart) -> frozenset[str]:
    """Appointments of the next days of which this person may send a reminder now."""
    if not can(Action.SEND_REMINDER, who, patient) or why_not(patient, chart):
        return frozenset()
    until = clock.now() + SOON
    found = to_remind_of(patient, chart)
    return frozenset(each.reference for each in found if each.start and each.start <= until)


def to_remind_of(patient: Patient, chart: Chart) -> list[Reason]:
    """What stands, is not over, and has no mail yet, in the order of time."""
    moment, taken = clock.now(), claimed_keys(patient)
    found = [
        each
        for each in reasons(chart)
        if each.key not in taken and (each.start is None or each.start > moment)
    ]
    zone = ZoneInfo(patient.site.time_zone)
    return sorted(found, key=lambda each: each.at(zone))


def asked_for(patient: Patient) -> Reason:
    """A questionnaire that somebody asks for by hand: one a day."""
    today = clock.today_at(patient.site.time_zone)
    return Reason(About.QUESTIONNAIRE, f"{ASKED} {today}", due_on=today)


def why_not(patient: Patient, chart: Chart) -> str:
    """Why this patient gets no mail, in words; empty if the patient gets mails."""
    if settings.PLACE.mail is None:
        return _("this clinic has no mail server, and reminders are only recorded by hand")
    if not agreed(chart):
        return _("no agreement of the patient to reminders by e-mail is recorded")
    if not address_of(patient):
        return _("no e-mail address of the patient is known")
    return ""


def address_of(patient: Patient) -> str:
    """The address at this moment; empty if none is known or the identity was erased."""
    known = Identity.objects.filter(patient=patient).values_list("email", flat=True).first()
    return known or ""


def _claim_for(patient: Patient, moment: datetime, restored: datetime | None) -> list[Mail]:
    chart = chart_of(patient).chart
    if why_not(patient, chart):
        return []
    zone, hours = ZoneInfo(patient.site.time_zone), patient.site.remind_hours
    made = []
    for group in due_for(patient, chart, moment):
        before = restored is not None and sends_from(group[0], zone, hours) <= restored
        state = State.DOUBTFUL if before else State.WAITING
        made.append(_claim(patient, group, zone, state))
    return [each for each in made if each is not None]


def _claim(
    patient: Patient,
    group: Sequence[Reason],
    zone: ZoneInfo,
    state: State,
    asked_by: int | None = None,
) -> Mail | None:
    """Write down the intention; None if somebody else has done so for one of these occasions."""
    try:
        with transaction.atomic():
            mail = Mail.objects.create(
                patient=patient,
                about=group[0].about.value,
                at=group[0].at(zone),
                state=state,
                why=Why.RESTORED if state is State.DOUBTFUL else "",
                perhaps_sent=state is State.DOUBTFUL,
                asked_by_id=asked_by,
                made_at=clock.now(),
            )
            Claim.objects.bulk_create(_claims(mail, group))
    except IntegrityError:
        return None
    return mail


def _claims(mail: Mail, group: Iterable[Reason]) -> list[Claim]:
    return [
        Claim(mail=mail, patient_id=mail.patient_id, key=each.key, reference=each.reference)
        for each in group
    ]


def _restored_at() -> datetime | None:
    """When this clinic was last restored: what was sent after that backup is not known here."""
    restored = Event.objects.filter(kind=EventKind.RESTORED).order_by("-at")
    return restored.values_list("at", flat=True).first()
