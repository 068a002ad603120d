"""The person at the chair, as the engine sees them through a page and a mailbox."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from euthymia.clinic.chair.engine.latch import StopLatch
from euthymia.clinic.chair.models import Wish
from euthymia.treat.clock import Clock
from euthymia.treat.session.operator import DayQuestion, Request
from euthymia.treat.session.prescription import TrainStep

_REQUESTS = {
    Wish.PAUSE: Request.PAUSE,
    Wish.GO_ON: Request.GO_ON,
    Wish.STOP: Request.STOP,
    Wish.EMERGENCY: Request.EMERGENCY,
}


class ServerEnds(BaseException):
    """The server is being shut down; the engine makes safe and leaves the session open."""


class WebOperator:
    """Answers that were given on the page before the session, and wishes that come during it.

    No call of the engine waits here for a network or a database. Silence is measured in real
    seconds, also where the session's own clock is hurried.
    """

    def __init__(
        self,
        clock: Clock,
        answers: Mapping[str, str],
        confirmed: frozenset[str],
        tell: Callable[[str], None],
        latch: StopLatch,
    ) -> None:
        """`confirmed`: the questions to which the page had a yes. `tell`: shows a sentence.
        `latch`: pulled by an emergency stop before the engine hears of it."""
        self._clock = clock
        self._answers = dict(answers)
        self._confirmed = confirmed
        self._tell = tell
        self._latch = latch
        self._lock = Lock()
        self._wishes: deque[Request] = deque()
        self._pressed: int | None = None
        self._ends = False
        now = time.monotonic()
        self._seen, self._touched = now, now
        self.looked = now
        """When the engine last looked for requests, in real seconds: its sign of life."""
        self.waits_for: int | None = None
        """The train that waits for a press."""
        self.asked_by = ""
        """Whose wish was last taken, where it was not the operator's."""

    # --- from the page, from any thread -------------------------------------------------------

    def wish(self, wish: Wish, train: int | None = None, by: str = "") -> None:
        """Put a wish in; an emergency stop goes before all others."""
        if wish is Wish.EMERGENCY:
            self._latch.pull()
        with self._lock:
            if wish is Wish.PRESS:
                self._pressed = train
                return
            request = _REQUESTS[wish]
            if request is Request.EMERGENCY:
                self._wishes.appendleft(request)
            else:
                self._wishes.append(request)
            self.asked_by = by

    def seen(self, *, touched: bool) -> None:
        """The operator's page was heard of; `touched`: by a hand, not by itself."""
        self._seen = time.monotonic()
        if touched:
            self._touched = self._seen

    def server_ends(self) -> None:
        """Let the engine end at its next look."""
        self._ends = True

    # --- from the engine ----------------------------------------------------------------------

    def confirm(self, question: str) -> bool:
        return question in self._confirmed

    def answer(self, questions: Sequence[DayQuestion]) -> Mapping[str, str]:
        return {each.id: self._answers[each.id] for each in questions if each.id in self._answers}

    def request(self) -> Request | None:
        self.looked = time.monotonic()
        if self._ends:
            raise ServerEnds
        with self._lock:
            return self._wishes.popleft() if self._wishes else None

    def seen_s(self) -> float:
        return self._clock.now_s() - (time.monotonic() - self._touched)

    def reached_s(self) -> float:
        return self._clock.now_s() - (time.monotonic() - self._seen)

    def permits(self, step: TrainStep) -> bool:
        with self._lock:
            pressed, self._pressed = self._pressed, None
        # A press is for one train only; one that comes too late is for none.
        given = pressed == step.number
        self.waits_for = None if given else step.number
        return given

    def tell(self, sentence: str) -> None:
        self._tell(sentence)
