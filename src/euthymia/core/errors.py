"""Refusals that carry their facts and end in a sentence the user can act on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


# Not frozen: Python itself sets attributes (the traceback) on an exception that it carries along.
@dataclass(eq=False)
class EuthymiaError(Exception):
    """A refusal: the thing it is about, what was found, and the remedy.

    Its text is one clear sentence for a person. Programs test the fields instead of the text.
    The command line prints it and ends with exit code 2; nothing is written.
    """

    subject: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}. {self.remedy}."


@dataclass(eq=False)
class InputError(EuthymiaError, ValueError):
    """What the user gave cannot be used as it stands."""


@dataclass(eq=False)
class MissingPartError(EuthymiaError, RuntimeError):
    """An optional part of the installation (a package, a file) is needed and absent."""


def require_file(path: Path, what: str) -> Path:
    """Return `path` if it is a readable, non-empty file; refuse it with the remedy otherwise."""
    if path.is_dir():
        raise InputError(str(path), f"this is a folder, not {what}", f"Name the file of {what}")
    if not path.is_file():
        raise InputError(str(path), "there is no such file", f"Give the path of {what}")
    if path.stat().st_size == 0:
        raise InputError(str(path), "the file is empty", f"Give {what} that has content")
    return path
