"""The simulated stimulator by itself, and trains that are triggered pulse by pulse."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.plan.protocol.pulses import Burst, Train
from euthymia.plan.protocol.stimulators import stimulator as known_stimulator
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.devices.pulse_times import pulse_times_s, pulses_by
from euthymia.treat.devices.simulator import SimulatedStimulator, Traits
from euthymia.treat.devices.stimulator import DeviceError, NotOfferedError, TrainSettings
from euthymia.treat.devices.triggered import TriggeredTrains

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def bench(**traits: float) -> tuple[SimulatedClock, SimulatedStimulator]:
    clock = SimulatedClock(START)
    return clock, SimulatedStimulator(clock, traits=Traits(**traits))


def fire(device: SimulatedStimulator, clock: SimulatedClock, settings: TrainSettings) -> None:
    device.connect()
    device.configure(settings)
    device.arm()
    clock.sleep_until(clock.now_s() + 0.11)
    device.fire()


def test_a_train_takes_its_time_and_not_less() -> None:
    clock, device = bench(watchdog_s=100.0)
    fire(device, clock, TrainSettings(60.0, Train.of(40, 10)))
    begun = clock.now_s()
    clock.sleep_until(begun + 2.05)
    assert device.memory.total == 21
    assert device.status().firing
    clock.sleep_until(begun + 4.0)
    assert device.memory.total == 40
    assert not device.status().firing


def test_without_a_sign_of_life_it_stops_by_itself() -> None:
    clock, device = bench()
    fire(device, clock, TrainSettings(60.0, Train.of(40, 10)))
    clock.sleep_until(clock.now_s() + 10.0)
    assert device.memory.total <= 3
    assert device.safe


def test_it_heats_with_the_square_of_the_output_and_cools_again() -> None:
    rises = []
    for output in (40.0, 80.0):
        clock, device = bench(watchdog_s=1e9)
        fire(device, clock, TrainSettings(output, Train.of(200, 20)))
        clock.sleep_until(clock.now_s() + 10.0)
        rises.append((device.status().coil_temperature_c or 0.0) - 22.0)
        clock.sleep_until(clock.now_s() + 6_000.0)
        assert device.status().coil_temperature_c == pytest.approx(22.0, abs=0.01)
    assert rises[1] / rises[0] == pytest.approx(4.0, rel=0.01)


def test_it_fires_only_after_setting_arming_and_charging() -> None:
    _, device = bench()
    device.connect()
    with pytest.raises(DeviceError, match="no train is set"):
        device.arm()
    with pytest.raises(DeviceError, match="not ready"):
        device.fire()
    device.configure(TrainSettings(50.0, Train.of(5, 10)))
    device.arm()
    with pytest.raises(DeviceError, match="not ready"):
        device.fire()
    assert device.memory.total == 0


def test_it_keeps_the_limits_of_a_known_stimulator() -> None:
    clock = SimulatedClock(START)
    device = SimulatedStimulator(clock, limits=known_stimulator("magstim-rapid2-240v"))
    device.connect()
    device.configure(TrainSettings(100.0, Train.of(10, 15)))
    with pytest.raises(NotOfferedError, match="at most 15 Hz at 100 % MSO"):
        device.configure(TrainSettings(100.0, Train.of(10, 20)))


@given(st.integers(1, 5), st.integers(1, 12), st.sampled_from([1, 5, 10, 18, 20]))
def test_the_times_of_a_train_are_those_of_the_algebra(pulses: int, bursts: int, rate: int) -> None:
    train = Burst.of(pulses, 200).train(bursts, rate)
    times = pulse_times_s(train)
    assert len(times) == train.pulse_count
    assert times[-1] == pytest.approx(float(train.span_s))
    assert pulses_by(train, -1e-9) == 0
    assert pulses_by(train, float(times[-1])) == train.pulse_count


def test_theta_bursts_can_be_triggered_pulse_by_pulse_with_every_pulse_timed() -> None:
    clock, inner = bench(latency_s=0.0005, watchdog_s=1.0)
    device = TriggeredTrains(inner, clock, shortest_s=0.01)
    theta = TrainSettings(50.0, Burst.of(3, 50).train(10, 5))
    device.connect()
    assert device.configure(theta) == theta
    device.arm()
    clock.sleep_until(clock.now_s() + 0.11)
    begun = clock.now_s()
    device.fire()
    while device.status().firing:
        clock.sleep_until(clock.now_s() + 0.02)
    given_s = np.array(inner.starts_s) - inner.starts_s[0]
    assert np.abs(given_s - pulse_times_s(theta.train)).max() < 0.002
    assert len(device.lateness_s) == 30
    assert max(device.lateness_s) < 0.002
    assert clock.now_s() - begun == pytest.approx(1.84, abs=0.06)
    assert inner.memory.total == 30


def test_a_trigger_that_comes_late_ends_the_train_with_a_fault() -> None:
    clock, inner = bench(latency_s=0.03, watchdog_s=1.0)
    device = TriggeredTrains(inner, clock, shortest_s=0.01)
    device.connect()
    device.configure(TrainSettings(50.0, Burst.of(3, 50).train(10, 5)))
    device.arm()
    clock.sleep_until(clock.now_s() + 0.2)
    device.fire()
    status = device.status()
    assert "too late" in status.fault
    assert not status.firing
    assert inner.safe


def test_pulses_that_a_device_would_lose_are_refused_before_the_first() -> None:
    clock, inner = bench()
    device = TriggeredTrains(inner, clock, shortest_s=0.5)
    device.connect()
    with pytest.raises(NotOfferedError, match="cannot be triggered one by one"):
        device.configure(TrainSettings(50.0, Train.of(10, 10)))
