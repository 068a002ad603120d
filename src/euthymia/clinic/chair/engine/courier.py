"""Carries wishes from the mailbox to the engine, and live values from the engine to the table.

It runs beside the engine in a thread of its own, so that the engine never waits for a database
between two looks at the stimulator.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from euthymia.clinic import clock
from euthymia.clinic.chair.engine.web_operator import WebOperator
from euthymia.clinic.chair.models import Console, ConsoleRequest, Wish

POLL_S = 0.03
"""How often the mailbox is looked into."""
WRITE_S = 0.3
"""How often live values are written."""
_ALIVE_S = 2.0
"""An engine that has looked around within this time is alive."""

log = logging.getLogger("euthymia.clinic.chair")


class Courier:
    """One session's way to and from the database."""

    def __init__(
        self, console_id: UUID, operator: WebOperator, snapshot: Callable[[], dict[str, Any]]
    ) -> None:
        self._console_id = console_id
        self._operator = operator
        self._snapshot = snapshot
        self._ended = Event()
        self._heard: tuple[datetime, datetime] | None = None
        self._stop_untold = False
        self._written_s = -WRITE_S
        self._thread = Thread(target=self._run, name=f"courier-{console_id}", daemon=True)

    def start(self) -> None:
        """Begin carrying."""
        self._thread.start()

    def end(self) -> None:
        """Stop, and wait until nothing is written any more."""
        self._ended.set()
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        try:
            _forgo_flushes()
            while not self._ended.wait(POLL_S):
                self._exchange()
        finally:
            connection.close()

    def _exchange(self) -> None:
        try:
            self.take()
            if self._stop_untold or time.monotonic() - self._written_s >= WRITE_S:
                self._written_s = time.monotonic()
                self.put()
        except DatabaseError:
            # A busy or lost database must not end the session: the page's own guard will pause it.
            log.warning("the console's tables could not be reached", exc_info=True)
            connection.close()

    def take(self) -> None:
        """Hand every new wish to the engine, and note what was heard of the operator's page."""
        for request in ConsoleRequest.objects.filter(
            console_id=self._console_id, taken_at__isnull=True
        ).select_related("console", "asked_by"):
            by = ""
            if request.asked_by_id != request.console.operator_id:
                by = str(request.asked_by) if request.asked_by else _("somebody at the page")
            self._operator.wish(Wish(request.wish), request.train, by)
            # Whoever pressed at another process waits for the word that the stimulator is safe.
            self._stop_untold |= request.wish == Wish.EMERGENCY
            ConsoleRequest.objects.filter(pk=request.pk).update(taken_at=clock.now())

    def put(self) -> None:
        """Write the live values, and read when other processes heard of the operator's page."""
        mine = Console.objects.filter(pk=self._console_id, ended_at__isnull=True)
        values: dict[str, Any] = {"live": self._snapshot()}
        if time.monotonic() - self._operator.looked < _ALIVE_S:
            values["heartbeat_at"] = clock.now()
        mine.update(**values)
        self._stop_untold &= not values["live"]["held"]
        heard = mine.values_list("seen_at", "touched_at").first()
        if heard is None:
            return
        if self._heard is not None and heard[0] > self._heard[0]:
            self._operator.seen(touched=heard[1] > self._heard[1])
        self._heard = heard


def _forgo_flushes() -> None:
    """Live values may be lost with the power; only the ledger's own writes wait for the disk."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")
