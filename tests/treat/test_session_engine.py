"""The run engine: the order around each train, pausing, stopping, and ending safely."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from session_bench import Chair, block, prescription, theta_burst

from euthymia.core.findings import Finding, Severity
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.devices.stimulator import DeviceError, DeviceStatus
from euthymia.treat.session.documents import (
    Basis,
    Document,
    SessionInterrupted,
    SessionResumed,
    SessionStarted,
    SessionStatus,
    SessionStopped,
    TrainGiven,
    TrainIntended,
    TrainWithheld,
)
from euthymia.treat.session.engine import EMERGENCY, Engine
from euthymia.treat.session.journal import open_session
from euthymia.treat.session.limits import default_limits
from euthymia.treat.session.operator import DayQuestion, Request, ScriptedOperator
from euthymia.treat.session.plan import EARS, session_plan
from euthymia.treat.session.recovery import recover, resume
from euthymia.treat.session.signals import Terminated, sigterm_raises


def test_a_session_gives_what_was_prescribed_and_records_every_train() -> None:
    chair = Chair(prescription(theta_burst(4)))
    outcome = chair.run()
    assert outcome.status is SessionStatus.COMPLETED
    assert chair.given == chair.memory.trains == [30] * 4
    assert isinstance(chair.documents[0], SessionStarted)
    assert isinstance(chair.documents[-1], SessionStopped)
    assert chair.documents[-1].pulses == 120
    assert {each.basis for each in chair.of(TrainGiven)} == {Basis.COUNTED}
    assert chair.device.safe


def test_trains_start_at_their_planned_times_without_drift() -> None:
    chair = Chair(prescription(block(40, off_s=2)))
    chair.run()
    planned = np.array([float(step.onset_s) for step in chair.prescribed.steps()])
    starts = np.array(chair.device.starts_s)
    assert np.abs(starts - starts[0] - planned).max() < 1e-6


def test_the_first_document_holds_device_settings_and_the_whole_protocol() -> None:
    chair = Chair()
    chair.run()
    started = chair.documents[0]
    assert isinstance(started, SessionStarted)
    assert started.device.serial_number == "SIM-1"
    assert started.device.simulated
    assert started.settings == "10 pulses, 10 Hz, 60 % MSO"
    assert started.pulse_counter == 0
    assert '"blocks"' in started.protocol_json or "train" in started.protocol_json


class _Watching:
    """A sink that notes whether the device was armed when a document was written."""

    def __init__(self, chair: Chair) -> None:
        self.chair = chair
        self.armed: list[tuple[str, bool]] = []

    def append(self, document: Document) -> None:
        self.armed.append((type(document).__name__, not self.chair.device.safe))
        self.chair.sink.append(document)


def test_every_document_is_written_while_the_device_is_disarmed() -> None:
    chair = Chair()
    sink = _Watching(chair)
    Engine(replace(chair.bench, sink=sink)).run(session_plan(chair.prescribed))
    assert len(sink.armed) == 8
    assert not any(armed for _, armed in sink.armed)


class _Failing:
    """A sink whose disk is full from one document on."""

    def __init__(self, chair: Chair, after: int) -> None:
        self.chair, self.left = chair, after

    def append(self, document: Document) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device")
        self.chair.sink.append(document)


@pytest.mark.parametrize("after", range(8))
def test_a_train_whose_intention_cannot_be_written_is_never_armed(after: int) -> None:
    chair = Chair()
    with pytest.raises(OSError, match="No space"):
        Engine(replace(chair.bench, sink=_Failing(chair, after))).run(
            session_plan(chair.prescribed)
        )
    intended = len(chair.of(TrainIntended))
    assert len(chair.memory.trains) <= intended
    assert chair.device.safe


@pytest.mark.parametrize("wish", [Request.PAUSE, Request.STOP, Request.EMERGENCY])
def test_a_wish_that_comes_while_the_intention_is_written_keeps_the_stimulator_disarmed(
    wish: Request,
) -> None:
    chair, written, armed = Chair(), threading.Event(), [0]

    class Asking(ScriptedOperator):
        def request(self) -> Request | None:
            if written.is_set():
                written.clear()
                return wish
            return super().request()

    class Slow:
        def append(self, document: Document) -> None:
            chair.sink.append(document)
            if isinstance(document, TrainIntended) and document.train == 2:
                written.set()

    class Counting(SimulatedStimulator):
        def arm(self) -> None:
            armed[0] += 1
            super().arm()

    device = Counting(chair.clock, chair.memory)
    operator = Asking(chair.clock, [(180.0, Request.STOP)])
    bench = replace(chair.bench, device=device, operator=operator, sink=Slow())
    Engine(bench).run(session_plan(chair.prescribed))
    assert armed == [1]
    assert chair.given == [10]
    assert [each.train for each in chair.of(TrainWithheld)] == [2]


def test_a_pause_stops_the_train_and_the_rest_of_it_is_not_given() -> None:
    first_s = 1.2 + 0.5  # in the middle of the first train
    chair = Chair(requests=[(first_s, Request.PAUSE), (20.0, Request.GO_ON)])
    outcome = chair.run()
    assert chair.given == chair.memory.trains
    assert 0 < chair.given[0] < 10
    assert chair.given[1:] == [10, 10]
    assert outcome.status is SessionStatus.PARTIAL
    assert outcome.remaining_pulses == 10 - chair.given[0]
    (interrupted,) = chair.of(SessionInterrupted)
    assert isinstance(interrupted, SessionInterrupted)
    assert interrupted.code == "paused"
    assert len(chair.of(SessionResumed)) == 1


def test_after_a_pause_the_silence_before_the_next_train_is_never_shorter_than_planned() -> None:
    chair = Chair(requests=[(3.5, Request.PAUSE), (3.6, Request.GO_ON)])
    chair.run()
    starts = chair.device.starts_s
    rests = [later - earlier - 0.9 for earlier, later in itertools.pairwise(starts)]
    assert min(rests) >= 3.0 - 1e-9


def test_a_stop_ends_the_session_as_partial_with_what_remains() -> None:
    chair = Chair(requests=[(6.0, Request.STOP)])
    outcome = chair.run()
    assert outcome.status is SessionStatus.PARTIAL
    assert outcome.code == "stopped"
    assert outcome.pulses + outcome.remaining_pulses == 30
    assert chair.device.safe


def test_a_stop_before_the_first_train_is_a_session_that_was_not_given() -> None:
    chair = Chair(requests=[(0.5, Request.STOP)])
    outcome = chair.run()
    assert outcome.status is SessionStatus.NOT_GIVEN
    assert chair.memory.total == 0


def test_what_is_not_confirmed_is_not_begun() -> None:
    chair = Chair()
    chair.operator._refuses = (EARS,)
    outcome = chair.run()
    assert (outcome.status, outcome.code) == (SessionStatus.NOT_GIVEN, "not-confirmed")
    assert chair.documents == []


class _Sleep:
    questions: Sequence[DayQuestion] = (DayQuestion("slept", "Slept enough?"),)

    def judge(self, answers: Mapping[str, str]) -> Sequence[Finding]:
        severity = Severity.STOP if answers["slept"] == "no" else Severity.NOTE
        return (Finding("day.slept", severity, "sleep", "Too little sleep"),)


def test_answers_of_the_day_that_speak_against_it_keep_the_session_from_beginning() -> None:
    chair = Chair()
    outcome = Engine(chair.bench).run(session_plan(chair.prescribed, _Sleep()))
    assert outcome.code == "refused"
    assert "Too little sleep" in outcome.reason
    assert chair.memory.total == 0
    chair.operator._answers = {"slept": "yes"}
    assert Engine(chair.bench).run(session_plan(chair.prescribed, _Sleep())).pulses == 30
    started = chair.documents[0]
    assert isinstance(started, SessionStarted)
    assert started.answers == {"slept": "yes"}


def test_a_session_never_takes_the_day_beyond_its_ceiling() -> None:
    chair = Chair(prescription(day_ceiling=120, given_today=105))
    outcome = chair.run()
    assert chair.memory.total == 10
    assert (outcome.status, outcome.code) == (SessionStatus.PARTIAL, "day-full")
    assert "ceiling of a day is 120" in chair.operator.told[-1]


def test_a_train_waits_for_a_press_where_one_is_asked_for() -> None:
    chair = Chair(requests=[(9.0, Request.STOP)])
    chair.operator.presses = False
    outcome = Engine(replace(chair.bench, press_each_train=True)).run(
        session_plan(chair.prescribed)
    )
    assert chair.memory.total == 0
    assert outcome.status is SessionStatus.NOT_GIVEN
    assert "Train 1 waits for your press" in chair.operator.told
    assert chair.of(SessionInterrupted) == []


def test_a_press_that_comes_late_moves_the_train_and_shortens_no_rest() -> None:
    chair = Chair()
    pressed_s = [2.0, 30.0, 31.0]

    def permits(step: object) -> bool:
        if chair.clock.now_s() >= pressed_s[0]:
            pressed_s.append(pressed_s.pop(0) + 1e9)
            return True
        return False

    chair.operator.permits = permits  # type: ignore[method-assign, assignment]
    outcome = Engine(replace(chair.bench, press_each_train=True)).run(
        session_plan(chair.prescribed)
    )
    assert outcome.status is SessionStatus.COMPLETED
    first, second, third = chair.device.starts_s
    assert first >= 2.0
    assert second >= 30.0
    assert third - second >= 3.9 - 0.011


@pytest.mark.parametrize("before", [True, False], ids=["before it answers", "after it answered"])
@pytest.mark.parametrize("every", [3, 7, 10])
def test_a_computer_that_stalls_for_a_moment_is_not_taken_for_a_fault(
    before: bool, every: int
) -> None:
    chair = Chair(prescription(theta_burst(3)))
    real, calls = chair.device.status, itertools.count()

    def status() -> DeviceStatus:
        stalls = next(calls) % every == 0 and not chair.device.safe
        now_s = chair.clock.now_s()
        if stalls and before:
            chair.clock.sleep_until(now_s + 0.15)
        found = real()
        if stalls and not before:
            chair.clock.sleep_until(now_s + 0.15)
        return found

    chair.device.status = status  # type: ignore[method-assign]
    outcome = chair.run()
    assert (outcome.code, outcome.pulses) == ("completed", 90)
    assert chair.of(SessionInterrupted) == []


class _Counterless(SimulatedStimulator):
    """A stimulator whose counter nobody can read, as the real ones are."""

    def status(self) -> DeviceStatus:
        return replace(super().status(), pulse_counter=None)


@pytest.mark.parametrize("stop_s", [None, 1.65, 5.5])
def test_without_a_counter_pulses_are_assumed_and_never_too_few(stop_s: float | None) -> None:
    chair = Chair(requests=[(stop_s, Request.STOP)] if stop_s else [])
    chair.device = _Counterless(chair.clock, chair.memory)
    chair.run()
    truth = [count for count in chair.memory.trains if count]
    assert all(0 <= told - true <= 1 for told, true in zip(chair.given, truth, strict=True))
    assert {each.basis for each in chair.of(TrainGiven)} == {Basis.ASSUMED}
    assert chair.device.safe


def _interrupt(moment_s: float, chair: Chair, error: BaseException) -> None:
    """Let the clock raise in the middle of whatever the engine does then."""
    real = chair.clock.sleep_until
    raised: list[bool] = []

    def sleep(at_s: float, *, exact: bool = False) -> None:
        real(at_s)
        if chair.clock.now_s() >= moment_s and not raised:
            raised.append(True)
            raise error

    chair.clock.sleep_until = sleep  # type: ignore[method-assign]


@pytest.mark.parametrize("moment_s", [0.3, 0.8, 1.1, 1.3, 1.65, 3.0, 5.4, 9.0])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a bug"), Terminated()])
def test_whatever_ends_the_program_the_stimulator_is_disarmed_and_the_record_exact(
    moment_s: float, error: BaseException
) -> None:
    chair = Chair()
    _interrupt(moment_s, chair, error)
    with pytest.raises(type(error)):
        chair.run()
    assert chair.device.safe
    assert chair.given == [count for count in chair.memory.trains if count]
    outcomes = len(chair.of(TrainGiven)) + len(chair.of(TrainWithheld))
    assert len(chair.of(TrainIntended)) == outcomes


def test_sigterm_in_a_train_makes_safe_before_the_program_ends() -> None:
    chair = Chair()
    real = chair.device.status
    calls: Iterator[int] = itertools.count()

    def status() -> object:
        if next(calls) == 30:
            os.kill(os.getpid(), signal.SIGTERM)
        return real()

    chair.device.status = status  # type: ignore[method-assign, assignment]
    with sigterm_raises(), pytest.raises(Terminated):
        chair.run()
    assert chair.device.safe
    assert chair.given == [count for count in chair.memory.trains if count]


def test_a_device_that_refuses_a_setting_leaves_the_session_open_with_its_words() -> None:
    chair = Chair()

    def refuse(settings: object) -> object:
        raise DeviceError("stimulator", "it cannot do that", "Choose another train")

    chair.device.configure = refuse  # type: ignore[method-assign, assignment]
    outcome = chair.run()
    assert outcome.status is SessionStatus.NOT_GIVEN
    assert "Choose another train" in outcome.reason


def test_the_operator_who_falls_silent_pauses_the_session() -> None:
    chair = Chair(prescription(block(12)), requests=[(500.0, Request.STOP)])
    limits = default_limits()
    quiet = replace(limits, operator=replace(limits.operator, silent_s=10.0))
    chair.operator._silent_after_s = 5.0
    outcome = Engine(replace(chair.bench, limits=quiet)).run(session_plan(chair.prescribed))
    (interrupted,) = chair.of(SessionInterrupted)
    assert isinstance(interrupted, SessionInterrupted)
    assert interrupted.code == "operator-silent"
    assert (interrupted.at - chair.start).total_seconds() <= 15.0 + 0.25
    assert outcome.code == "stopped"


@pytest.mark.parametrize("at_s", [0.2, 2.0, 4.45, 5.0])
def test_an_emergency_stop_is_at_once_and_leaves_the_session_open(at_s: float) -> None:
    chair = Chair(prescription(block(6)), requests=[(at_s, Request.EMERGENCY)])
    outcome = chair.run()
    assert (outcome.status, outcome.code) == (None, EMERGENCY)
    assert chair.device.safe
    assert chair.device.last_pulse_s <= at_s + 0.15
    assert sum(chair.given) == chair.memory.total
    (interrupted,) = chair.of(SessionInterrupted)
    assert isinstance(interrupted, SessionInterrupted)
    assert interrupted.code == EMERGENCY
    assert not chair.of(SessionStopped)


def test_an_emergency_stop_ends_a_session_that_stands_still_as_well() -> None:
    requests = [(2.0, Request.PAUSE), (9.0, Request.EMERGENCY)]
    outcome = Chair(prescription(block(6)), requests=requests).run()
    assert outcome.code == EMERGENCY


def test_a_session_left_by_an_emergency_stop_is_taken_up_or_closed() -> None:
    chair = Chair(prescription(block(4)), requests=[(5.0, Request.EMERGENCY)])
    chair.run()
    again = Chair(chair.prescribed, memory=chair.memory, start=chair.start + timedelta(minutes=1))
    again.sink.documents = list(chair.documents)
    journal = open_session(again.documents)
    assert journal is not None
    recovered = recover(journal, again.bench)
    assert [each.code for each in recovered.journal.interruptions] == [EMERGENCY]
    assert recovered.findings == ()
    plan, state = resume(recovered.journal, again.bench)
    outcome = Engine(again.bench).taken_up(state).run(plan)
    assert outcome.status in (SessionStatus.COMPLETED, SessionStatus.PARTIAL)
    assert sum(again.given) == again.memory.total


def test_a_stop_in_the_middle_of_a_train_is_written_down_as_a_stop_and_not_as_a_pause() -> None:
    chair = Chair(prescription(block(6)), requests=[(5.0, Request.STOP)])
    assert chair.run().code == "stopped"
    assert not chair.of(SessionInterrupted)
    (stopped,) = chair.of(SessionStopped)
    assert isinstance(stopped, SessionStopped)
    assert stopped.pulses == chair.memory.total


def test_the_operator_whose_page_is_lost_pauses_the_session_until_a_person_says_go_on() -> None:
    chair = Chair(prescription(block(12)), requests=[(40.0, Request.GO_ON), (45.0, Request.STOP)])
    chair.operator._lost_after_s = 5.0
    chair.run()
    interrupted = chair.of(SessionInterrupted)[0]
    assert isinstance(interrupted, SessionInterrupted)
    assert interrupted.code == "operator-lost"
    lost_s = default_limits().operator.lost_s
    assert (interrupted.at - chair.start).total_seconds() <= 5.0 + lost_s + 0.25
