"""Reading this room's data files: TOML in `data/`, validated into frozen dataclasses."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TypeVar

from pydantic import ConfigDict, TypeAdapter

T = TypeVar("T")

NO_EXTRAS = ConfigDict(extra="forbid")
"""Set as `__pydantic_config__` in a data class, so that a misspelt key does not pass unread."""


def read_table(package: str, file_name: str, kind: type[T]) -> T:
    """The content of `data/<file_name>` of a package as a value of that type."""
    text = (files(package) / "data" / file_name).read_text(encoding="utf-8")
    return TypeAdapter(kind).validate_python(tomllib.loads(text))
