"""The simulated stimulator: it keeps honest time, heats, charges, counts, and can fail.

It is the default of every session. Nothing happens in it by itself: whenever it is asked
something, it works out what has happened up to now on the clock that it was given. So it runs
alike on a real clock and on a simulated one. Its figures (heat, charging, latency) are invented
and plausible; they describe no maker's device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from euthymia.plan.protocol.stimulators import Stimulator as Limits
from euthymia.treat.clock import Clock
from euthymia.treat.devices.counter import PulseMemory
from euthymia.treat.devices.faults import Fault, Injected
from euthymia.treat.devices.pulse_times import pulse_times_s
from euthymia.treat.devices.stimulator import (
    DeviceError,
    DeviceIdentity,
    DeviceStatus,
    LinkError,
    NotOfferedError,
    TrainSettings,
)

_EXTRA_PULSES = 50
_LATE_S = 0.5
_SAG = 0.8
_OTHER_OUTPUT = 0.9
_JUMP = 7


@dataclass(frozen=True, slots=True)
class Traits:
    """How the simulated device behaves; times in seconds, temperatures in degrees Celsius.

    latency_s: each answer takes this long. answer_within_s: so long one waits for an answer.
    charge_s: from arming to ready. watchdog_s: without a sign of life it stops and disarms.
    heat_c_per_pulse: at full output; it goes with output squared. cooling_s: time constant.
    """

    latency_s: float = 0.001
    answer_within_s: float = 0.1
    charge_s: float = 0.1
    watchdog_s: float = 0.2
    fire_delay_s: float = 0.002
    room_c: float = 22.0
    heat_c_per_pulse: float = 0.012
    cooling_s: float = 600.0


@dataclass(slots=True)
class _Running:
    """A train under way: when its pulses come, and how many of them have."""

    times_s: NDArray[np.float64]
    output_pct: float
    done: int = 0


@dataclass(slots=True)
class _State:
    connected: bool = False
    armed_at_s: float | None = None
    settings: TrainSettings | None = None
    output_pct: float = 0.0
    running: _Running | None = None
    contact_s: float = 0.0
    temperature_c: float = 22.0
    cooled_s: float = 0.0
    seen_faults: set[Fault] = field(default_factory=set)


class SimulatedStimulator:
    """A stimulator that gives no pulse, and behaves in everything else as if it did."""

    def __init__(
        self,
        clock: Clock,
        memory: PulseMemory | None = None,
        *,
        traits: Traits | None = None,
        limits: Limits | None = None,
        coil: str = "simulated figure-8",
        serial_number: str = "SIM-1",
    ) -> None:
        """`limits` are those of a known stimulator, which it then keeps; None keeps none."""
        self._clock = clock
        self._memory = memory or PulseMemory()
        self._traits = traits or Traits()
        self._limits = limits
        self._identity = DeviceIdentity(
            maker="Euthymia",
            model=f"simulated {limits.name}" if limits else "simulated stimulator",
            serial_number=serial_number,
            software="1",
            coil=coil,
            simulated=True,
            counts_pulses=True,
            fire_delay_s=self._traits.fire_delay_s,
            ready_within_s=1.5 * self._traits.charge_s,
        )
        self._state = _State(temperature_c=self._traits.room_c)
        self._injected: list[Injected] = []
        self.starts_s: list[float] = []
        """When the first pulse of each train came, by the clock: the truth behind the record."""
        self.last_pulse_s = -math.inf
        """When the last pulse came."""
        self.shown_s: dict[Fault, float] = {}
        """When each fault first made a difference to anyone outside."""

    @property
    def identity(self) -> DeviceIdentity:
        return self._identity

    @property
    def memory(self) -> PulseMemory:
        """The truth about all pulses, read without asking the device."""
        self._advance()
        return self._memory

    @property
    def safe(self) -> bool:
        """Whether it can give no pulse as things stand, seen from outside."""
        self._advance()
        return self._state.armed_at_s is None and self._state.running is None

    def inject(self, fault: Fault, at_s: float = 0.0) -> None:
        """Let the fault hold from that second of the clock."""
        self._injected.append(Injected(fault, at_s))

    def heal(self, fault: Fault) -> None:
        """Undo a fault."""
        self._injected = [each for each in self._injected if each.fault is not fault]
        self._state.seen_faults.discard(fault)

    # --- the protocol -------------------------------------------------------------------------

    def connect(self) -> None:
        self._answer()
        self._state.connected = True
        self._disarm()

    def disconnect(self) -> None:
        self._advance()
        if not self._has(Fault.LINK_LOST):
            self._disarm()
        self._state.connected = False

    def status(self) -> DeviceStatus:
        self._answer()
        state = self._state
        now = self._clock.now_s()
        charged = self._charged(now)
        return DeviceStatus(
            armed=state.armed_at_s is not None,
            ready=charged,
            firing=state.running is not None,
            output_pct_mso=self._shown_output(),
            coil_present=not self._has(Fault.COIL_UNPLUGGED),
            coil_temperature_c=state.temperature_c,
            pulse_counter=self._memory.total + (_JUMP if self._has(Fault.COUNTER_JUMPS) else 0),
            fault="internal fault 17" if self._has(Fault.DEVICE_FAULT) else "",
        )

    def configure(self, settings: TrainSettings) -> TrainSettings:
        self._answer()
        if self._state.running is not None:
            raise DeviceError(
                "simulated stimulator", "it is firing", "Wait for the end of the train"
            )
        self._refuse_beyond_limits(settings)
        actual = settings
        if self._has(Fault.OUTPUT_DIFFERS):
            self._show(Fault.OUTPUT_DIFFERS, self._clock.now_s())
            actual = replace(settings, output_pct_mso=_OTHER_OUTPUT * settings.output_pct_mso)
        self._state.settings = actual
        self._state.output_pct = actual.output_pct_mso
        return actual

    def arm(self) -> None:
        self._answer()
        if self._state.settings is None:
            raise DeviceError("simulated stimulator", "no train is set", "Set a train first")
        if self._state.armed_at_s is None:
            self._state.armed_at_s = self._clock.now_s()

    def fire(self) -> None:
        told_s = self._clock.now_s()
        self._answer()
        state, now = self._state, self._clock.now_s()
        if state.settings is None or not self._charged(now):
            raise DeviceError("simulated stimulator", "it is not ready", "Arm it and wait")
        start = told_s + self._traits.fire_delay_s
        if self._has(Fault.FIRES_LATE):
            self._show(Fault.FIRES_LATE, start)
            start += _LATE_S
        times = start + pulse_times_s(state.settings.train)
        if self._has(Fault.STOPS_EARLY) and len(times) > 1:
            half = (len(times) + 1) // 2
            self._show(Fault.STOPS_EARLY, float(times[half]))
            times = times[:half]
        if self._has(Fault.EXTRA_PULSES):
            step = float(state.settings.train.period_s)
            self._show(Fault.EXTRA_PULSES, float(times[-1]) + step)
            times = np.append(times, times[-1] + step * np.arange(1, _EXTRA_PULSES))
        self._memory.begin_train()
        state.running = _Running(times, state.output_pct)

    def make_safe(self) -> None:
        self._answer()
        self._disarm()

    # --- what happens by itself ---------------------------------------------------------------

    def _advance(self) -> None:
        """Let everything happen that has happened up to now."""
        now = self._clock.now_s()
        for each in self._injected:
            if each.at_s <= now and each.fault not in self._state.seen_faults:
                self._pulses_until(each.at_s)
                self._state.seen_faults.add(each.fault)
                self._begin(each.fault)
        silent_from = self._state.contact_s + self._traits.watchdog_s
        if self._state.armed_at_s is not None and now > silent_from:
            self._pulses_until(silent_from)
            self._disarm()
        self._pulses_until(now)
        self._cool(now)

    def _begin(self, fault: Fault) -> None:
        """What a fault does at its own moment; what it does later is asked for with `_has`."""
        if fault not in _SHOWN_LATER:
            self._show(fault, self._clock.now_s())
        if fault in (Fault.DEVICE_FAULT, Fault.DISARMS_ITSELF, Fault.COIL_UNPLUGGED):
            self._disarm()
        elif fault is Fault.RESTARTS:
            self._disarm()
            self._state.settings, self._state.output_pct = None, 0.0
        elif fault is Fault.COIL_OVERHEATED:
            self._state.temperature_c = 60.0
        elif fault is Fault.STOPS_EARLY and self._state.running is not None:
            self._state.running = None
            self._show(fault, self._clock.now_s())

    def _pulses_until(self, at_s: float) -> None:
        running = self._state.running
        if running is None:
            return
        while running.done < len(running.times_s) and running.times_s[running.done] <= at_s:
            self._pulse(running)
            running.done += 1
        if running.done == len(running.times_s):
            self._state.running = None

    def _pulse(self, running: _Running) -> None:
        at_s = float(running.times_s[running.done])
        if self._holds(Fault.MISSES_PULSES, at_s) and running.done % 2 == 1:
            self._show(Fault.MISSES_PULSES, at_s)
            return
        if running.done == 0:
            self.starts_s.append(at_s)
        self.last_pulse_s = at_s
        self._cool(at_s)
        self._state.temperature_c += (
            self._traits.heat_c_per_pulse * (running.output_pct / 100.0) ** 2
        )
        self._memory.count()

    def _cool(self, at_s: float) -> None:
        passed = at_s - self._state.cooled_s
        if passed <= 0:
            return
        warm = self._state.temperature_c - self._traits.room_c
        self._state.temperature_c = self._traits.room_c + warm * math.exp(
            -passed / self._traits.cooling_s
        )
        self._state.cooled_s = at_s

    def _disarm(self) -> None:
        self._state.armed_at_s = None
        self._state.running = None

    def _answer(self) -> None:
        """Take a command and answer it: time passes, and the link may fail."""
        self._advance()
        for fault, problem in _LINK_FAULTS.items():
            if self._has(fault):
                self._clock.sleep_until(self._clock.now_s() + self._traits.answer_within_s)
                self._advance()
                raise LinkError(
                    "the stimulator",
                    problem,
                    "Press the stimulator's own stop button, then look at its cable",
                )
        self._clock.sleep_until(self._clock.now_s() + self._traits.latency_s)
        self._state.contact_s = self._clock.now_s()
        self._advance()

    def _charged(self, now_s: float) -> bool:
        if self._state.armed_at_s is None:
            return False
        full_s = self._state.armed_at_s + self._traits.charge_s
        if now_s >= full_s and self._has(Fault.NEVER_READY):
            if self._state.running is None:
                self._show(Fault.NEVER_READY, now_s)
            return False
        return now_s >= full_s

    def _show(self, fault: Fault, at_s: float) -> None:
        self.shown_s.setdefault(fault, at_s)

    def _has(self, fault: Fault) -> bool:
        return self._holds(fault, self._clock.now_s())

    def _holds(self, fault: Fault, at_s: float) -> bool:
        return any(each.fault is fault and each.at_s <= at_s for each in self._injected)

    def _shown_output(self) -> float:
        sagging = self._state.running is not None and self._has(Fault.OUTPUT_SAGS)
        if sagging:
            self._show(Fault.OUTPUT_SAGS, self._clock.now_s())
        return self._state.output_pct * (_SAG if sagging else 1.0)

    def _refuse_beyond_limits(self, settings: TrainSettings) -> None:
        if not 0 < settings.output_pct_mso <= 100:
            raise DeviceError(
                "output",
                f"{settings.output_pct_mso:g} % MSO is not within 0 to 100",
                "Set an output that the stimulator has",
            )
        if self._limits is None:
            return
        train = settings.train
        highest = (
            self._limits.max_burst_rate_hz(settings.output_pct_mso)
            if train.is_theta_burst
            else self._limits.max_rate_hz(settings.output_pct_mso)
        )
        if highest is not None and train.highest_rate_hz > highest:
            raise NotOfferedError(
                self._limits.name,
                f"it gives at most {highest:g} Hz at {settings.output_pct_mso:g} % MSO, "
                f"and {float(train.highest_rate_hz):g} Hz is asked for",
                "Choose another stimulator or protocol",
            )


_SHOWN_LATER = frozenset(
    {
        Fault.OUTPUT_DIFFERS,
        Fault.OUTPUT_SAGS,
        Fault.NEVER_READY,
        Fault.MISSES_PULSES,
        Fault.FIRES_LATE,
        Fault.EXTRA_PULSES,
        Fault.STOPS_EARLY,
    }
)
"""Faults that make no difference before the next setting, arming or pulse."""

_LINK_FAULTS = {
    Fault.LINK_LOST: "it does not answer any more",
    Fault.GARBLED_ANSWERS: "its answers cannot be understood",
    Fault.SLOW_ANSWERS: "its answers come too late",
}
