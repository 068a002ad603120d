"""Where the passphrase of a backup comes from: a file, the environment, or the person who asks.

Never the command line: other users of the machine can read that, and shells keep it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from euthymia.core.errors import InputError, require_file

VARIABLE = "EUTHYMIA_BACKUP_PASSPHRASE"
FILE_VARIABLE = "EUTHYMIA_BACKUP_PASSPHRASE_FILE"


def given_passphrase(file: Path | None = None) -> str | None:
    """The passphrase of that file, or else of the environment; None if there is none."""
    named = os.environ.get(FILE_VARIABLE)
    if file is None and named:
        file = Path(named)
    if file is None:
        return os.environ.get(VARIABLE) or None
    try:
        text = require_file(file, "a passphrase").read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise InputError(
            str(file), "it cannot be read as text", "Give a file that holds the passphrase alone"
        ) from None
    if not text or "\n" in text:
        raise InputError(
            str(file), "it does not hold one line", "Give a file that holds the passphrase alone"
        )
    return text


def is_set() -> bool:
    """Whether the environment names a passphrase, so that every backup is encrypted."""
    return bool(os.environ.get(FILE_VARIABLE) or os.environ.get(VARIABLE))


def asked_passphrase(*, twice: bool) -> str:
    """The passphrase as somebody types it, unseen."""
    if not sys.stdin.isatty():
        raise InputError(
            "passphrase",
            "there is none, and nobody to be asked",
            f"Give --passphrase-file, or set {VARIABLE}",
        )
    typed: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True)
    return typed
