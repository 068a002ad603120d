"""Sessions that broke off: found, settled from the counter, resumed or closed."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from session_bench import START, Chair, block, prescription

from euthymia.core.errors import InputError
from euthymia.treat.devices.counter import PulseMemory
from euthymia.treat.devices.faults import Fault
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.session.documents import (
    Basis,
    Document,
    ListSink,
    SessionInterrupted,
    SessionStatus,
    SessionStopped,
    TrainGiven,
    TrainWithheld,
)
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.journal import journals, open_session
from euthymia.treat.session.limits import default_limits
from euthymia.treat.session.recovery import close, may_resume, recover, resume

ROOT = Path(__file__).resolve().parents[2]


class _Death(Exception):  # noqa: N818 - it is no error
    """Stands for a kill: raised at one document, and at everything that comes after it."""


class _Dying(ListSink):
    """A sink that dies before or after the document of one number."""

    def __init__(self, at: int, *, written: bool) -> None:
        super().__init__()
        self.at, self.written = at, written

    def append(self, document: Document) -> None:
        if len(self.documents) > self.at or (len(self.documents) == self.at and not self.written):
            raise _Death
        super().append(document)
        if len(self.documents) == self.at + 1 and self.written:
            raise _Death


def broken(at: int, *, written: bool) -> Chair:
    """A chair whose session died at one document; the record and the memory are left."""
    chair = Chair()
    sink = _Dying(at, written=written)
    chair.sink = sink
    with pytest.raises(_Death):
        chair.run()
    return chair


def later(chair: Chair, **changes: object) -> Chair:
    """A new program at the same chair a minute later: same memory, same record."""
    again = Chair(chair.prescribed, memory=chair.memory, start=START + timedelta(minutes=1))
    again.sink.documents = list(chair.sink.documents)
    for name, value in changes.items():
        setattr(again, name, value)
    return again


@pytest.mark.parametrize("written", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("at", range(1, 7))
def test_wherever_a_session_dies_it_resumes_with_every_pulse_on_the_record(
    at: int, written: bool
) -> None:
    chair = later(broken(at, written=written))
    journal = open_session(chair.documents)
    assert journal is not None
    recovered = recover(journal, chair.bench)
    assert recovered.findings == ()
    assert chair.given == [count for count in chair.memory.trains if count]
    plan, state = resume(recovered.journal, chair.bench)
    outcome = Engine(chair.bench).taken_up(state).run(plan)
    assert outcome.status in (SessionStatus.COMPLETED, SessionStatus.PARTIAL)
    assert chair.given == [count for count in chair.memory.trains if count]
    (whole,) = journals(chair.documents)
    assert not whole.open
    assert whole.pulses == outcome.pulses == chair.memory.total <= 30


def test_a_dangling_train_is_settled_by_what_the_counter_says() -> None:
    chair = later(broken(2, written=False))  # the outcome of the first train was never written
    journal = open_session(chair.documents)
    assert journal is not None
    assert journal.dangling is not None
    recovered = recover(journal, chair.bench).journal
    (train,) = recovered.given
    assert (train.delivered, train.basis) == (10, Basis.RECOVERED)


def test_an_intention_that_was_never_fired_is_withheld() -> None:
    chair = later(broken(1, written=True))
    journal = open_session(chair.documents)
    assert journal is not None
    recovered = recover(journal, chair.bench).journal
    assert recovered.given == ()
    (withheld,) = recovered.withheld
    assert isinstance(withheld, TrainWithheld)


def test_a_counter_that_does_not_fit_is_assumed_and_said() -> None:
    chair = later(broken(2, written=False))
    chair.memory.begin_train()
    for _ in range(25):
        chair.memory.count()
    journal = open_session(chair.documents)
    assert journal is not None
    recovered = recover(journal, chair.bench)
    (finding,) = recovered.findings
    assert finding.code == "session.train-assumed"
    (train,) = recovered.journal.given
    assert (train.delivered, train.basis) == (10, Basis.ASSUMED)


def test_pulses_between_two_sessions_are_noticed() -> None:
    chair = later(broken(3, written=True))
    recover_first = open_session(chair.documents)
    assert recover_first is not None
    settled = recover(recover_first, chair.bench).journal
    chair.memory.begin_train()
    chair.memory.count()
    (finding,) = recover(replace(settled), chair.bench).findings
    assert finding.code == "session.pulses-unexplained"


def test_another_stimulator_cannot_settle_the_session() -> None:
    chair = later(broken(2, written=False))
    chair.device = SimulatedStimulator(chair.clock, chair.memory, serial_number="SIM-2")
    journal = open_session(chair.documents)
    assert journal is not None
    with pytest.raises(InputError, match="Connect the stimulator that it was begun with"):
        recover(journal, chair.bench)


def test_a_broken_session_can_be_closed_as_it_stands() -> None:
    chair = later(broken(3, written=True))
    journal = open_session(chair.documents)
    assert journal is not None
    stopped = close(recover(journal, chair.bench).journal, chair.bench, "patient went home")
    assert isinstance(stopped, SessionStopped)
    assert (stopped.status, stopped.pulses, stopped.remaining_pulses) == (
        SessionStatus.PARTIAL,
        10,
        20,
    )
    assert open_session(chair.documents) is None


def test_a_closed_session_is_not_recovered_resumed_or_closed_again() -> None:
    chair = Chair()
    chair.run()
    (journal,) = journals(chair.documents)
    for act in (
        lambda: recover(journal, chair.bench),
        lambda: resume(journal, chair.bench),
        lambda: close(journal, chair.bench, "again"),
    ):
        with pytest.raises(InputError, match="closed already"):
            act()


def test_a_session_with_a_dangling_train_is_not_resumed_before_it_is_settled() -> None:
    chair = later(broken(2, written=False))
    journal = open_session(chair.documents)
    assert journal is not None
    with pytest.raises(InputError, match="Recover it first"):
        resume(journal, chair.bench)


def test_a_resumed_session_keeps_the_silence_after_the_last_train() -> None:
    chair = Chair(prescription(block(3, off_s=120)))
    chair.sink = _Dying(2, written=True)
    with pytest.raises(_Death):
        chair.run()
    again = later(chair)
    journal = open_session(again.documents)
    assert journal is not None
    plan, state = resume(recover(journal, again.bench).journal, again.bench)
    assert Engine(again.bench).taken_up(state).run(plan).status is SessionStatus.COMPLETED
    given = [each for each in again.documents if isinstance(each, TrainGiven)]
    assert (given[1].started_at - given[0].started_at).total_seconds() >= 120.9 - 0.01
    reasons = [each.code for each in again.of(SessionInterrupted)]
    assert reasons == ["broke-off"]


def test_a_session_of_another_day_or_long_ago_asks_for_a_clinician() -> None:
    chair = broken(3, written=True)
    soon = later(chair)
    journal = open_session(soon.documents)
    assert journal is not None
    assert may_resume(journal, soon.bench, default_limits()) == ()
    tomorrow = Chair(memory=chair.memory, start=START + timedelta(days=1))
    (finding,) = may_resume(journal, tomorrow.bench, default_limits())
    assert finding.code == "session.resume-late"


def test_a_lost_link_leaves_the_session_open_and_it_is_settled_when_the_link_is_back() -> None:
    chair = Chair()
    chair.device.inject(Fault.LINK_LOST, 5.4)
    outcome = chair.run()
    assert outcome.status is None
    again = later(chair)
    journal = open_session(again.documents)
    assert journal is not None
    assert journal.dangling is not None
    recover(journal, again.bench)
    assert again.given == [count for count in again.memory.trains if count]


def test_the_memory_of_the_stimulator_outlives_its_program(tmp_path: Path) -> None:
    first = PulseMemory(tmp_path / "memory")
    first.begin_train()
    for _ in range(3):
        first.count()
    second = PulseMemory(tmp_path / "memory")
    assert (second.total, second.trains) == (3, [3])
    second.begin_train()
    second.count()
    assert PulseMemory(tmp_path / "memory").trains == [3, 1]


def test_documents_that_tell_an_impossible_session_are_refused() -> None:
    chair = Chair()
    chair.run()
    started, intended, given, *_ = chair.documents
    for impossible in (
        [given],
        [started, given],
        [started, started],
        [started, intended, intended],
        [started, chair.documents[-1], intended],
    ):
        with pytest.raises(InputError, match="Verify the chart"):
            journals(impossible)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_twenty_five_kills_lose_and_invent_no_train() -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks/kills.py"), "25", "7"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(re.search(r"kills: (\d+)", run.stdout)[1]) >= 25  # type: ignore[index]
    assert "differences between record and stimulator: 0" in run.stdout
