"""The calendar file, read back by a parser written from the standard alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.plan.course import Availability, Choices, Course, Site, schedule, to_ical
from euthymia.plan.course.ical import _escaped, _folded
from euthymia.plan.protocol.courses import course

STAMP = datetime(2026, 2, 27, 12, 0, tzinfo=UTC)


@dataclass
class Component:
    """A parsed component: its properties as (name, parameters, value), and what it holds."""

    name: str
    properties: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def value(self, name: str) -> str:
        values = [value for key, _, value in self.properties if key == name]
        assert len(values) == 1, (name, values)
        return values[0]

    def named(self, *names: str) -> list[Component]:
        return [child for child in self.children if child.name in names]


def parse(text: str) -> Component:
    """RFC 5545 content lines: unfold, split name, parameters and value, nest BEGIN and END."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    root = Component("root")
    stack = [root]
    for line in text.replace("\r\n ", "").split("\r\n")[:-1]:
        head, _, value = line.partition(":")
        name, *parameters = head.split(";")
        if name == "BEGIN":
            child = Component(value)
            stack[-1].children.append(child)
            stack.append(child)
        elif name == "END":
            assert stack.pop().name == value
        else:
            pairs = dict(parameter.split("=", 1) for parameter in parameters)
            stack[-1].properties.append((name, pairs, value))
    assert stack == [root] and len(root.children) == 1
    return root.children[0]


def unescape(value: str) -> str:
    plain, rest = "", iter(value)
    for character in rest:
        if character == "\\":
            following = next(rest)
            plain += "\n" if following in "nN" else following
        else:
            assert character not in ",;"
            plain += character
    return plain


def offset_of(text: str) -> timedelta:
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))


def instant_of(event: Component, name: str, calendar: Component) -> datetime:
    """The instant of a local time by the file's own VTIMEZONE: the last onset not after it."""
    ((_, parameters, value),) = [item for item in event.properties if item[0] == name]
    local = datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007
    (zone,) = calendar.named("VTIMEZONE")
    assert zone.value("TZID") == parameters["TZID"]
    onsets = [
        (datetime.strptime(one.value("DTSTART"), "%Y%m%dT%H%M%S"), one)  # noqa: DTZ007
        for one in zone.named("STANDARD", "DAYLIGHT")
    ]
    _, rule = max((item for item in onsets if item[0] <= local), key=lambda item: item[0])
    return (local - offset_of(rule.value("TZOFFSETTO"))).replace(tzinfo=UTC)


def planned(zone: str = "America/New_York", start: date = date(2026, 3, 2)) -> Course:
    return schedule(
        course("three-d-20"),
        start,
        Availability(),
        Site(zone),
        3.147,
        today=start,
        choices=Choices(),
    )


@pytest.mark.parametrize(
    ("zone", "start", "observances"),
    [
        ("America/New_York", date(2026, 3, 2), 2),
        ("America/New_York", date(2026, 10, 12), 2),
        ("Europe/Berlin", date(2026, 3, 16), 2),
        ("Australia/Lord_Howe", date(2026, 3, 16), 2),
        ("America/St_Johns", date(2026, 10, 12), 2),
        ("Asia/Kolkata", date(2026, 3, 2), 1),
        ("UTC", date(2026, 3, 2), 1),
    ],
)
def test_every_session_is_read_back_at_its_instant(
    zone: str, start: date, observances: int
) -> None:
    worked = planned(zone, start)
    calendar = parse(to_ical(worked, uid="case-1", stamp=STAMP))
    events = calendar.named("VEVENT")
    assert len(events) == len(worked.sessions) == 30
    for event, session in zip(events, worked.sessions, strict=True):
        assert instant_of(event, "DTSTART", calendar) == session.start.astimezone(UTC)
        assert instant_of(event, "DTEND", calendar) == session.end.astimezone(UTC)
    (zone_part,) = calendar.named("VTIMEZONE")
    assert len(zone_part.named("STANDARD", "DAYLIGHT")) == observances


def test_the_zone_tells_the_change_of_clocks_as_the_wall_showed_it() -> None:
    calendar = parse(to_ical(planned(), uid="case-1", stamp=STAMP))
    (zone,) = calendar.named("VTIMEZONE")
    (summer,) = zone.named("DAYLIGHT")
    assert summer.value("DTSTART") == "20260308T020000"
    assert summer.value("TZOFFSETFROM") == "-0500"
    assert summer.value("TZOFFSETTO") == "-0400"
    assert summer.value("TZNAME") == "EDT"


def test_events_carry_what_a_calendar_program_needs() -> None:
    calendar = parse(
        to_ical(
            planned(),
            uid="case-1",
            stamp=STAMP,
            title="Visit; clinic, room \\ 2",
            location="Main St 1\nFloor 2",
            revision=3,
        )
    )
    assert calendar.value("VERSION") == "2.0" and calendar.value("PRODID")
    events = calendar.named("VEVENT")
    first, last = events[0], events[-1]
    assert unescape(first.value("SUMMARY")) == "Visit; clinic, room \\ 2 1 of 30"
    assert unescape(first.value("LOCATION")) == "Main St 1\nFloor 2"
    assert first.value("DTSTAMP") == "20260227T120000Z"
    assert first.value("SEQUENCE") == "3"
    assert (first.value("STATUS"), last.value("STATUS")) == ("CONFIRMED", "TENTATIVE")
    assert "30 %" in unescape(last.value("DESCRIPTION"))
    uids = [event.value("UID") for event in events]
    assert len(set(uids)) == 30 and uids[0] == "case-1-1@euthymia"


def test_the_file_says_nothing_about_the_illness_by_itself() -> None:
    text = to_ical(schedule_without_notes(), uid="x", stamp=STAMP).casefold()
    assert not any(word in text for word in ("depress", "tms", "psych", "stimul"))


def schedule_without_notes() -> Course:
    start = date(2026, 3, 2)
    return schedule(
        course("standard-36"), start, Availability(), Site("Europe/Berlin"), 20.0, today=start
    )


def test_a_course_without_sessions_is_an_empty_calendar() -> None:
    start = date(2026, 3, 2)
    empty = schedule(course("va-30"), start, Availability(), Site("UTC"), 20.0, today=start)
    assert parse(to_ical(empty, uid="x", stamp=STAMP)).children == []


@given(st.text(max_size=400))
def test_lines_fold_to_at_most_75_octets_and_unfold_to_themselves(text: str) -> None:
    line = _escaped(text)
    pieces = list(_folded(line))
    assert all(len(piece.encode("utf-8")) <= 75 for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
    assert all(piece.startswith(" ") for piece in pieces[1:])


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=80))
def test_escaped_text_reads_back_as_it_was(text: str) -> None:
    printable = "".join(character for character in text if character.isprintable())
    assert unescape(_escaped(text)) == printable


def test_a_stamp_without_a_zone_and_an_identifier_of_two_words_are_refused() -> None:
    with pytest.raises(InputError, match="no time zone"):
        to_ical(planned(), uid="x", stamp=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(InputError, match="not one word"):
        to_ical(planned(), uid="a b", stamp=STAMP)
