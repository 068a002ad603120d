"""The one database: a SQLite file that loses nothing it acknowledged, or PostgreSQL by its URL."""

from __future__ import annotations

from typing import Any

import dj_database_url

from euthymia.clinic.config.place import Place
from euthymia.core.errors import InputError

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456; PRAGMA cache_size=-65536; "
    "PRAGMA secure_delete=ON"
)
"""WAL lets readers read while one writes; FULL puts what is acknowledged on the disk; with
secure_delete zeros take the place of what was deleted, so that an erased name leaves no trace."""

_KNOWN = {"sqlite", "postgres", "postgresql"}


def database(place: Place) -> dict[str, Any]:
    """Django's settings of the database; refuses a URL that names another kind."""
    url = place.database_url or f"sqlite:///{place.home / 'clinic.sqlite3'}"
    scheme = url.partition(":")[0]
    if scheme not in _KNOWN:
        raise InputError(
            "DATABASE_URL",
            f"databases of the kind {scheme!r} are not supported",
            "Give sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME, or leave it empty",
        )
    try:
        found: dict[str, Any] = {**dj_database_url.parse(url)}
    except ValueError as problem:
        raise InputError("DATABASE_URL", f"it cannot be read ({problem})", "Correct it") from None
    if scheme == "sqlite":
        place.make_home()
        found["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": SQLITE_PRAGMAS,
        }
        found["CONN_MAX_AGE"] = None
    else:
        found["CONN_MAX_AGE"] = 60
        found["CONN_HEALTH_CHECKS"] = True
    return found
