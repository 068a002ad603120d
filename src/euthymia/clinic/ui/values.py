"""What the base pages and their parts are given: small values, made by views.

Texts are final, already translated; a url is where a press leads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias

Tone: TypeAlias = Literal["", "good", "accent", "note", "caution", "acknowledge", "stop", "outline"]
"""How a chip, a tile or an event is coloured. The word beside it says the same."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link of a navigation: of the whole clinic, of a patient's pages, of a trail.

    count: how many things wait there; None shows no number. `urgent` makes the number red.
    """

    label: str
    url: str
    current: bool = False
    count: int | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class PatientHeader:
    """The band above every page of a patient.

    name: the name where the reader may see it, else the pseudonym; `pseudonym` is shown beside it.
    facts: short pairs of label and text, such as ("Session", "12 of 36").
    open_tasks: how many safety tasks wait; `tasks_url` leads to them.
    """

    name: str
    url: str
    pseudonym: str = ""
    birth_year: int | None = None
    facts: Sequence[tuple[str, str]] = ()
    open_tasks: int = 0
    tasks_url: str = ""
    tabs: Sequence[NavItem] = ()
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that stands by itself, with what it is and where it leads."""

    label: str
    value: str
    unit: str = ""
    detail: str = ""
    url: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One point of a timeline. Newest or oldest first is the view's choice."""

    when: date | datetime
    title: str
    text: str = ""
    by: str = ""
    url: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way, such as from referral to follow-up."""

    label: str
    state: Literal["done", "current", "todo", "blocked"] = "todo"
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. `sort_url` makes its head a link; `sorted` is "asc" or "desc"."""

    label: str
    numeric: bool = False
    sort_url: str = ""
    sorted: Literal["", "asc", "desc"] = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text, perhaps a link, perhaps a chip of that tone; `quiet` text stands below."""

    text: str
    url: str = ""
    chip: Tone | None = None
    quiet: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; its first cell names it."""

    cells: Sequence[Cell | str]
    tone: Literal["", "stop", "caution", "current", "struck"] = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that turns into cards on a narrow page."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    dense: bool = False
    hide_caption: bool = False
    empty: str = ""

    def lines(self) -> list[tuple[Row, list[tuple[Column, Cell]]]]:
        """The rows with every cell beside its column."""
        return [
            (
                row,
                [
                    (column, cell if isinstance(cell, Cell) else Cell(cell))
                    for column, cell in zip(self.columns, row.cells, strict=True)
                ],
            )
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a confirm page asks before something that is hard to take back.

    consequences: what will happen, one sentence each. `hidden` goes with the form as it is.
    """

    question: str
    action_label: str
    cancel_url: str
    consequences: Sequence[str] = ()
    danger: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)
