"""What every kind of entry has in common: a strict schema, and no dates in the future."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
)

from euthymia.core.errors import InputError
from euthymia.core.poses import Pose


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


def _pose(value: object) -> Pose:
    return value if isinstance(value, Pose) else Pose.from_json(value)  # type: ignore[arg-type]


Name = Annotated[str, AfterValidator(_not_blank)]
"""A text that says something."""


def text_of(pattern: str, what: str) -> tuple[AfterValidator, WithJsonSchema]:
    """A text of that pattern; the refusal says in words `what` it has to be."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text!r} is not {what}")
        return text

    return AfterValidator(check), WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


Sha256 = Annotated[str, *text_of(r"[0-9a-f]{64}", "a SHA-256 (64 lower-case hexadecimal digits)")]
"""The SHA-256 of a file's content."""

EntryId = Annotated[
    str, *text_of(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "the id of an entry (a UUID)")
]
"""The UUID of an entry in the same chart."""

Number = Annotated[int, Field(ge=1)]
"""Counts from 1."""

Output = Annotated[float, Field(gt=0, le=100)]
"""An output in % of the maximum of the stimulator (MSO)."""

CoilPose = Annotated[
    Pose,
    PlainValidator(_pose),
    PlainSerializer(lambda pose: pose.to_json(), return_type=dict),
    WithJsonSchema({"type": "object", "required": ["frame", "axes", "matrix_mm"]}),
]
"""A coil's pose, written as frame, axes and 4 x 4 matrix in millimetres."""


class Fact(BaseModel):
    """The content of one entry. Frozen; unknown fields and wrong types are refused.

    Each kind has its own number of schema version, which rises when a field changes its meaning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    may_lie_ahead: ClassVar[frozenset[str]] = frozenset()
    """Fields whose dates may lie after the entry's own time."""

    came_later: ClassVar[frozenset[str]] = frozenset()
    """Names of fields, at any depth, that came after charts were first written. They are left out
    where they are empty, so that older software reads every chart that does not use them."""

    @model_serializer(mode="wrap")
    def _as_before(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        body: dict[str, Any] = write(self)
        return _without(body, self.came_later) if self.came_later else body

    def refuse_future(self, at: datetime) -> None:
        """Refuse a fact that holds a day or a time after the entry's own time.

        Days are compared with the calendar day at the entry's own offset from UTC, which is why an
        entry carries the author's local time.
        """
        for words, when in _dates_in(self):
            ahead = when > at if isinstance(when, datetime) else when > at.date()
            if ahead:
                raise InputError(
                    f"{title(type(self))}, {' '.join(words)}",
                    f"{when.isoformat()} is a date in the future "
                    f"(the entry is made on {at.date().isoformat()})",
                    "Correct the date; an entry records what has happened",
                )

    def refuse_slip(self) -> None:
        """Refuse, at the time of writing only, what is most likely a slip of the pen.

        This may lean on rules that change over the years; what was once written stays readable.
        """


def _without(value: Any, names: frozenset[str]) -> Any:
    """The value without fields of these names that are empty: None, "", or nothing in them."""
    if isinstance(value, dict):
        return {
            key: _without(part, names)
            for key, part in value.items()
            if key not in names or part not in (None, "", [], (), {})
        }
    return [_without(part, names) for part in value] if isinstance(value, list) else value


def title(kind: type[Fact]) -> str:
    """The name of a kind of entry in words: "Medication trial recorded"."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).capitalize()


_DATELESS = (str, int, float, bool, type(None), Pose)
"""Types that hold no date: most values are of these, and are looked at no further."""


def _dates_in(value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every date in a value, with the words that lead to it."""
    if isinstance(value, date):
        yield (), value
    elif isinstance(value, tuple | list):
        for item in value:
            if type(item) not in _DATELESS:
                yield from _dates_in(item)
    else:
        for name in _fields_of(type(value)):
            held = getattr(value, name)
            if type(held) not in _DATELESS:
                for words, when in _dates_in(held):
                    yield (name.replace("_", " "), *words), when


def _fields_of(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a type in which dates are looked for."""
    if kind not in _LOOKED_IN:
        _LOOKED_IN[kind] = tuple(_may_hold_dates(kind))
    return _LOOKED_IN[kind]


_LOOKED_IN: dict[type[Any], tuple[str, ...]] = {}


def _may_hold_dates(kind: type[Any]) -> Iterator[str]:
    if issubclass(kind, BaseModel):
        ahead = kind.may_lie_ahead if issubclass(kind, Fact) else frozenset()
        yield from (name for name in kind.model_fields if name not in ahead)
    elif is_dataclass(kind):
        yield from (field.name for field in fields(kind))
