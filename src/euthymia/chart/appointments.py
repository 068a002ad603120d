"""The appointments of a chart, worked out from what was set, moved, missed and given.

A set of appointments replaces those of earlier sets from its time on, except the missed ones: a
miss is history. The end of a course takes back what was planned for later days. A session
outweighs every note: whoever was treated on the day kept the appointment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentMoved,
    AppointmentReason,
    AppointmentSet,
    AppointmentsSet,
)
from euthymia.chart.follow_up_facts import CourseEnded
from euthymia.plan.course.values import PlannedSession


class AppointmentState(StrEnum):
    """How an appointment stands."""

    PLANNED = "planned"
    """At the time at which it was set; if that has passed, nobody has said what became of it."""
    MOVED = "moved"
    """Planned, at another time or place than it was set."""
    KEPT = "kept"
    """A session was given on its day."""
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment as it stands.

    start: where it stands now. moved_from: where it stood before, oldest first.
    session: its number as planned. given_session: the number of the session that kept it.
    reason, note: of the last move or of the miss.
    set_by: id of the entry that set it. changed_by: ids of those that moved or missed it.
    """

    id: str
    session: int
    start: datetime
    minutes: int
    chair: str
    device: str | None
    phase: str
    provisional: bool
    state: AppointmentState
    set_by: str
    moved_from: tuple[datetime, ...] = ()
    reason: AppointmentReason | None = None
    note: str = ""
    given_session: int | None = None
    changed_by: tuple[str, ...] = ()

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)

    @property
    def day(self) -> date:
        """Its day on the clinic's calendar."""
        return self.start.date()

    @property
    def stands(self) -> bool:
        """True while it is still to be kept, or nobody has said what became of it."""
        return self.state in (AppointmentState.PLANNED, AppointmentState.MOVED)

    def is_overdue(self, now: datetime) -> bool:
        """True if its end has passed and nobody has said what became of it."""
        return self.stands and self.end <= now


CalendarFact: TypeAlias = AppointmentsSet | AppointmentMoved | AppointmentMissed | CourseEnded


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A fact of the calendar, with the id and the time of the entry that recorded it."""

    entry_id: str
    at: datetime
    fact: CalendarFact


@dataclass(frozen=True, slots=True)
class GivenSession:
    """A session that was given: its number, and when it began."""

    number: int
    started_at: datetime


def appointments(
    calendar: Iterable[CalendarEntry], given: Iterable[GivenSession] = ()
) -> tuple[Appointment, ...]:
    """All appointments that were not replaced, in order of their time.

    calendar: the facts in the order of recording.
    """
    found: dict[str, Appointment] = {}
    for entry in calendar:
        match entry.fact:
            case AppointmentsSet() as fact:
                left = _left(found, from_time(fact, entry.at))
                found = {**_set(fact, entry.entry_id), **left}
            case AppointmentMoved(appointment=name) as fact if name in found:
                found[name] = _moved(found[name], fact, entry.entry_id)
            case AppointmentMissed(appointment=name) as fact if name in found:
                found[name] = _missed(found[name], fact, entry.entry_id)
            case CourseEnded(ended_on=last):
                found = {name: each for name, each in found.items() if _outlasts(each, last)}
    inorder = sorted(found.values(), key=lambda each: (each.start, each.id))
    return tuple(_kept(inorder, sorted(given, key=lambda session: session.started_at)))


def from_time(fact: AppointmentsSet, at: datetime) -> datetime:
    """The time from which on a set made at that time replaces earlier appointments."""
    return at if fact.holds_from is None else fact.holds_from


def set_from_course(
    sessions: Iterable[PlannedSession],
    chair: str,
    device: str | None = None,
    taken: Iterable[str] = (),
) -> tuple[AppointmentSet, ...]:
    """Appointments for the planned sessions of a course, ready to be set.

    The id says session and day ("s07-20270112"), so that a session that keeps its day keeps its
    id. taken: ids that a new appointment may not have, for instance of missed ones.
    """
    known = set(taken)
    made: list[AppointmentSet] = []
    for session in sessions:
        name = _free_id(f"s{session.number:02d}-{session.day:%Y%m%d}", known)
        known.add(name)
        made.append(
            AppointmentSet(
                id=name,
                session=session.number,
                start=session.start,
                minutes=max(1, round((session.end - session.start) / timedelta(minutes=1))),
                chair=chair,
                device=device,
                phase=session.phase,
                provisional=session.provisional,
                note=session.note,
            )
        )
    return tuple(made)


def fixed_ids(standing: Iterable[Appointment], holds_from: datetime) -> frozenset[str]:
    """Ids of the appointments that a set from that time on leaves as they are."""
    return frozenset(each.id for each in standing if _stays(each, holds_from))


def _free_id(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def _stays(each: Appointment, holds_from: datetime) -> bool:
    return each.start < holds_from or each.state is AppointmentState.MISSED


def _outlasts(each: Appointment, last: date) -> bool:
    return each.day <= last or each.state is AppointmentState.MISSED


def _left(found: dict[str, Appointment], holds_from: datetime) -> dict[str, Appointment]:
    return {name: each for name, each in found.items() if _stays(each, holds_from)}


def _set(fact: AppointmentsSet, entry_id: str) -> dict[str, Appointment]:
    return {
        each.id: Appointment(
            id=each.id,
            session=each.session,
            start=each.start,
            minutes=each.minutes,
            chair=each.chair,
            device=each.device,
            phase=each.phase,
            provisional=each.provisional,
            state=AppointmentState.PLANNED,
            set_by=entry_id,
            note=each.note,
        )
        for each in fact.appointments
    }


def _moved(each: Appointment, fact: AppointmentMoved, entry_id: str) -> Appointment:
    return replace(
        each,
        start=fact.start,
        minutes=fact.minutes or each.minutes,
        chair=fact.chair or each.chair,
        device=fact.device or each.device,
        state=AppointmentState.MOVED,
        moved_from=(*each.moved_from, each.start),
        reason=fact.reason,
        note=fact.note,
        changed_by=(*each.changed_by, entry_id),
    )


def _missed(each: Appointment, fact: AppointmentMissed, entry_id: str) -> Appointment:
    return replace(
        each,
        state=AppointmentState.MISSED,
        reason=fact.reason,
        note=fact.note,
        changed_by=(*each.changed_by, entry_id),
    )


def _kept(found: Sequence[Appointment], given: Sequence[GivenSession]) -> list[Appointment]:
    """The appointments with every session given to the nearest open one of its day.

    A missed one is taken only where no other of the day is left: the patient came after all.
    """
    kept = list(found)
    by_day: dict[date, list[int]] = {}
    for place, each in enumerate(kept):
        by_day.setdefault(each.day, []).append(place)
    zones = {each.start.tzinfo for each in kept}
    for session in given:
        days = {session.started_at.astimezone(zone).date() for zone in zones}
        places = [
            place
            for day in days
            for place in by_day.get(day, ())
            if _could_keep(kept[place], session)
        ]
        if places:
            best = min(places, key=lambda place: _distance(kept[place], session))
            kept[best] = replace(
                kept[best], state=AppointmentState.KEPT, given_session=session.number
            )
    return kept


def _could_keep(each: Appointment, session: GivenSession) -> bool:
    same_day = session.started_at.astimezone(each.start.tzinfo).date() == each.day
    return same_day and each.state is not AppointmentState.KEPT


def _distance(each: Appointment, session: GivenSession) -> tuple[bool, timedelta]:
    return each.state is AppointmentState.MISSED, abs(each.start - session.started_at)
