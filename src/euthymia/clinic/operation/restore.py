"""`euthymia restore`: a backup into an empty installation, on either kind of database."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind, User
from euthymia.clinic.accounts.second_factor import seal_all, told_of
from euthymia.clinic.operation.archive import Manifest, files_under, unpack
from euthymia.clinic.operation.backup import OWN
from euthymia.clinic.operation.startup import check_database, check_place
from euthymia.clinic.operation.tables import read_table
from euthymia.clinic.operation.verifying import faults
from euthymia.clinic.records import charts
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.projections import rebuild
from euthymia.core.errors import InputError, require_file
from euthymia.core.progress import Progress, stage


@dataclass(frozen=True, slots=True)
class Restored:
    """What came out of a backup."""

    patients: int
    entries: int
    files: int
    made_at: str
    without_factor: tuple[str, ...]
    """Users whose second factor cannot be read without the old secret key."""

    @property
    def sentence(self) -> str:
        said = (
            f"Restored {self.patients:,} patients with {self.entries:,} entries and "
            f"{self.files:,} files, as they were at {self.made_at}; everything was verified."
        )
        return f"{said}\n{told_of(self.without_factor)}" if self.without_factor else said


def check_backup(file: Path, progress: Progress, passphrase: str | None) -> str:
    """Read a backup to its end and restore nothing; what it holds, in a sentence."""
    require_file(file, "a backup")
    with stage(progress, "Reading and checking the backup"):
        manifest = unpack(file, None, passphrase)
    counts = manifest.counts
    return (
        f"{file} is whole: {counts.get('clinic_records.patient', 0):,} patients with "
        f"{counts.get('clinic_records.ledgerentry', 0):,} entries, as they were at "
        f"{manifest.made_at}; made by {manifest.software}."
    )


def restore(file: Path, progress: Progress, passphrase: str | None = None) -> Restored:
    """Read a backup back; raises InputError with the installation as empty as before.

    passphrase: needed if the backup is encrypted.
    """
    require_file(file, "a backup")
    place = settings.PLACE
    check_place(place)
    check_database()
    with tempfile.TemporaryDirectory(dir=place.home, prefix=".restore-") as scratch:
        folder = Path(scratch)
        with stage(progress, "Reading and checking the backup"):
            manifest = unpack(file, folder, passphrase)
        _fit_tables(file, manifest)
        with transaction.atomic():
            _load(folder / "tables", manifest, progress)
            _reset_sequences()
        files = _move_files(folder)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    without_factor = seal_all()
    charts.forget_all()
    rebuild(progress)
    note(EventKind.RESTORED, None, file.name)
    found = list(faults(progress))
    if found:
        raise InputError(
            str(file),
            f"what was backed up had {len(found)} faults already; the first: {found[0].sentence}",
            "It was restored as it is; run `euthymia verify` for all of them",
        )
    counts = manifest.counts
    return Restored(
        counts["clinic_records.patient"],
        counts["clinic_records.ledgerentry"],
        files,
        manifest.made_at,
        without_factor,
    )


def _fit_tables(file: Path, manifest: Manifest) -> None:
    """Have empty tables as they were when the backup was made, or refuse."""
    executor = MigrationExecutor(connection)
    known = executor.loader.disk_migrations
    wanted = {(app, name) for app, names in manifest.migrations.items() for name in names}
    ours = {app for app, _ in known}
    newer = sorted(key for key in wanted if key[0] in ours and key not in known)
    if newer:
        raise InputError(
            str(file),
            f"it was made by a newer version ({'.'.join(newer[0])} is not known here)",
            f"Install {manifest.software} or a later version",
        )
    done = set(executor.loader.applied_migrations)
    if done and _holds_anything():
        raise InputError(
            str(settings.PLACE.home),
            "this installation is not empty",
            "Give an empty folder (EUTHYMIA_HOME) or an empty database (DATABASE_URL)",
        )
    if done - wanted:
        raise InputError(
            str(file),
            "its tables are older than those that are here already",
            "Restore into a folder or a database in which nothing was made yet",
        )
    executor.migrate(_leaves(executor, {key for key in wanted if key in known}))


def _leaves(executor: MigrationExecutor, keys: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those migrations upon which none of the others of the same application builds."""
    nodes = executor.loader.graph.node_map

    def has_next(key: tuple[str, str]) -> bool:
        return any(next_.key in keys and next_.key[0] == key[0] for next_ in nodes[key].children)

    return sorted(key for key in keys if not has_next(key))


def _holds_anything() -> bool:
    tables = connection.introspection.table_names()
    return (User._meta.db_table in tables and User.objects.exists()) or (
        Patient._meta.db_table in tables and Patient.objects.exists()
    )


def _load(folder: Path, manifest: Manifest, progress: Progress) -> None:
    """Fill the tables, through models as they were when the backup was made."""
    executor = MigrationExecutor(connection)
    made = executor.loader.graph.nodes.keys() & executor.loader.applied_migrations.keys()
    state = executor.loader.project_state(_leaves(executor, made))
    labels = sorted(manifest.counts)
    with stage(progress, "Filling the tables", len(labels)) as step:
        for label in labels:
            model: type[Model] = state.apps.get_model(label)
            with (folder / f"{label}.jsonl").open(encoding="utf-8") as rows:
                read = read_table(model, rows)
            if read != manifest.counts[label]:
                raise InputError(
                    label, f"{read} rows came of {manifest.counts[label]}", "Use another backup"
                )
            step.advance()


def _reset_sequences() -> None:
    """Let the next number of every table follow the last one that was restored."""
    statements = connection.ops.sequence_reset_sql(no_style(), list(apps.get_models()))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _move_files(folder: Path) -> int:
    place = settings.PLACE
    count = 0
    for source, target in (
        (place.documents.name, place.documents),
        (place.heads.name, place.heads),
        (OWN, place.home),
    ):
        for name, path in files_under(folder / source):
            goal = target / name
            goal.parent.mkdir(parents=True, exist_ok=True)
            path.replace(goal)
            count += 1
    return count
