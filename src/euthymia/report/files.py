"""Several files into one folder, each whole or not at all, under names that are safe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from euthymia.report.writing import explained, write_whole

_LONGEST = 60


def make_folder(folder: Path) -> None:
    """Make the folder and its parents; refuses with the reason where that is not possible."""
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)


def write_all(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files into a folder, which is made if need be; an earlier one of a name is replaced."""
    make_folder(folder)
    for name, data in files.items():
        with explained(folder):
            write_whole(folder / name, data)
    return tuple(folder / name for name in files)


def file_name(text: str) -> str:
    """A text, such as a pseudonym, as a part of a file name: letters, digits, hyphens."""
    return re.sub(r"[^\w-]+", "-", text).strip("-_")[:_LONGEST] or "patient"
