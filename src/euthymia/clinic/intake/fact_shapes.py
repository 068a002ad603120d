"""The shape of a fact as flat form fields: its model walked through, and its values put back.

A leaf (text, number, day, choice) is a field of its own; a value made of leaves is a group of
fields; a list of such values is a group for each, with a box to leave it out. What has another
shape is shown as JSON, so that every fact can be corrected. Names are paths: "answers__0__item".
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from django import forms
from django.utils.translation import gettext as _
from pydantic import BaseModel

from euthymia.clinic.ui.forms import LONGEST_TEXT, YES_NO, day_field, yes_or_no

BETWEEN = "__"
OMIT = "omit"
_FIXED = ("kind", "schema_version")
_SHORT = 60
"""A longer text gets several lines."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One field of the form.

    path: the keys and places that lead to the value. how: how what was given becomes JSON.
    optional: an empty field is unknown, not an empty text.
    """

    path: tuple[str | int, ...]
    field: forms.Field
    how: Literal["plain", "yes-no", "lines", "omit"]
    initial: Any = None
    optional: bool = False

    @property
    def name(self) -> str:
        return BETWEEN.join(map(str, self.path))


def leaves(kind: type[BaseModel], body: Mapping[str, Any]) -> list[Leaf]:
    """The fields for a fact of that kind with that content (plain JSON values)."""
    found: list[Leaf] = []
    for name, annotation in _members(kind).items():
        if name not in _FIXED:
            found += _walk(annotation, (name,), body.get(name))
    return found


def body_of(
    found: list[Leaf], given: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """The content that the form's values make, in the shape of the content before."""
    body: dict[str, Any] = {key: before[key] for key in _FIXED if key in before and key != "kind"}
    left_out = {leaf.path[:-1] for leaf in found if leaf.how == "omit" and given.get(leaf.name)}
    for leaf in found:
        if leaf.how == "omit" or any(leaf.path[: len(path)] == path for path in left_out):
            continue
        value = _value(leaf, given.get(leaf.name))
        # What is empty and did not stand there stays out, so that its own default holds.
        if value not in (None, "", []) or _stands(before, leaf.path):
            _put(body, leaf.path, value)
    return {key: _closed(value) for key, value in body.items()}


def _walk(annotation: Any, path: tuple[str | int, ...], value: Any) -> Iterator[Leaf]:
    bare, optional = _bare(annotation)
    members = _members(bare)
    item = _item(bare)
    if members and not (optional and value is None):
        for name, each in members.items():
            below = value.get(name) if isinstance(value, dict) else None
            yield from _walk(each, (*path, name), below)
    elif item is not None and _members(item) and all(_flat(m) for m in _members(item).values()):
        for place, row in enumerate(value or []):
            yield from _walk(item, (*path, place), row)
            leave_out = forms.BooleanField(
                required=False, label=_label((*path, place), _("leave it out"))
            )
            yield Leaf((*path, place, OMIT), leave_out, "omit")
        if not value:
            yield Leaf(path, _json_field(path), "plain", [], optional=True)
    elif item in (str,):
        yield Leaf(path, _lines_field(path), "lines", "\n".join(value or []))
    else:
        yield _leaf(bare, optional, path, value)


def _leaf(bare: Any, optional: bool, path: tuple[str | int, ...], value: Any) -> Leaf:
    label, required = _label(path), not optional
    options = _options(bare)
    empty = [("", _("not known"))] if optional else []
    if options:
        choices = [*empty, *((str(each), str(each).replace("_", " ")) for each in options)]
        field: forms.Field = forms.ChoiceField(label=label, choices=choices, required=required)
        return Leaf(path, field, "plain", value, optional)
    if bare is bool:
        choices = [*empty, ("yes", _("yes")), ("no", _("no"))]
        field = forms.ChoiceField(label=label, choices=choices, required=required)
        return Leaf(path, field, "yes-no", YES_NO[value], optional)
    if bare in (int, float):
        number = forms.IntegerField if bare is int else forms.FloatField
        return Leaf(path, number(label=label, required=required), "plain", value, optional)
    if bare is date:
        return Leaf(path, day_field(label, required=required), "plain", value, optional)
    if bare in (str, datetime):
        long = isinstance(value, str) and (len(value) > _SHORT or "\n" in value)
        field = forms.CharField(
            label=label, required=False, max_length=LONGEST_TEXT,
            widget=forms.Textarea(attrs={"rows": 4}) if long else forms.TextInput(),
        )  # fmt: skip
        return Leaf(path, field, "plain", value, optional or bare is datetime)
    return Leaf(path, _json_field(path), "plain", value, optional=True)


