"""A driver on a serial port in time that only the test moves, so that a busy machine is no matter.

Bytes go through a real pseudo-terminal, served by a thread. Whoever writes to it waits until the
device has heard what was written: only then may the clock go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Condition

from euthymia.treat.clock import SimulatedClock
from euthymia.treat.devices.emulators import Emulator
from euthymia.treat.devices.pty_port import PseudoPort, Wire
from euthymia.treat.devices.simulator import SimulatedStimulator, Traits
from euthymia.treat.devices.stimulator import Stimulator
from euthymia.treat.devices.transport import SerialTransport, Transport

ANSWERS_WITHIN_S = 30.0
"""Long: a device that answers is never taken for a silent one because the machine is busy."""

SILENT_AFTER_S = 0.25
"""How long the tests of bad cables wait for an answer that does not come."""

DriverMaker = Callable[[Transport, SimulatedClock], Stimulator]


def noon() -> SimulatedClock:
    """A clock that moves only when it is told to."""
    return SimulatedClock(datetime(2026, 3, 2, 12, tzinfo=UTC))


def simulated(clock: SimulatedClock, *, watchdog_s: float = 2.0) -> SimulatedStimulator:
    """A device that answers at once and is soon charged."""
    traits = Traits(latency_s=0.0, watchdog_s=watchdog_s, charge_s=0.01)
    return SimulatedStimulator(clock, traits=traits)


class Listening:
    """An emulator that says how many bytes it has heard."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._heard = 0
        self._news = Condition()

    def feed(self, data: bytes) -> bytes:
        try:
            return self._emulator.feed(data)
        finally:
            with self._news:
                self._heard += len(data)
                self._news.notify_all()

    def wait_for(self, count: int) -> None:
        """Return when so many bytes were heard, or when nobody can be listening any more."""
        with self._news:
            self._news.wait_for(lambda: self._heard >= count, ANSWERS_WITHIN_S)


class HeardTransport(SerialTransport):
    """A serial port that returns from writing when the device has heard."""

    def __init__(self, port: PseudoPort, device: Listening) -> None:
        super().__init__(port.path, 9_600, ANSWERS_WITHIN_S)
        self._device = device
        self._written = 0
        self.plugged = True

    def answer_within(self, seconds: float) -> None:
        """How long to wait for an answer from now on."""
        self._port.timeout = seconds

    def write(self, data: bytes) -> None:
        super().write(data)
        self._written += len(data)
        if self.plugged:
            self._device.wait_for(self._written)


@dataclass
class Wired:
    """A driver, and what lies between it and the emulated device."""

    device: Stimulator
    transport: HeardTransport
    port: PseudoPort

    def unplug(self) -> None:
        """Pull the cable."""
        self.transport.plugged = False
        self.port.unplug()


@contextmanager
def at_the_port(
    emulator: Emulator, driver: DriverMaker, clock: SimulatedClock, wire: Wire | None = None
) -> Iterator[Wired]:
    """The driver on a serial port behind which the emulator answers."""
    listening = Listening(emulator)
    with PseudoPort(listening, wire) as port:
        transport = HeardTransport(port, listening)
        device = driver(transport, clock)
        try:
            yield Wired(device, transport, port)
        finally:
            device.disconnect()
