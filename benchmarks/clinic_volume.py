"""A large synthetic clinic for the clinic's benchmarks: made once, kept in a cache folder.

    .venv/bin/python benchmarks/clinic_volume.py [PATIENTS]

Builds the clinic if it is not there and prints how long that took, how many entries it has and how
large it is. The folder's name holds a hash of everything that decides its content, so that a
change of the charts or of a projection makes a new one.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from datetime import datetime
from pathlib import Path

from platformdirs import user_cache_path

PATIENTS = 10_500
"""So many that 10,000 times 36 sessions are in it: some patients stop early or have not begun."""

_DECIDES = (
    "chart/*.py",
    "clinic/*/migrations/*.py",
    "clinic/*/projections.py",
    "clinic/*/models.py",
    "clinic/records/overview.py",
    "clinic/example/**/*.py",
    "clinic/example/data/*",
)


def folder_of(patients: int) -> Path:
    """Where the clinic of that size is kept."""
    source = Path(__file__).resolve().parents[1] / "src" / "euthymia"
    digest = hashlib.sha256()
    for pattern in _DECIDES:
        for path in sorted(source.glob(pattern)):
            digest.update(path.relative_to(source).as_posix().encode() + path.read_bytes())
    return user_cache_path("euthymia") / f"clinic-{patients}-{digest.hexdigest()[:12]}"


def django_in(folder: Path, database_url: str = "") -> None:
    """Set Django up on the example clinic of a folder, or of a database; once in a process."""
    os.environ.update(
        EUTHYMIA_HOME=str(folder),
        EUTHYMIA_MODE="example",
        DATABASE_URL=database_url,
        DJANGO_SETTINGS_MODULE="euthymia.clinic.config.settings",
    )
    import django  # noqa: PLC0415

    django.setup()


def volume_clinic(patients: int = PATIENTS, folder: Path | None = None) -> datetime:
    """Set Django up on a large clinic, made now if need be; returns the moment of its making.

    folder: an existing one to use instead.
    """
    home = folder or folder_of(patients)
    done = home / "made.txt"
    django_in(home)
    if not done.is_file():
        _make(patients, home)
    return datetime.fromisoformat(done.read_text(encoding="ascii").split()[0])


def _make(patients: int, home: Path) -> None:
    from django.core.management import call_command  # noqa: PLC0415

    from euthymia.clinic import clock  # noqa: PLC0415
    from euthymia.clinic.example.fill import bulk_load  # noqa: PLC0415
    from euthymia.clinic.research.gathering import gather  # noqa: PLC0415
    from euthymia.core.progress import SILENT  # noqa: PLC0415

    if (home / "clinic.sqlite3").exists():
        sys.exit(f"{home} holds a clinic that was not finished: remove it")
    sys.stdout.write(f"making {patients:,} patients in {home} ...\n")
    sys.stdout.flush()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    moment = clock.now()
    began, began_cpu = time.perf_counter(), time.process_time()
    with clock.at(moment):
        filled = bulk_load(patients)
    took, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    gather(SILENT)  # the registry's pages show what was gathered
    size = (home / "clinic.sqlite3").stat().st_size / 1e6
    said = f"{filled.sentence}; {took:.0f} s ({cpu:.0f} s of one core), {size:,.0f} MB"
    (home / "made.txt").write_text(f"{moment.isoformat()} {said}\n", encoding="ascii")


def main() -> None:
    """Make it, and say what it is."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    home = folder_of(patients)
    volume_clinic(patients, home)
    sys.stdout.write((home / "made.txt").read_text(encoding="ascii"))


if __name__ == "__main__":
    main()
