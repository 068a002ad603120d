"""The latch of the emergency stop: it holds without the engine, and claims only what it knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from clinic.chair.chair_samples import order, prescription, ready_patient, short_protocol
from clinic.conftest import SmallClinic
from euthymia.chart.session_sink import documents_of
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.chair import sessions
from euthymia.clinic.chair.engine import running, wishes
from euthymia.clinic.chair.engine.running import Run
from euthymia.clinic.chair.models import Console
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.treat.devices.faults import Fault
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.session.documents import Document, TrainIntended, TrainWithheld
from euthymia.treat.session.engine import EMERGENCY


class _SlowDisk:
    """A record in which something happens while one of its entries is still being written."""

    def __init__(self, run: Run, train: int, then: object) -> None:
        self._sink, self._train, self._then = run.bench.sink, train, then
        object.__setattr__(run.bench, "sink", self)

    def append(self, document: Document) -> None:
        self._sink.append(document)
        if isinstance(document, TrainIntended) and document.train == self._train:
            self._then()  # type: ignore[operator]


def _begun(clinic: SmallClinic, patient: Patient) -> Run:
    return sessions.begin(clinic.who(Role.OPERATOR), patient, order())


def _device(run: Run) -> SimulatedStimulator:
    device = run.bench.device.device  # type: ignore[attr-defined]
    assert isinstance(device, SimulatedStimulator)
    return device


@pytest.fixture
def patient(clinic: SmallClinic, example: Path) -> Patient:
    return ready_patient(clinic, prescription(short_protocol(4, pulses=30)))


def test_a_stop_is_confirmed_while_the_engine_waits_for_the_disk(
    clinic: SmallClinic, patient: Patient
) -> None:
    run = _begun(clinic, patient)
    told: list[wishes.Stopped] = []
    # The engine's own thread asks here, in the middle of its write: it cannot answer itself.
    _SlowDisk(run, 2, lambda: told.append(wishes.emergency(run.stop_key, AnonymousUser())))
    run.work()
    assert told[0].confirmed
    assert "The stimulator is disarmed" in told[0].sentence
    assert len(_device(run).starts_s) == 1
    assert Console.objects.get().code == EMERGENCY


@pytest.mark.parametrize("let_through", [0, 1])
def test_a_pulled_latch_lets_the_stimulator_be_neither_armed_nor_fired(
    clinic: SmallClinic, patient: Patient, let_through: int
) -> None:
    run = _begun(clinic, patient)
    latch, calls = run.board.latch, [0]
    real = latch.let_through

    def pulled_just_before() -> None:
        if calls[0] == 2 + let_through:  # train 1 was armed and fired
            latch.pull()
        calls[0] += 1
        real()

    latch.let_through = pulled_just_before  # type: ignore[method-assign]
    run.work()
    assert _device(run).memory.total == 30
    assert _device(run).safe
    assert latch.holds
    kept = documents_of(chart_of(Patient.objects.get(pk=patient.pk)).chart)
    assert [each.train for each in kept if isinstance(each, TrainWithheld)] == [2]
    console = Console.objects.get()
    assert (console.code, console.live["held"]) == (EMERGENCY, True)


@pytest.mark.parametrize("here", [True, False])
def test_a_stop_is_not_confirmed_when_the_stimulator_cannot_be_reached(
    clinic: SmallClinic, patient: Patient, here: bool
) -> None:
    run = _begun(clinic, patient)
    device = _device(run)
    _SlowDisk(run, 2, lambda: device.inject(Fault.LINK_LOST))
    run.work()
    assert Console.objects.get().code == "link-lost"
    if not here:
        running._RUNS.clear()
    told = wishes.emergency(run.stop_key, AnonymousUser())
    assert not told.confirmed
    assert "own stop button" in told.sentence
