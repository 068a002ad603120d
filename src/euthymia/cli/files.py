"""Writing results: never half a file, and nothing begun where it cannot be finished."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from euthymia.core.errors import InputError


def require_output_folder(folder: Path) -> Path:
    """Refuse a folder that cannot be made or written in; makes nothing yet."""
    if folder.exists() and not folder.is_dir():
        raise InputError(str(folder), "this is a file, not a folder", "Name a folder")
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not place.is_dir():
        raise InputError(str(folder), f"{place} is a file, not a folder", "Name another folder")
    try:
        # Rights alone do not tell (read-only disks, other systems' rules), so it is tried.
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as problem:
        raise InputError(
            str(folder),
            f"nothing can be written there ({problem.strerror or type(problem).__name__})",
            "Name a folder in which you may write",
        ) from None
    return folder


def require_output_file(path: Path, *endings: str) -> Path:
    """Refuse a file that cannot be written, or that has another ending than one of these."""
    if path.is_dir():
        raise InputError(str(path), "this is a folder", "Name the file to write")
    if endings and not path.name.lower().endswith(endings):
        raise InputError(
            str(path), "its name has another ending", f"Let it end in {' or '.join(endings)}"
        )
    require_output_folder(path.absolute().parent)
    return path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there, its folder made if need be."""
    write_with(path, lambda beside: beside.write_bytes(content))


def write_with(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside its place, under a name of the same ending, and move it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = "".join(path.suffixes[-2:])
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".euthymia-", suffix=ending)
    os.close(handle)
    beside = Path(name)
    try:
        write(beside)
        with beside.open("rb+") as file:
            # A chart may soon hold the hash of this file: it must outlast a power cut, too.
            os.fsync(file.fileno())
        # A temporary file is closed to others; a result has the rights of any new file.
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
