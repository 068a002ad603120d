"""Whole sessions over a serial port: engine, driver, wire and emulated device together."""

from __future__ import annotations

import sys

import pytest
from session_bench import block, prescription
from test_devices_serial import magpro, rapid
from wired import at_the_port, noon, simulated

from euthymia.treat.devices.emulators import MagstimEmulator, MagVentureEmulator
from euthymia.treat.devices.faults import Fault
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import Basis, ListSink, SessionStatus, TrainGiven
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.operator import Request, ScriptedOperator
from euthymia.treat.session.plan import session_plan

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

DRIVERS = {
    "magventure": (MagVentureEmulator, magpro),
    "rapid2": (lambda device: MagstimEmulator(device, rapid=True), rapid),
}
PRESCRIBED = prescription(block(2, pulses=10, off_s=1))


@pytest.mark.parametrize("name", DRIVERS)
def test_a_session_over_the_wire_gives_and_records_every_train(name: str) -> None:
    make, driver = DRIVERS[name]
    clock, sink = noon(), ListSink()
    device = simulated(clock)
    operator = ScriptedOperator(clock)
    with at_the_port(make(device), driver, clock) as wired:
        bench = Bench(
            wired.device, clock, sink, operator, "test", press_each_train=True, lead_s=0.2
        )
        outcome = Engine(bench).run(session_plan(PRESCRIBED))
    assert outcome.status is SessionStatus.COMPLETED, (outcome, operator.told)
    given = [each for each in sink.documents if isinstance(each, TrainGiven)]
    assert [each.delivered for each in given] == device.memory.trains == [10, 10]
    # No counter of a real device is publicly described well enough to be read.
    assert {each.basis for each in given} == {Basis.ASSUMED}
    assert device.safe


@pytest.mark.parametrize("name", DRIVERS)
def test_a_coil_that_comes_off_in_a_train_is_stopped_through_the_wire(name: str) -> None:
    make, driver = DRIVERS[name]
    clock, sink = noon(), ListSink()
    device = simulated(clock)
    operator = ScriptedOperator(clock)
    fire = device.fire

    def fire_and_lose_the_coil() -> None:
        fire()
        device.inject(Fault.COIL_UNPLUGGED, clock.now_s() + 0.3)
        operator._requests.append((clock.now_s() + 0.6, Request.STOP))

    device.fire = fire_and_lose_the_coil  # type: ignore[method-assign]
    with at_the_port(make(device), driver, clock) as wired:
        bench = Bench(wired.device, clock, sink, operator, "test", lead_s=0.2)
        outcome = Engine(bench).run(session_plan(prescription(block(1, pulses=30))))
    assert outcome.status is SessionStatus.PARTIAL
    assert 0 < device.memory.total < 30
    assert device.safe
    assert any("coil is not connected" in sentence for sentence in operator.told)
