"""Reading this room's cited tables, and the two small shapes that they share."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Row(BaseModel):
    """A row of a data file: frozen, and refusing fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Row):
    """A value that may be known only within bounds. Both bounds belong to it; a bound may be open.

    As a requirement, `low` is the most lenient reading and `high` the strictest.
    """

    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"a span from {self.low:g} to {self.high:g} is reversed")
        return self

    @property
    def text(self) -> str:
        """ "20", "20 to 40", "at most 40", "at least 20"."""
        if self.low is None:
            return "not stated" if self.high is None else f"at most {self.high:g}"
        if self.high is None:
            return f"at least {self.low:g}"
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"


def load_table(name: str) -> dict[str, Any]:
    """The parsed content of `data/<name>`; `name` may name a file in a subfolder."""
    entry = files("euthymia.assess") / "data"
    for part in name.split("/"):
        entry = entry / part
    return tomllib.loads(entry.read_text(encoding="utf-8"))
