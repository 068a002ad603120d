"""What an entry says, as lines of label and text for a page: units, local times, names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from euthymia.clinic.ui import formats, names

Line = tuple[str, str]

_UNITS = (
    ("_pct_mso", "% MSO"),
    ("_pct_rmt", "% of rMT"),
    ("_pct", "%"),
    ("_v_per_m", "V/m"),
    ("_mg_per_day", "mg a day"),
    ("_mm", "mm"),
    ("_cm", "cm"),
    ("_deg", "degrees"),
    ("_hz", "Hz"),
    ("_s", "s"),
    ("_c", "°C"),
)
"""Endings of names, the longer before the shorter, and the units that they mean."""

_NAMES: dict[str, Callable[[str], str]] = {
    "protocol": names.protocol,
    "target": names.target,
    "coil": names.coil_name,
    "stimulator": names.stimulator,
    "course": names.course,
    "payer": names.payer,
    "scale": names.scale,
    "observation": names.observation,
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*")
_WORDS = re.compile(r"[a-z]+(?:_[a-z]+)+")
_SPELT = {"id": "ID", "sha256": "SHA-256", "json": "JSON", "mso": "MSO", "rmt": "rMT"}


def lines(value: Any, path: tuple[str, ...] = ()) -> list[Line]:
    """A fact's content as plain JSON values, in lines; what is empty is left out."""
    if isinstance(value, dict):
        return [line for key, part in value.items() for line in lines(part, (*path, key))]
    if isinstance(value, list) and any(isinstance(part, dict) for part in value):
        rows = enumerate(value, start=1)
        return [line for n, part in rows for line in lines(part, (*path[:-1], f"{path[-1]} {n}"))]
    if value in (None, "", []):
        return []
    parts = value if isinstance(value, list) else [value]
    key, unit = _parted(path[-1])
    text = ", ".join(_text(path[-1], part) for part in parts)
    return [(_label((*path[:-1], key)), f"{text}{formats.NBSP}{unit}" if unit else text)]


def _parted(key: str) -> tuple[str, str]:
    """A name without its unit, and the unit."""
    for ending, unit in _UNITS:
        if key.endswith(ending) and key != ending.lstrip("_"):
            return key.removesuffix(ending), unit
    return key, ""


def _text(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:g}"
    said = str(value)
    if _DAY.fullmatch(said):
        return formats.day(date.fromisoformat(said))
    if _MOMENT.fullmatch(said):
        return formats.moment(datetime.fromisoformat(said))
    if key in _NAMES:
        return _NAMES[key](said)
    return said.replace("_", " ") if _WORDS.fullmatch(said) else said


def _label(path: tuple[str, ...]) -> str:
    words = " ".join(
        _SPELT.get(word, word) for part in path for word in (*part.replace("_", " ").split(), ",")
    )
    text = words.replace(" ,", ",").rstrip(",")
    return text[:1].upper() + text[1:]