def _json_field(path: tuple[str | int, ...]) -> forms.Field:
    return forms.JSONField(
        label=_label(path),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"}),
        help_text=_("Structured value as JSON; null if it is not known."),
    )


def _lines_field(path: tuple[str | int, ...]) -> forms.Field:
    return forms.CharField(
        label=_label(path),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line."),
    )


def _value(leaf: Leaf, given: Any) -> Any:
    if leaf.how == "yes-no":
        return yes_or_no(given)
    if leaf.how == "lines":
        return [line.strip() for line in (given or "").splitlines() if line.strip()]
    if isinstance(given, date):
        return given.isoformat()
    return None if given == "" and leaf.optional else given


def _stands(before: Any, path: tuple[str | int, ...]) -> bool:
    """Whether the content has something at that path, be it empty."""
    for key in path:
        known = key in before if isinstance(before, dict) else _has_row(before, key)
        if not known:
            return False
        before = before[key]
    return True


def _has_row(rows: Any, key: str | int) -> bool:
    return isinstance(rows, list) and isinstance(key, int) and key < len(rows)


def _put(body: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    """Put a value in its place; rows are kept by their number until they are closed up."""
    here: dict[Any, Any] = body
    for key in path[:-1]:
        here = here.setdefault(key, {})
    here[path[-1]] = value


def _closed(value: Any) -> Any:
    """Rows by number become a list."""
    if not isinstance(value, dict):
        return value
    inner = {key: _closed(each) for key, each in value.items()}
    if inner and all(isinstance(key, int) for key in inner):
        return [inner[key] for key in sorted(inner)]
    return inner


def _bare(annotation: Any) -> tuple[Any, bool]:
    """The type without what annotates it, and whether it may be None."""
    optional = False
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            inner = [each for each in get_args(annotation) if each is not type(None)]
            optional = optional or len(inner) < len(get_args(annotation))
            if len(inner) != 1:
                return annotation, optional
            annotation = inner[0]
        else:
            return annotation, optional


def _members(kind: Any) -> dict[str, Any]:
    """The fields of a dataclass or model with their types; nothing for anything else."""
    if not isinstance(kind, type):
        return {}
    if issubclass(kind, BaseModel):
        return {
            name: Annotated[field.annotation, "model"] for name, field in kind.model_fields.items()
        }
    if is_dataclass(kind) and kind.__name__ != "Pose":
        hints = get_type_hints(kind, include_extras=True)
        return {each.name: hints[each.name] for each in fields(kind)}
    return {}


def _item(bare: Any) -> Any:
    """What a tuple of any length holds; None for anything else."""
    arguments = get_args(bare)
    if get_origin(bare) is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _bare(arguments[0])[0]
    return None


def _flat(annotation: Any) -> bool:
    bare, _optional = _bare(annotation)
    return bare in (str, int, float, bool, date, datetime) or bool(_options(bare))


def _options(bare: Any) -> tuple[Any, ...]:
    if get_origin(bare) is Literal:
        return get_args(bare)
    if isinstance(bare, type) and issubclass(bare, Enum):
        return tuple(each.value for each in bare)
    return ()


def _label(path: tuple[str | int, ...], last: str = "") -> str:
    """ "Trial, start", "Answers 2, detail"."""
    words: list[str] = []
    for part in (*path, *((last,) if last else ())):
        if isinstance(part, int):
            words[-1] += f" {part + 1}"
        else:
            words.append(part.replace("_", " "))
    text = ", ".join(words)
    return text[:1].upper() + text[1:]
