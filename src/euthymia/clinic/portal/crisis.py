"""Whom a patient in a crisis can call, from cited data and from the clinic's own file."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from euthymia.core.errors import InputError
from euthymia.core.references import Citation

_LOG = logging.getLogger(__name__)


class CrisisLine(BaseModel):
    """One number to call. site: only for patients of the site of that name; empty for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str = Field("", pattern=r"^([A-Z]{2})?$")
    site: str = ""
    name: str = Field(min_length=1)
    show: str = Field(min_length=1)
    call: str = Field(pattern=r"^\+?[0-9]+$")
    how: str = ""
    source: Citation | None = None


def crisis_lines(country: str, site: str = "") -> tuple[CrisisLine, ...]:
    """The clinic's own lines first, then those of the country.

    A file of the clinic that cannot be read must not keep anybody from the other numbers: it is
    logged here, and refused by the check at the start.
    """
    try:
        own = [line for line in own_lines() if line.site in ("", site)]
    except InputError as refused:
        _LOG.error("%s", refused)
        own = []
    here = [line for line in own if line.country in ("", country)]
    shown = {line.call for line in here}
    return (
        *here,
        *(
            line
            for line in known_lines()
            if line.country == country.upper() and line.call not in shown
        ),
    )


@cache
def known_lines() -> tuple[CrisisLine, ...]:
    """The lines that are shipped, in the order of their file."""
    text = (files("euthymia.clinic.portal") / "data" / "crisis.toml").read_text(encoding="utf-8")
    return tuple(CrisisLine.model_validate(row) for row in tomllib.loads(text)["line"])


def own_lines() -> tuple[CrisisLine, ...]:
    """The lines of the clinic's own file, read anew when it changes; none without a file.

    Raises InputError for a file that cannot be read.
    """
    path = settings.PLACE.home / "crisis.toml"
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else ()


@cache
def _read(path: Path, _changed: int) -> tuple[CrisisLine, ...]:
    try:
        rows: Iterable[object] = tomllib.loads(path.read_text(encoding="utf-8")).get("line", ())
        return tuple(CrisisLine.model_validate(row) for row in rows)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as problem:
        raise InputError(
            str(path),
            f"the crisis lines in it cannot be read ({str(problem).splitlines()[0]})",
            "Write it like the file crisis.toml of the patient's pages, or remove it",
        ) from problem
