"""The sessions that run in this process: a thread for the engine, and the way to stop it."""

from __future__ import annotations

import atexit
import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from euthymia.clinic import clock
from euthymia.clinic.chair.engine.board import Board
from euthymia.clinic.chair.engine.clocks import prompt_scheduling
from euthymia.clinic.chair.engine.courier import Courier
from euthymia.clinic.chair.engine.web_operator import ServerEnds, WebOperator
from euthymia.clinic.chair.models import Console
from euthymia.core.errors import EuthymiaError
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import SessionStatus
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.plan import Plan
from euthymia.treat.session.run_state import Outcome, RunState

log = logging.getLogger("euthymia.clinic.chair")

_SWITCH_S = 0.0005
"""While a session runs, threads give way to each other so often: trains must not start late."""

Prepare = Callable[[Bench, Board], tuple[Plan, RunState]]
"""Makes the plan when the engine's thread begins; a session that is taken up is settled in it."""


@dataclass(eq=False)
class Run:
    """One session under way in this process."""

    console_id: UUID
    stop_key: str
    operator_id: int
    bench: Bench
    board: Board
    operator: WebOperator
    prepare: Prepare
    done: threading.Event = field(default_factory=threading.Event)
    """The engine has let go of the stimulator."""
    ended: threading.Event = field(default_factory=threading.Event)
    """And the console's row says so."""
    outcome: Outcome | None = None

    def work(self) -> None:
        """Run the session to one of its ends; the console's row says which. Never raises."""
        code, reason, status = "broken-off", "", None
        try:
            plan, state = self.prepare(self.bench, self.board)
            self.board.state = state
            self.outcome = Engine(self.bench).taken_up(state).run(plan)
            code, reason = self.outcome.code, self.outcome.reason
            status = self.outcome.status
        except ServerEnds:
            code, reason = "server-ended", "The server was shut down; the session is still open"
        except EuthymiaError as error:
            reason = str(error)
        except Exception as error:
            log.exception("a session broke off")
            reason = f"The program failed ({type(error).__name__}); the stimulator was made safe"
        self.done.set()
        self._put_down(code, reason, status)

    @property
    def held(self) -> bool:
        """Whether an emergency stop has been carried out: the stimulator is and stays disarmed."""
        return self.board.latch.holds

    def _put_down(self, code: str, reason: str, status: SessionStatus | None) -> None:
        live = {
            **self.board.snapshot(),
            "phase": "ended",
            "status": status.value if status else None,
        }
        for _ in range(3):
            try:
                Console.objects.filter(pk=self.console_id, ended_at__isnull=True).update(
                    ended_at=clock.now(), code=code, reason=reason, live=live
                )
                break
            except DatabaseError:
                # The ledger holds what was given. A row that cannot be closed is found lost later.
                log.warning("the end of a session could not be noted", exc_info=True)
                time.sleep(0.2)
        self.ended.set()


_RUNS: dict[UUID, Run] = {}
_LOCK = threading.Lock()


def launch(run: Run) -> None:
    """Begin the session in a thread of its own, once the surrounding transaction is committed."""
    with _LOCK:
        _RUNS[run.console_id] = run
    # A new thread knows nothing of the zone in which the request works: the patient's site's.
    zone = timezone.get_current_timezone()
    transaction.on_commit(lambda: _start(run, zone))


def run_of(console_id: UUID) -> Run | None:
    """The session if it runs in this process."""
    return _RUNS.get(console_id)


def run_with_key(stop_key: str) -> Run | None:
    """The session whose stop button carries that key, if it runs in this process."""
    return next((run for run in list(_RUNS.values()) if run.stop_key == stop_key), None)


def end_all(within_s: float = 3.0) -> None:
    """Make every stimulator safe and leave the sessions open; for the end of the server."""
    runs = list(_RUNS.values())
    for run in runs:
        run.operator.server_ends()
    until = time.monotonic() + within_s
    for run in runs:
        run.ended.wait(max(0.0, until - time.monotonic()))


atexit.register(end_all)


def _start(run: Run, zone: tzinfo) -> None:
    threading.Thread(
        target=_in_thread, args=(run, zone), name=f"session-{run.console_id}", daemon=True
    ).start()


def _in_thread(run: Run, zone: tzinfo) -> None:
    courier = Courier(run.console_id, run.operator, run.board.snapshot)
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        courier.start()
        with timezone.override(zone), prompt_scheduling():
            run.work()
    finally:
        courier.end()
        with _LOCK:
            _RUNS.pop(run.console_id, None)
            if not _RUNS:
                sys.setswitchinterval(max(before, 0.005))
        connection.close()


def state_of(console: Console) -> dict[str, Any]:
    """What a page shows of a session: from this process if it runs here, else from the table."""
    run = run_of(console.pk)
    if run is None or run.ended.is_set():
        return dict(console.live)
    return run.board.snapshot()
