"""Files of the clinic's own, which stand beside what is shipped: read anew when they change."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from euthymia.core.errors import InputError

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class OwnFile(Generic[M]):
    """One kind of file: its shape, what stands in it, and how it has to be written."""

    shape: type[M]
    what: str
    remedy: str

    def read(self, path: Path) -> M | None:
        """What the file holds; None without a file. Raises InputError if it cannot be read."""
        return _read(self, path, path.stat().st_mtime_ns) if path.is_file() else None


@cache
def _read(kind: OwnFile[M], path: Path, _changed: int) -> M:
    try:
        return kind.shape.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as problem:
        raise InputError(
            str(path),
            f"{kind.what} in it cannot be read ({str(problem).splitlines()[0]})",
            kind.remedy,
        ) from problem
