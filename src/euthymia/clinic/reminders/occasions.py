"""What a chart gives reason to remind of, and when: pure, so that it can be looked at by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from euthymia.chart.appointments import Appointment
from euthymia.chart.chart import Chart
from euthymia.chart.follow_up_facts import ReminderSent
from euthymia.chart.intake_facts import ConsentAbout
from euthymia.clinic.outcomes.projections import score_due_on
from euthymia.clinic.reminders.models import About

MORNING, EVENING = 7, 21
"""Between these hours at the site mails go out by themselves: a telephone wakes no one at night."""
LATE = timedelta(days=7)
"""So long after it fell due a questionnaire or follow-up is written about by itself: a server that
was down for days is made up for, and a clinic that begins with mails does not write about years."""

LATELY = timedelta(days=3)
"""Who was asked for a questionnaire so long before it fell due is not asked again on the day."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing to remind of: at a moment (an appointment) or due on a day.

    since: when it came to be as it stands; what was sent earlier was about something else.
    """

    about: About
    key: str
    reference: str = ""
    start: datetime | None = None
    due_on: date | None = None
    since: datetime | None = None

    def day(self, zone: ZoneInfo) -> date:
        """Its day at the site."""
        if self.start is not None:
            return self.start.astimezone(zone).date()
        assert self.due_on is not None
        return self.due_on

    def at(self, zone: ZoneInfo) -> datetime:
        """Its moment; for a day its beginning at the site."""
        return self.start or datetime.combine(self.day(zone), datetime.min.time(), zone)


def agreed(chart: Chart) -> bool:
    """Whether the patient agrees to be written to."""
    return chart.consents_to(ConsentAbout.REMINDERS_BY_EMAIL)


def reasons(chart: Chart) -> tuple[Reason, ...]:
    """Everything to remind of that stands in this chart, whether or not mails are agreed to.

    What the patient was reminded of by whatever way, as the chart says, is left out, and so are
    appointments that may not take place.
    """
    times = {each.id: each.at for each in chart.entries}
    found = (
        *(_appointment(each, times) for each in chart.appointments if _holds(each)),
        *_questionnaire(chart),
        *_follow_ups(chart),
    )
    return tuple(
        each for each in found if not any(_is_about(said.fact, each) for said in chart.reminders)
    )


def is_day(here: datetime) -> bool:
    """Whether mails go out by themselves at this hour of a site."""
    return MORNING <= here.hour < EVENING


def is_time(reason: Reason, zone: ZoneInfo, remind_hours: int, now: datetime) -> bool:
    """Whether the mail about it goes out by itself at this moment."""
    here = now.astimezone(zone)
    if not is_day(here):
        return False
    if reason.start is not None:
        return reason.start - timedelta(hours=remind_hours) <= now < reason.start
    assert reason.due_on is not None
    return reason.due_on <= here.date() <= reason.due_on + LATE


def sends_from(reason: Reason, zone: ZoneInfo, remind_hours: int) -> datetime:
    """The first moment at which a mail about it may have gone out by itself."""
    if reason.start is not None:
        return reason.start - timedelta(hours=remind_hours)
    return reason.at(zone)


def _is_about(fact: ReminderSent, reason: Reason) -> bool:
    if fact.about != reason.about:
        return False
    if reason.about is About.APPOINTMENT:
        same = fact.appointment == reason.reference
        return same and (reason.since is None or fact.sent_at >= reason.since)
    if reason.about is About.FOLLOW_UP:
        return fact.follow_up == reason.reference
    return reason.due_on is not None and fact.sent_at.date() >= reason.due_on - LATELY


def _holds(each: Appointment) -> bool:
    return each.stands and not each.provisional


def _appointment(each: Appointment, times: dict[str, datetime]) -> Reason:
    key = f"appointment {each.id} at {each.start.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M}"
    since = times.get(each.changed_by[-1] if each.changed_by else each.set_by)
    return Reason(About.APPOINTMENT, key, each.id, start=each.start, since=since)


def _questionnaire(chart: Chart) -> Iterator[Reason]:
    due_on = score_due_on(chart)
    if due_on is not None:
        yield Reason(About.QUESTIONNAIRE, f"questionnaire due {due_on}", due_on=due_on)


def _follow_ups(chart: Chart) -> Iterator[Reason]:
    """Contacts with the patient: what follows a course by plan, or is the patient's own task.

    What else stands in the worklist may be with somebody else; nobody writes to the patient of it.
    """
    for each in chart.follow_ups:
        contact = each.contact
        if each.is_open and (contact.month is not None or contact.role == "patient"):
            key = f"follow-up {each.entry_id}"
            yield Reason(About.FOLLOW_UP, key, each.entry_id, due_on=contact.due_on)


def of_one_day(found: Sequence[Reason], zone: ZoneInfo) -> list[list[Reason]]:
    """Reasons by mail: appointments of one day share one, everything else has its own."""
    mails: dict[str, list[Reason]] = {}
    for each in sorted(found, key=lambda reason: (reason.at(zone), reason.key)):
        shared = each.about is About.APPOINTMENT
        mails.setdefault(str(each.day(zone)) if shared else each.key, []).append(each)
    return list(mails.values())
