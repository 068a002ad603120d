"""Room on a day: where sessions fit between opening hours, free hours and busy times.

Room is held as pairs of instants in UTC, so that lengths stay true on the day that clocks change.
A wall-clock time that such a day skips or repeats is read to the safe side: a beginning as the
later instant, an end as the earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from euthymia.plan.course.hours import Availability, Busy, Hours
from euthymia.plan.course.site import Site

Room = tuple[datetime, datetime]


class Block(StrEnum):
    """What kind of thing keeps a session from a day."""

    HOLIDAY = "holiday"
    CLOSED = "clinic closed"
    BUSY = "patient busy"
    HOURS = "no room"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a day has no room: the kind of thing, and its name."""

    kind: Block
    reason: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a day's sessions need: stimulation and setup minutes, and the least gap between them.

    The gap runs from the end of one stimulation to the beginning of the next, as publications
    count it; setting up for the next session may fall into it.
    """

    stimulation_min: int
    gap_min: int
    setup_min: int
    first_setup_min: int

    def setups(self, count: int, first_of_course: bool) -> list[int]:
        rest = [self.setup_min] * (count - 1)
        return [self.first_setup_min if first_of_course else self.setup_min, *rest]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one session: chair times and the beginning of stimulation, in UTC."""

    start: datetime
    stimulation: datetime
    end: datetime


def weekly_room(day: date, availability: Availability, site: Site) -> tuple[Room, ...]:
    """The room that opening hours and free hours leave on that date, busy dates aside."""
    opening = _instants(site.hours.on_date(day), day, site.zone)
    free = _instants(availability.hours.on_date(day), day, site.zone)
    return intersection(opening, free)


def dated_room(day: date, availability: Availability, site: Site) -> tuple[Room, ...]:
    """The room that is left on that date after holidays, closing days and busy times."""
    if site.closed_reason(day) or _busy_all_day(day, availability.busy):
        return ()
    room = weekly_room(day, availability, site)
    for busy in (*site.closed, *availability.busy):
        if busy.covers(day) and busy.hours is not None:
            room = _without(room, busy.hours, day, site.zone)
    return room


def blocked_by(day: date, availability: Availability, site: Site) -> Blocked:
    """What keeps that date from having room, given that its weekly hours would do."""
    holiday = site.holidays.name_on(day) if site.holidays else None
    if holiday:
        return Blocked(Block.HOLIDAY, holiday)
    reason = site.closed_reason(day)
    if reason:
        return Blocked(Block.CLOSED, reason)
    busy = _busy_all_day(day, availability.busy)
    if busy:
        return Blocked(Block.BUSY, busy.reason or "the patient is busy")
    return Blocked(Block.HOURS, "busy hours leave too little room")


def intersection(first: Sequence[Room], second: Sequence[Room]) -> tuple[Room, ...]:
    """The instants that lie in both."""
    overlaps = ((max(a[0], b[0]), min(a[1], b[1])) for a in first for b in second)
    return tuple(sorted(room for room in overlaps if room[0] < room[1]))


def pack(
    room: Sequence[Room], setups: Sequence[int], need: Need, site: Site, begin: datetime | None
) -> tuple[Slot, ...]:
    """As many of these sessions as fit, one after the other, each as early as it can be.

    setups: minutes of setup of each session wanted. begin: no session starts before it. For equal
    sessions the earliest places are also the ones that leave room for the most.
    """
    slots: list[Slot] = []
    for start, end in room:
        earliest = start if begin is None else max(start, begin)
        while len(slots) < len(setups):
            lead = timedelta(minutes=setups[len(slots)])
            begins = _on_grid(_after(slots, earliest, lead, need), site)
            stimulation = begins + lead
            ends = stimulation + timedelta(minutes=need.stimulation_min)
            if ends > end:
                break
            slots.append(Slot(begins, stimulation, ends))
    return tuple(slots)


def nearest_start(
    room: Sequence[Room], setups: Sequence[int], need: Need, site: Site, wanted: datetime
) -> tuple[Slot, ...]:
    """All the sessions, begun as near to `wanted` as they fit; empty where they do not fit."""
    length = timedelta(minutes=setups[0] + need.stimulation_min)
    latest = [end - length for _, end in room]
    begins = [None, wanted, *(end for end in latest if end < wanted)]
    packed = [pack(room, setups, need, site, _down(begin, site)) for begin in begins]
    whole = [slots for slots in packed if len(slots) == len(setups)]
    return min(whole, key=lambda slots: abs(slots[0].start - wanted), default=())


def wall_clock(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant in UTC of a wall-clock time on that date."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _after(slots: Sequence[Slot], earliest: datetime, lead: timedelta, need: Need) -> datetime:
    """The earliest beginning that keeps the gap to the session before and does not overlap it."""
    if not slots:
        return earliest
    before = slots[-1].end
    return max(earliest, before, before + timedelta(minutes=need.gap_min) - lead)


def _on_grid(instant: datetime, site: Site) -> datetime:
    """The instant, or the next one on the appointment grid of the wall clock."""
    local = instant.astimezone(site.zone)
    over = timedelta(
        minutes=local.minute % site.grid_minutes,
        seconds=local.second,
        microseconds=local.microsecond,
    )
    return instant + timedelta(minutes=site.grid_minutes) - over if over else instant


def _down(instant: datetime | None, site: Site) -> datetime | None:
    """The last instant on the grid that is not after this one."""
    if instant is None:
        return None
    up = _on_grid(instant, site)
    return up if up == instant else up - timedelta(minutes=site.grid_minutes)


def _busy_all_day(day: date, busy: Iterable[Busy]) -> Busy | None:
    return next((item for item in busy if item.hours is None and item.covers(day)), None)


def _instants(hours: Iterable[Hours], day: date, zone: ZoneInfo) -> tuple[Room, ...]:
    rooms = ((_late(day, item.start, zone), _early(day, item.end, zone)) for item in hours)
    return tuple(room for room in rooms if room[0] < room[1])


def _without(room: Sequence[Room], hours: Hours, day: date, zone: ZoneInfo) -> tuple[Room, ...]:
    """The room less busy hours, which reach from the earlier to the later reading."""
    start, end = _early(day, hours.start, zone), _late(day, hours.end, zone)
    pieces = ((a, min(b, start)) for a, b in room), ((max(a, end), b) for a, b in room)
    return tuple(sorted(piece for part in pieces for piece in part if piece[0] < piece[1]))


def _late(day: date, at: time, zone: ZoneInfo) -> datetime:
    return max(wall_clock(day, at.replace(fold=fold), zone) for fold in (0, 1))


def _early(day: date, at: time, zone: ZoneInfo) -> datetime:
    return min(wall_clock(day, at.replace(fold=fold), zone) for fold in (0, 1))
