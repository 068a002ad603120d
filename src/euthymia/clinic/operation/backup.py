"""`euthymia backup`: everything in one file, as it was at one moment, while the clinic works."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from euthymia.clinic import clock
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind
from euthymia.clinic.operation.archive import Manifest, Writer, files_under
from euthymia.clinic.operation.sealing import SealedWriter
from euthymia.clinic.operation.startup import check_up_to_date
from euthymia.clinic.operation.tables import snapshot, tables, write_table
from euthymia.core.errors import InputError
from euthymia.core.progress import Progress, stage

OWN = "place"
OWN_FILES = ("crisis.toml",)
"""What the clinic keeps in its folder beside the database; the secret key stays where it is."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds."""

    file: Path
    size: int
    patients: int
    entries: int
    files: int
    sealed: bool

    @property
    def sentence(self) -> str:
        how = ", encrypted" if self.sealed else ", not encrypted"
        return (
            f"Backed up {self.patients:,} patients with {self.entries:,} entries and "
            f"{self.files:,} files into {self.file} ({self.size / 1e6:.1f} MB{how})."
        )


def back_up(
    file: Path, progress: Progress, by: int | None = None, passphrase: str | None = None
) -> BackedUp:
    """Write a backup into a new file; it is there whole or not at all.

    passphrase: seals it, so that nobody reads it without; if it is forgotten, nobody does at all.
    """
    check_up_to_date()
    if file.exists():
        raise InputError(str(file), "it exists already", "Give the name of a new file")
    if not file.parent.is_dir():
        raise InputError(str(file), "its folder does not exist", "Make the folder first")
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as target:
            part.chmod(0o600)
            counts, files = _write_sealed(target, progress, passphrase)
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    except OSError as problem:
        raise InputError(
            str(file),
            f"it cannot be written ({problem.strerror or problem})",
            "Give a place with room where this user may write",
        ) from None
    finally:
        part.unlink(missing_ok=True)
    note(EventKind.BACKED_UP, by, file.name + (" (encrypted)" if passphrase else ""))
    return BackedUp(
        file,
        file.stat().st_size,
        counts["clinic_records.patient"],
        counts["clinic_records.ledgerentry"],
        files,
        passphrase is not None,
    )


def _write_sealed(
    target: IO[bytes], progress: Progress, passphrase: str | None
) -> tuple[dict[str, int], int]:
    if passphrase is None:
        return _write(target, progress)
    sealed = SealedWriter(target, passphrase)
    written = _write(cast(IO[bytes], sealed), progress)
    sealed.finish()
    return written


def _write(target: IO[bytes], progress: Progress) -> tuple[dict[str, int], int]:
    place = settings.PLACE
    with snapshot() as using, tempfile.TemporaryDirectory(dir=place.home) as scratch:
        manifest = Manifest(
            f"euthymia {version('euthymia')}",
            clock.now().isoformat(timespec="seconds"),
            connections[using].vendor,
            applied_migrations(using),
        )
        writer = Writer(target, manifest)
        wanted = tables()
        with stage(progress, "Writing tables", len(wanted)) as step:
            for model in wanted:
                label = model._meta.label_lower
                path = Path(scratch) / label
                with path.open("w", encoding="utf-8") as rows:
                    manifest.counts[label] = write_table(model, rows, using)
                writer.add(f"tables/{label}.jsonl", path)
                path.unlink()
                step.advance()
        files = [
            (f"{folder.name}/{name}", path)
            for folder in (place.documents, place.heads)
            for name, path in files_under(folder)
        ]
        files += [
            (f"{OWN}/{name}", place.home / name)
            for name in OWN_FILES
            if (place.home / name).is_file()
        ]
        with stage(progress, "Writing documents and heads", len(files)) as step:
            for name, path in files:
                writer.add(name, path)
                step.advance()
        writer.close()
    return manifest.counts, len(files)


def applied_migrations(using: str = "default") -> dict[str, list[str]]:
    """The names of the migrations that made the tables, by application."""
    found: dict[str, list[str]] = defaultdict(list)
    for app, name in MigrationRecorder(connections[using]).applied_migrations():
        found[app].append(name)
    return {app: sorted(names) for app, names in sorted(found.items())}
