"""`euthymia cache`: where computed fields are kept, and how to be rid of them."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import typer

from euthymia.cli.options import JsonFlag

app = typer.Typer(
    help="Computed heads and fields, kept so that the same work is not done twice.",
    no_args_is_help=True,
)

# Only what the store itself has named: the folder may be one that holds other things, too.
_OURS = re.compile(r"[a-z_-]+-[0-9a-f]{40}\.npz|tmp[A-Za-z0-9_]+\.part")


@app.command("path")
def path(as_json: JsonFlag = False) -> None:
    """Print the folder of the cache. EUTHYMIA_CACHE names another one."""
    folder = _folder()
    files = list(_kept(folder))
    if as_json:
        _print({"folder": str(folder), "files": len(files), "bytes": _size(files)})
    else:
        typer.echo(folder)


@app.command("clear")
def clear(as_json: JsonFlag = False) -> None:
    """Remove what the cache holds, and nothing else in its folder. It only costs time."""
    folder = _folder()
    files = list(_kept(folder))
    size = _size(files)
    for file in files:
        file.unlink(missing_ok=True)
    if as_json:
        _print({"folder": str(folder), "removed": len(files), "bytes": size})
    else:
        what = "1 file" if len(files) == 1 else f"{len(files)} files"
        typer.echo(f"Removed {what} ({size / 1e6:.1f} MB) from {folder}")


def _folder() -> Path:
    from euthymia.core.errors import InputError
    from euthymia.core.store import Store

    folder = Store.default().folder
    assert folder is not None  # the default store always keeps
    if folder.exists() and not folder.is_dir():
        raise InputError(
            str(folder), "the cache must be a folder, and this is a file", "Set EUTHYMIA_CACHE"
        )
    return folder


def _kept(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (
            file
            for file in sorted(folder.iterdir())
            if _OURS.fullmatch(file.name) and file.is_file() and not file.is_symlink()
        )


def _size(files: list[Path]) -> int:
    return sum(file.stat().st_size for file in files)


def _print(data: dict[str, object]) -> None:
    from euthymia.cli.output import write_json

    write_json(data)
