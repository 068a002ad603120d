"""Trains from a device that gives only single pulses: triggered one by one, each one timed.

Serves devices that can be triggered exactly but do not know the train (theta bursts, odd rates).
While the session polls `status`, every pulse that is due is triggered at its moment; how late each
one was is measured, and a pulse that is later than allowed ends the train with a fault. A device
that loses pulses which follow each other too fast must say so with `shortest_s`.
"""

from __future__ import annotations

from dataclasses import replace

from euthymia.plan.protocol.pulses import Train
from euthymia.treat.clock import Clock
from euthymia.treat.devices.pulse_times import pulse_times_s
from euthymia.treat.devices.stimulator import (
    DeviceIdentity,
    DeviceStatus,
    NotOfferedError,
    Stimulator,
    TrainSettings,
)

_AHEAD_S = 0.03
_AFTER_S = 0.005


class TriggeredTrains:
    """A stimulator made of one that gives single pulses.

    shortest_s: pulses closer than this are refused. worst_s: a pulse later than this ends the
    train. lateness_s: of every pulse of the last train, as measured.
    """

    def __init__(
        self, device: Stimulator, clock: Clock, *, shortest_s: float, worst_s: float = 0.002
    ) -> None:
        self._device = device
        self._clock = clock
        self._shortest_s = shortest_s
        self._worst_s = worst_s
        self._train: Train | None = None
        self._start_s = 0.0
        self._next = 0
        self._running = False
        self._quiet_s = 0.0
        self._fault = ""
        self.lateness_s: list[float] = []

    @property
    def identity(self) -> DeviceIdentity:
        return self._device.identity

    def connect(self) -> None:
        self._device.connect()

    def disconnect(self) -> None:
        self._device.disconnect()

    def configure(self, settings: TrainSettings) -> TrainSettings:
        train = settings.train
        closest = float(1 / train.highest_rate_hz)
        if train.pulse_count > 1 and closest < self._shortest_s:
            raise NotOfferedError(
                self._device.identity.name,
                f"pulses {closest * 1e3:g} ms apart cannot be triggered one by one",
                f"It takes {self._shortest_s * 1e3:g} ms; use a device that knows the train itself",
            )
        read = self._device.configure(replace(settings, train=Train.of(1, 1)))
        self._train, self._fault = train, ""
        return TrainSettings(read.output_pct_mso, train)

    def arm(self) -> None:
        self._device.arm()

    def fire(self) -> None:
        """Trigger the first pulse now; the others come while the status is asked for."""
        self._start_s, self._next, self.lateness_s = self._clock.now_s(), 0, []
        self._running = self._train is not None
        self._trigger_due()

    def status(self) -> DeviceStatus:
        self._trigger_due()
        status = self._device.status()
        firing = self._running or self._clock.now_s() < self._quiet_s
        return replace(status, firing=firing, fault=status.fault or self._fault)

    def make_safe(self) -> None:
        self._running, self._quiet_s = False, 0.0
        self._device.make_safe()

    def _trigger_due(self) -> None:
        """Trigger every pulse that is due now or so soon that nothing fits in between."""
        if self._train is None or not self._running:
            return
        times = pulse_times_s(self._train)
        while self._next < len(times):
            due_s = self._start_s + float(times[self._next])
            if due_s > self._clock.now_s() + _AHEAD_S:
                return
            self._clock.sleep_until(due_s, exact=True)
            late_s = self._clock.now_s() - due_s
            if late_s > self._worst_s:
                self._fault = f"a pulse came {late_s * 1e3:.0f} ms too late"
                self.make_safe()
                return
            self._device.fire()
            self.lateness_s.append(late_s)
            self._next += 1
            # The pulse itself comes some time after its trigger; until then nothing is over.
            self._quiet_s = self._clock.now_s() + self.identity.fire_delay_s + _AFTER_S
        self._running = False
