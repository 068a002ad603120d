"""The operator at a keyboard: answers, requests and signs of life by lines on standard input."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from euthymia.cli.output import remark
from euthymia.core.errors import InputError
from euthymia.treat.clock import Clock
from euthymia.treat.session.operator import DayQuestion, Request
from euthymia.treat.session.prescription import TrainStep

_REQUESTS = {
    "p": Request.PAUSE,
    "pause": Request.PAUSE,
    "g": Request.GO_ON,
    "go": Request.GO_ON,
    "s": Request.STOP,
    "stop": Request.STOP,
}
_CHUNK = 1_024
KEYS = "p and Enter: pause; g and Enter: go on; s and Enter: stop; Enter alone: I am here"


class KeyboardOperator:
    """Reads whole lines; `assume_yes` confirms everything by itself (simulated devices only)."""

    def __init__(self, clock: Clock, *, assume_yes: bool, stream: TextIO | None = None) -> None:
        self._clock = clock
        self._yes = assume_yes
        self._lines = _Lines(stream or sys.stdin)
        self._seen_s = clock.now_s()
        self._requests: list[Request] = []
        self._pressed = False

    def confirm(self, question: str) -> bool:
        if self._yes:
            remark(f"{question} yes")
            return True
        return self._ask(f"{question} [y/n] ", ("y", "n").__contains__) == "y"

    def answer(self, questions: Sequence[DayQuestion]) -> Mapping[str, str]:
        if self._yes:
            return {each.id: each.usual for each in questions}
        return {
            each.id: self._ask(f"{each.text} [{'/'.join(each.answers)}] ", each.takes)
            for each in questions
        }

    def request(self) -> Request | None:
        self._poll()
        return self._requests.pop(0) if self._requests else None

    def reached_s(self) -> float:
        return self._clock.now_s()

    def seen_s(self) -> float:
        # Without a keyboard nobody can give a sign of life; whoever said --yes answers for it.
        return self._clock.now_s() if self._yes else self._seen_s

    def permits(self, step: TrainStep) -> bool:
        self._poll()
        pressed, self._pressed = self._pressed, False
        return pressed or self._yes

    def tell(self, sentence: str) -> None:
        remark(sentence)

    def _ask(self, prompt: str, allowed: Callable[[str], bool]) -> str:
        while True:
            sys.stderr.write(prompt)
            sys.stderr.flush()
            line = self._lines.next(wait=True)
            if line is None:
                raise InputError(
                    "the question", "nobody answers it", "Run it at a terminal, or give --yes"
                )
            self._seen_s = self._clock.now_s()
            if allowed(line):
                return line

    def _poll(self) -> None:
        """Take in the lines that have been typed; never waits."""
        while (word := self._lines.next(wait=False)) is not None:
            self._seen_s = self._clock.now_s()
            if word in _REQUESTS:
                self._requests.append(_REQUESTS[word])
                self._pressed |= _REQUESTS[word] is Request.GO_ON
            elif not word:
                self._pressed = True
            else:
                remark(KEYS)


class _Lines:
    """Lines of a stream as they come; asked without waiting, it sees every line that is there.

    It reads the file itself: what lies in the stream's own buffer no `select` would ever show.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        try:
            self._descriptor: int | None = stream.fileno()
        except (OSError, ValueError, AttributeError):
            self._descriptor = None
        self._kept = b""
        self._ended = False

    def next(self, *, wait: bool) -> str | None:
        """The next line without its end and in small letters; None if there is none (any more)."""
        if self._descriptor is None:
            line = self._stream.readline() if wait else ""
            return line.strip().casefold() if line else None
        while b"\n" not in self._kept and not self._ended and (wait or self._ready()):
            data = os.read(self._descriptor, _CHUNK)
            self._ended = not data
            self._kept += data
        if b"\n" not in self._kept:
            return None
        line_bytes, _, self._kept = self._kept.partition(b"\n")
        return line_bytes.decode(errors="replace").strip().casefold()

    def _ready(self) -> bool:
        assert self._descriptor is not None
        with contextlib.suppress(OSError, ValueError):
            return bool(select.select([self._descriptor], [], [], 0)[0])
        return False
