"""Structured logs: one JSON object a line on standard error, without any patient's data.

Only the route's pattern is written, never the path with its ids; never a form, a name or a body.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

_MOST_WAITING = 10_000
"""So many lines are kept for a reader that does not read; later ones are counted and dropped."""
_AT_THE_END_S = 1.0

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


class NeverWaiting(logging.Handler):
    """Writes lines to standard error from a thread of its own.

    A terminal that was halted, or a full pipe that nobody reads, must hold up no page and no
    emergency stop; so whoever logs only puts its line into a queue.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: queue.Queue[str] = queue.Queue(_MOST_WAITING)
        self._lost = 0
        self._writer: tuple[int, threading.Thread] | None = None
        atexit.register(self._write_out)

    def emit(self, record: logging.LogRecord) -> None:
        """Put the line into the queue; drop it if the queue is full."""
        try:
            line = self.format(record)
        except Exception:  # as every handler does: logging breaks nothing
            self.handleError(record)
            return
        self._see_to_writer()
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._lost += 1

    def _see_to_writer(self) -> None:
        # A process that was forked has the queue, but not the thread.
        if self._writer is None or self._writer[0] != os.getpid():
            thread = threading.Thread(target=self._write, name="log-writer", daemon=True)
            self._writer = os.getpid(), thread
            thread.start()

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            lost, self._lost = self._lost, 0
            if lost:
                line = f"{json.dumps({'says': 'lines were lost', 'lines': lost})}\n{line}"
            try:
                _write_all(f"{line}\n".encode())
            except OSError:  # standard error is closed: there is nowhere left to say it
                pass
            finally:
                self._lines.task_done()

    def _write_out(self) -> None:
        """At the end of the program, give the lines that wait a moment to get out."""
        until = time.monotonic() + _AT_THE_END_S
        while self._lines.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.005)


def _write_all(line: bytes) -> None:
    """Write to standard error without its buffer: a buffer's lock could be held at the end."""
    left = memoryview(line)
    number = sys.__stderr__.fileno() if sys.__stderr__ else 2
    while left:
        left = left[os.write(number, left) :]


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
                "()": NeverWaiting,
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
