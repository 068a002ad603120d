"""What every command needs before it works: settings that make sense, and tables that fit."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from euthymia.clinic.accounts.second_factor import seal_all, told_of
from euthymia.clinic.config.place import Place
from euthymia.clinic.jobs import worker
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.projections import rebuild
from euthymia.core.errors import InputError
from euthymia.core.progress import Progress

NEEDS_FREE_BYTES = 200 * 1024 * 1024


def check_place(place: Place) -> None:
    """Refuse a folder that cannot be written to or has no room left."""
    place.make_home()
    if shutil.disk_usage(place.home).free < NEEDS_FREE_BYTES:
        raise InputError(
            f"EUTHYMIA_HOME ({place.home})",
            "less than 200 MB are free on its disk",
            "Make room, or give a folder on another disk",
        )


def check_database() -> None:
    """Refuse a database that does not answer, or that a newer version has changed."""
    try:
        connection.ensure_connection()
        unknown = newer_migrations()
    except DatabaseError as problem:
        first = str(problem).strip().splitlines()[0] if str(problem).strip() else "no answer"
        raise InputError(
            _where(),
            f"the database does not answer ({first})",
            "Start it, or correct DATABASE_URL",
        ) from None
    if unknown:
        raise InputError(
            _where(),
            f"the database was changed by a newer version ({unknown[0]} is not known here)",
            "Install that version or a later one, or restore a backup into an empty database",
        )


def check_up_to_date() -> None:
    """Refuse a database whose tables this version has not made yet; nothing is changed."""
    check_database()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise InputError(
            _where(),
            "the database is not up to this version",
            "Start `euthymia serve` once; it brings it up",
        )


def newer_migrations() -> list[str]:
    """Migrations that the database has and this version does not know."""
    known = MigrationExecutor(connection).loader.disk_migrations
    apps = {app for app, _ in known}
    done = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in done if app in apps and (app, name) not in known)


def check_mode(place: Place) -> None:
    """Refuse to run real records as an example, where everyone knows the passwords; or reversed."""
    file = place.home / "mode"
    if not file.exists():
        file.write_text(place.mode.value, encoding="ascii")
    kept = file.read_text(encoding="ascii").strip()
    if kept != place.mode.value:
        raise InputError(
            f"EUTHYMIA_HOME ({place.home})",
            f"it was made for another mode ({kept}) than is asked for ({place.mode.value})",
            "Give a folder of its own, or set EUTHYMIA_MODE to that mode",
        )
    if place.example and Patient.objects.filter(synthetic=False).exists():
        raise InputError(
            _where(),
            "it holds patients who are not synthetic, so it cannot be an example clinic",
            "Give the example a database of its own",
        )


def prepare() -> None:
    """Check the place, bring the tables up to this version, seal secrets with the present key."""
    check_place(settings.PLACE)
    check_database()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    check_mode(settings.PLACE)
    lost = seal_all()
    if lost:
        print(told_of(lost), file=sys.stderr)


def work() -> None:
    """Be a worker."""
    check_place(settings.PLACE)
    check_up_to_date()
    check_mode(settings.PLACE)
    print(f"A worker of {settings.PLACE.home} waits for jobs; Ctrl-C stops it.", file=sys.stderr)
    worker.main()


def rebuilt(progress: Progress) -> str:
    """Make all projections anew; a sentence about it."""
    prepare()
    return f"The projections of {rebuild(progress):,} patients were made anew."


def _where() -> str:
    if connection.vendor == "sqlite":
        return str(Path(str(connection.settings_dict["NAME"])))
    return f"database {connection.settings_dict['NAME']}"
