"""Whom a patient in a crisis can call, from cited data and from the clinic's own file."""

from __future__ import annotations

import logging
import tomllib
from functools import cache
from importlib.resources import files

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

from euthymia.clinic.portal.own_files import OwnFile
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


class _Lines(BaseModel):
    line: tuple[CrisisLine, ...] = ()


_OWN = OwnFile(
    _Lines,
    "the crisis lines",
    "Write it like the file crisis.toml of the patient's pages, or remove it",
)


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
    return _Lines.model_validate(tomllib.loads(text)).line


def own_lines() -> tuple[CrisisLine, ...]:
    """The lines of the clinic's own file, read anew when it changes; none without a file.

    Raises InputError for a file that cannot be read.
    """
    own = _OWN.read(settings.PLACE.home / "crisis.toml")
    return own.line if own is not None else ()
