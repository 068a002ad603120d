"""Writing a document's files so that each appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from euthymia.core.errors import InputError


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """What the disk refuses, said so that a person can help it."""
    try:
        yield
    except OSError as problem:
        raise InputError(
            str(folder),
            f"it cannot be written to ({problem.strerror or problem})",
            "Choose a folder that you may write to, with room on its disk",
        ) from problem


def write_whole(path: Path, data: bytes) -> None:
    """Write beside the place, then move there: a killed run leaves no half file."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
