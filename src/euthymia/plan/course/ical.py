"""A course as an iCalendar text (RFC 5545) that any calendar program reads.

Times are written in the site's zone together with that zone's rules over the span of the course,
so that a session stays at its hour when clocks change. The text names no diagnosis; its titles are
the caller's to choose, because other people may see a patient's calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from euthymia.core.errors import InputError
from euthymia.plan.course.site import zone_of
from euthymia.plan.course.values import Course, PlannedSession

_LONGEST_LINE_OCTETS = 75


def to_ical(
    course: Course,
    *,
    uid: str,
    stamp: datetime,
    title: str = "Session",
    location: str = "",
    revision: int = 0,
) -> str:
    """The calendar text, with CRLF line ends.

    uid: an identifier of this course that stays the same between issues; with the session's number
        it makes an event's UID, so that a later issue moves events instead of doubling them.
    stamp: when this text is made, with its time zone.
    revision: 0 for the first issue, then counted up; programs keep the highest.
    """
    if stamp.tzinfo is None:
        raise InputError("time stamp", "it has no time zone", "Give an aware time, such as UTC")
    if not uid or any(character.isspace() for character in uid):
        raise InputError("calendar identifier", f"{uid!r} is not one word", "Give a short word")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Euthymia//Course calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ]
    if course.sessions:
        lines.extend(_zone(course))
    for session in course.sessions:
        event = _event(
            course,
            session,
            uid=uid,
            stamp=stamp,
            title=title,
            location=location,
            revision=revision,
        )
        lines.extend(event)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(
    course: Course,
    session: PlannedSession,
    *,
    uid: str,
    stamp: datetime,
    title: str,
    location: str,
    revision: int,
) -> Iterator[str]:
    total = len(course.sessions)
    yield "BEGIN:VEVENT"
    yield f"UID:{_escaped(uid)}-{session.number}@euthymia"
    yield f"DTSTAMP:{_utc(stamp)}"
    yield f"SEQUENCE:{revision}"
    yield f"DTSTART;TZID={course.timezone}:{session.start:%Y%m%dT%H%M%S}"
    yield f"DTEND;TZID={course.timezone}:{session.end:%Y%m%dT%H%M%S}"
    yield f"SUMMARY:{_escaped(f'{title} {session.number} of {total}')}"
    if location:
        yield f"LOCATION:{_escaped(location)}"
    if session.note:
        yield f"DESCRIPTION:{_escaped(session.note)}"
    yield f"STATUS:{'TENTATIVE' if session.provisional else 'CONFIRMED'}"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"


def _zone(course: Course) -> Iterator[str]:
    """The zone's offsets over the course: the one in force at its start, and every change."""
    zone = zone_of(course.timezone)
    first = course.sessions[0].start.astimezone(UTC) - timedelta(days=1)
    last = course.sessions[-1].end.astimezone(UTC) + timedelta(days=1)
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{course.timezone}"
    yield from _observance(first, zone, before=_offset(first, zone))
    for change in _changes(first, last, zone):
        yield from _observance(change, zone, before=_offset(change - timedelta(seconds=1), zone))
    yield "END:VTIMEZONE"


def _observance(onset: datetime, zone: ZoneInfo, before: timedelta) -> Iterator[str]:
    local = onset.astimezone(zone)
    kind = "DAYLIGHT" if local.dst() else "STANDARD"
    # the onset is told in the wall-clock time that was in force before it
    wall = (onset + before).replace(tzinfo=None)
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{wall:%Y%m%dT%H%M%S}"
    yield f"TZOFFSETFROM:{_signed(before)}"
    yield f"TZOFFSETTO:{_signed(_offset(onset, zone))}"
    yield f"TZNAME:{_escaped(local.tzname() or '')}"
    yield f"END:{kind}"


def _changes(first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which the zone's offset changes, to the second."""
    day, step = first, timedelta(days=1)
    while day < last:
        if _offset(day, zone) != _offset(day + step, zone):
            yield _bisect(day, day + step, zone)
        day += step


def _bisect(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first second between the two at which the later offset is in force."""
    after = _offset(high, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=1) // 2)
        low, high = (low, middle) if _offset(middle, zone) == after else (middle, high)
    return high


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _signed(offset: timedelta) -> str:
    seconds = round(offset.total_seconds())
    sign, seconds = "-" if seconds < 0 else "+", abs(seconds)
    text = f"{sign}{seconds // 3600:02d}{seconds // 60 % 60:02d}"
    return f"{text}{seconds % 60:02d}" if seconds % 60 else text


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """The text with backslash, semicolon, comma and line ends written as the standard asks."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,")):
        text = text.replace(plain, written)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(character for character in text if character.isprintable())


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, cut between characters; later ones begin blank."""
    piece, room = "", _LONGEST_LINE_OCTETS
    for character in line:
        octets = len(character.encode("utf-8"))
        if octets > room:
            yield piece
            piece, room = " ", _LONGEST_LINE_OCTETS - 1
        piece += character
        room -= octets
    yield piece
