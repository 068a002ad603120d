"""Tables as JSON lines, out of either kind of database and into either kind.

What is not taken along: projections (made anew), sessions, the cache, the queue and its workers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import IO, Any
from uuid import UUID

from django.apps import apps
from django.db import connections, models, transaction
from django.db.models import Model

from euthymia.clinic.records.projections import registered

_LEFT_OUT = {
    "contenttypes.contenttype",
    "auth.permission",
    "auth.group_permissions",
    "clinic_accounts.user_user_permissions",
    "sessions.session",
    "clinic_jobs.worker",
}
_LEFT_OUT_APPS = {"django_tasks_database", "django_tasks_db", "admin"}
_AT_ONCE = 2_000
SNAPSHOT = "snapshot"


def tables() -> list[type[Model]]:
    """The tables that are backed up, in a fixed order; many-to-many tables among them."""
    projected = {projection.model for projection in registered()}
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model not in projected
        and model._meta.managed
        and not model._meta.proxy
        and model._meta.label_lower not in _LEFT_OUT
        and model._meta.app_label not in _LEFT_OUT_APPS
    ]
    return sorted(found, key=lambda model: model._meta.label_lower)


@contextmanager
def snapshot() -> Iterator[str]:
    """A second connection that sees the database as it is now, while others go on writing.

    SQLite: a read transaction of its write-ahead log; PostgreSQL: REPEATABLE READ.
    """
    given = deepcopy(connections.settings["default"])
    if connections["default"].vendor == "sqlite":
        given["OPTIONS"] = {**given["OPTIONS"], "transaction_mode": "DEFERRED"}
        given["NAME"] = connections["default"].settings_dict["NAME"]
    given["CONN_MAX_AGE"] = 0
    connections.settings[SNAPSHOT] = given
    connection = connections[SNAPSHOT]
    try:
        with transaction.atomic(using=SNAPSHOT):
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SELECT count(*) FROM django_migrations")  # the snapshot begins
                cursor.fetchall()
            yield SNAPSHOT
    finally:
        connection.close()
        del connections[SNAPSHOT], connections.settings[SNAPSHOT]


def write_table(model: type[Model], file: IO[str], using: str) -> int:
    """Write all rows of a table; how many."""
    names = [field.attname for field in model._meta.concrete_fields]
    absent = {
        field.attname
        for field in model._meta.concrete_fields
        if field.related_model is not None and _label(field.related_model) in _LEFT_OUT
    }
    rows = model._base_manager.using(using).order_by("pk").values_list(*names)
    count = 0
    for row in rows.iterator(chunk_size=_AT_ONCE):
        # What points to a row that is left out (a job to its worker) points to nothing.
        kept = {
            name: None if name in absent else value for name, value in zip(names, row, strict=True)
        }
        file.write(json.dumps(kept, default=_plain, sort_keys=True))
        file.write("\n")
        count += 1
    return count


def _label(model: Any) -> str:
    return str(model._meta.label_lower)


def read_table(model: type[Model], lines: Iterable[str], using: str = "default") -> int:
    """Put rows into an empty table; how many."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    rows = iter(lines)
    count = 0
    while some := list(islice(rows, _AT_ONCE)):
        made = [model(**_values(json.loads(line), fields)) for line in some]
        model._base_manager.using(using).bulk_create(made, batch_size=_AT_ONCE)
        count += len(made)
    return count


def _values(row: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _valued(fields[name], value) for name, value in row.items() if name in fields}


def _valued(field: Any, value: Any) -> Any:
    if isinstance(field, models.BinaryField) and value is not None:
        return base64.b64decode(value)
    if isinstance(field, models.JSONField):
        return value
    return field.to_python(value)


def _plain(value: Any) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be backed up")
