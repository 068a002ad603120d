"""Writing what was made into a folder: each file whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from euthymia.core.errors import InputError

_LONGEST = 60


def make_folder(folder: Path) -> None:
    """Make the folder and its parents; refuses with the reason where that is not possible."""
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)


def write_all(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files into a folder, which is made if need be; an earlier one of a name is replaced."""
    make_folder(folder)
    for name, data in files.items():
        with _explained(folder):
            _write_whole(folder / name, data)
    return tuple(folder / name for name in files)


def file_name(text: str) -> str:
    """A text, such as a pseudonym, as a part of a file name: letters, digits, hyphens."""
    return re.sub(r"[^\w-]+", "-", text).strip("-_")[:_LONGEST] or "patient"


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """What the disk refuses, said so that a person can help it."""
    try:
        yield
    except OSError as problem:
        raise InputError(
            str(folder),
            f"it cannot be written to ({problem.strerror or problem})",
            "Choose a folder that you may write to, with room on its disk",
        ) from problem


def _write_whole(path: Path, data: bytes) -> None:
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
