"""Structured logs: one JSON object a line on standard error, without any patient's data.

Only the route's pattern is written, never the path with its ids; never a form, a name or a body.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

_OWN_FIELDS = ("route", "method", "status", "ms", "user", "job", "queries")


class JsonLines(logging.Formatter):
    """A record as one line of JSON, with the fields that the clinic's own code adds."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        line.update({name: getattr(record, name) for name in _OWN_FIELDS if hasattr(record, name)})
        if record.exc_info and record.exc_info[0] is not None:
            # The kind of the error and where it arose; its text could hold what was typed.
            line["error"] = record.exc_info[0].__name__
            line["where"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


class NoPaths(logging.Filter):
    """Replaces the messages of Django's request log, which name paths, by their route alone."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None:
            match = getattr(request, "resolver_match", None)
            record.route = match.route if match else "(no such page)"
            record.status = getattr(record, "status_code", None)
            record.msg, record.args = "request refused or failed", ()
        return True


def _places(trace: Any) -> list[str]:
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rpartition('site-packages/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-8:]


def logging_to_stderr(*, debug: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to standard error as JSON lines."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "filters": {"no_paths": {"()": NoPaths}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "filters": ["no_paths"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "INFO" if debug else "WARNING"},
        "loggers": {
            "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "euthymia": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        },
    }
