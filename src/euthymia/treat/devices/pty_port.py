"""A serial port that is no port: an emulated device behind a pseudo-terminal (POSIX only)."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable
from types import TracebackType

from euthymia.core.errors import MissingPartError
from euthymia.treat.devices.emulators import Emulator

Wire = Callable[[bytes], bytes]
"""What the cable does to the device's answers; for cables that garble or lose bytes."""

_POLL_S = 0.02
_MOST_BYTES = 4_096


class PseudoPort:
    """Serves an emulator on a pseudo-terminal for the length of a `with` block.

    path: what a program opens as its serial port.
    """

    def __init__(self, emulator: Emulator, wire: Wire | None = None) -> None:
        self._emulator = emulator
        self._wire = wire or (lambda answer: answer)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="pseudo-port", daemon=True)
        self._here = self._there = -1
        self.path = ""

    def __enter__(self) -> PseudoPort:
        try:
            import tty  # noqa: PLC0415 - not there on Windows
        except ImportError:
            raise MissingPartError(
                "emulated device",
                "this system has no pseudo-terminals",
                "Run it on Linux or macOS, or use the simulated stimulator itself",
            ) from None
        self._here, self._there = os.openpty()
        tty.setraw(self._here)
        tty.setraw(self._there)
        self.path = os.ttyname(self._there)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.unplug()

    def unplug(self) -> None:
        """Pull the cable: nothing goes in or out any more."""
        if self._ending.is_set():
            return
        self._ending.set()
        self._thread.join()
        for descriptor in (self._here, self._there):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _serve(self) -> None:
        while not self._ending.is_set():
            ready, _, _ = select.select([self._here], [], [], _POLL_S)
            if not ready:
                continue
            try:
                data = os.read(self._here, _MOST_BYTES)
                answer = self._wire(self._emulator.feed(data))
                if answer:
                    os.write(self._here, answer)
            except OSError:
                return
