"""The benches that are open in this process: the last few heads, opened in the background.

The bench's engine takes seconds to import, so it is imported where a head is read: the page that
waits for the bench answers meanwhile.
"""

# ruff: noqa: PLC0415 - the engine is imported when a head is read

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from euthymia.clinic.bench.choice import FolderChoice, HeadChoice
from euthymia.core.errors import EuthymiaError
from euthymia.core.store import Store

if TYPE_CHECKING:
    from euthymia.clinic.bench.opened import OpenBench
    from euthymia.model.head.head import Head

MOST_OPEN = 3
"""An open bench takes about 300 MB of memory."""

_HEADS_KEPT = 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unprepared:
    """The head must first be prepared by a job of minutes."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The head is being read; it takes seconds."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The head could not be opened, and why, in one sentence."""

    why: str


_Thing = TypeVar("_Thing")

State: TypeAlias = "OpenBench | Unprepared | Opening | Failed"


class BenchRoom:
    """Opens benches, one at a time, and keeps the last few. Safe for many threads."""

    def __init__(self, store: Store, most: int = MOST_OPEN) -> None:
        self.store = store
        self._most = most
        self._heads: OrderedDict[str, Head] = OrderedDict()
        self._benches: OrderedDict[str, OpenBench] = OrderedDict()
        self._failed: dict[str, str] = {}
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()

    def state(self, choice: HeadChoice) -> State:
        """The open bench, or what it is waiting for; begins to open a head that is prepared.

        Returns at once. A failure is told once: asking again tries again.
        """
        key = choice.key
        with self._lock:
            if key in self._benches:
                self._benches.move_to_end(key)
                return self._benches[key]
            if key in self._failed:
                return Failed(self._failed.pop(key))
            if key in self._running:
                return Opening()
            head = self._heads.get(key)
            if head is not None and not self._is_prepared(head):
                return Unprepared()
            self._running.add(key)
        threading.Thread(
            target=self._work, args=(choice,), name="bench-opening", daemon=True
        ).start()
        return Opening()

    def keep(self, choice: HeadChoice, bench: OpenBench) -> None:
        """Keep an open bench; the one not asked for longest is closed if there are too many."""
        with self._lock:
            _kept(self._benches, choice.key, bench, self._most)
            self._running.discard(choice.key)

    def _work(self, choice: HeadChoice) -> None:
        try:
            with self._one_at_a_time:
                self._read(choice)
        except EuthymiaError as refusal:
            self._tell_failure(choice.key, str(refusal))
        except Exception:
            # A thread of its own has nobody above it: the page must not wait for ever.
            _log.exception("a bench could not be opened")
            self._tell_failure(choice.key, "The head could not be read; the log says why.")

    def _read(self, choice: HeadChoice) -> None:
        """Read the head, and where it is prepared open its bench."""
        from euthymia.clinic.bench.opened import OpenBench
        from euthymia.clinic.bench.slices import show_image

        key = choice.key
        head = self._heads.get(key) or choice.head()
        bench = OpenBench.of(head, self.store) if self._is_prepared(head) else None
        if bench is not None and isinstance(choice, FolderChoice) and choice.t1 is not None:
            show_image(bench, choice.t1)
        with self._lock:
            _kept(self._heads, key, head, _HEADS_KEPT)
            if bench is None:
                self._running.discard(key)
        if bench is not None:
            self.keep(choice, bench)

    def _is_prepared(self, head: Head) -> bool:
        from euthymia.model.field.realtime.head import is_prepared

        return is_prepared(head, self.store)

    def _tell_failure(self, key: str, why: str) -> None:
        with self._lock:
            self._failed[key] = why
            self._running.discard(key)


def _kept(shelf: OrderedDict[str, _Thing], key: str, thing: _Thing, most: int) -> None:
    """Put a thing on a shelf that forgets what was not asked for longest."""
    shelf[key] = thing
    shelf.move_to_end(key)
    while len(shelf) > most:
        shelf.popitem(last=False)
