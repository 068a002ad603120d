"""No order of pauses, resumptions, stops, kills and faults exceeds the dose or skips disarming."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from session_bench import START, Chair, block, prescription

from euthymia.plan.protocol.algebra import Pause, Protocol
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.devices.counter import PulseMemory
from euthymia.treat.devices.faults import Fault
from euthymia.treat.session.documents import TrainGiven, TrainIntended, TrainWithheld
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.journal import Journal, journals
from euthymia.treat.session.operator import Request
from euthymia.treat.session.plan import session_plan, summarise
from euthymia.treat.session.recovery import close, recover, resume

PROTOCOL = Protocol.of(block(3), Pause.of(4), block(3, pulses=5))
LYING = {Fault.COUNTER_JUMPS}
"""A counter that lies cannot be compared with."""

moments = st.floats(0.0, 30.0)
requests = st.lists(st.tuples(moments, st.sampled_from(Request)), max_size=6)
faults = st.lists(
    st.tuples(st.sampled_from([each for each in Fault if each not in LYING]), moments), max_size=2
)


class _Killed(BaseException):
    """The program is gone at once: nothing of it runs any more."""


class SessionMachine(RuleBasedStateMachine):
    """One session at one stimulator, run, broken off and taken up in any order."""

    @initialize()
    def begin(self) -> None:
        self.memory = PulseMemory()
        self.documents: list[object] = []
        self.prescribed = prescription(PROTOCOL)
        self.runs = 0
        self.chair: Chair | None = None

    def _chair(self, asked: list[tuple[float, Request]], bad: list[tuple[Fault, float]]) -> Chair:
        self.runs += 1
        chair = Chair(
            self.prescribed,
            requests=[*asked, (120.0, Request.STOP)],
            memory=self.memory,
            start=START + timedelta(minutes=5 * self.runs),
        )
        chair.sink.documents = self.documents  # type: ignore[assignment]
        for fault, at_s in bad:
            chair.device.inject(fault, at_s)
        self.chair = chair
        return chair

    @property
    def journal(self) -> Journal | None:
        found = journals(self.documents)  # type: ignore[arg-type]
        return found[0] if found else None

    @precondition(lambda self: self.journal is None)
    @rule(asked=requests, bad=faults, dies_s=st.none() | moments)
    def run(
        self,
        asked: list[tuple[float, Request]],
        bad: list[tuple[Fault, float]],
        dies_s: float | None,
    ) -> None:
        chair = self._chair(asked, bad)
        self._engine(chair, Engine(chair.bench), session_plan(self.prescribed), dies_s)

    @precondition(lambda self: self.journal is not None and self.journal.open)
    @rule(asked=requests, bad=faults, dies_s=st.none() | moments)
    def take_up(
        self,
        asked: list[tuple[float, Request]],
        bad: list[tuple[Fault, float]],
        dies_s: float | None,
    ) -> None:
        settled = self._settled()
        chair = self._chair(asked, bad)
        plan, state = resume(settled, chair.bench)
        self._engine(chair, Engine(chair.bench).taken_up(state), plan, dies_s)

    @precondition(lambda self: self.journal is not None and self.journal.open)
    @rule()
    def close(self) -> None:
        settled = self._settled()
        chair = self._chair([], [])
        close(settled, chair.bench, "closed")

    @precondition(lambda self: self.journal is not None and not self.journal.open)
    @rule()
    def another_patient(self) -> None:
        self.begin()

    def _settled(self) -> Journal:
        journal = self.journal
        assert journal is not None
        recovered = recover(journal, self._chair([], []).bench)
        assert recovered.findings == ()
        return recovered.journal

    def _engine(self, chair: Chair, engine: Engine, plan: object, dies_s: float | None) -> None:
        if dies_s is not None:
            real = chair.clock.sleep_until

            def sleep(at_s: float, *, exact: bool = False) -> None:
                real(at_s)
                if chair.clock.now_s() >= dies_s:
                    raise _Killed

            chair.clock.sleep_until = sleep  # type: ignore[method-assign]
        try:
            engine.run(plan)  # type: ignore[arg-type]
        except _Killed:
            # A killed program sends nothing more; the device stops by its own watchdog.
            SimulatedClock.sleep_until(chair.clock, chair.clock.now_s() + 1.0)
        finally:
            chair.clock.sleep_until = lambda at_s, exact=False: SimulatedClock.sleep_until(
                chair.clock, at_s
            )  # type: ignore[method-assign]

    @invariant()
    def the_stimulator_is_disarmed(self) -> None:
        if getattr(self, "chair", None) is not None:
            assert self.chair is not None
            self.chair.clock.sleep_until(self.chair.clock.now_s() + 0.25)
            assert self.chair.device.safe

    @invariant()
    def no_train_exceeds_its_prescription_or_comes_twice(self) -> None:
        if self.journal is None:
            return
        steps = {step.number: step for step in self.prescribed.steps()}
        given = self.journal.given
        assert all(train.delivered <= steps[train.train].train.pulse_count for train in given)
        assert all(a.train < b.train for a, b in pairwise(given))
        assert self.journal.pulses <= self.prescribed.pulses

    @invariant()
    def the_record_is_the_truth_but_for_one_open_train(self) -> None:
        if self.journal is None:
            return
        truth = [count for count in self.memory.trains if count]
        known = [train.delivered for train in self.journal.given]
        if self.journal.dangling is None:
            assert known == truth
        else:
            assert known == truth[: len(known)]
            assert len(truth) - len(known) <= 1

    @invariant()
    def every_outcome_was_intended_first(self) -> None:
        intended = [each.train for each in self.documents if isinstance(each, TrainIntended)]
        outcomes = [
            each.train for each in self.documents if isinstance(each, TrainGiven | TrainWithheld)
        ]
        assert intended[: len(outcomes)] == outcomes


TestSessionMachine = SessionMachine.TestCase
TestSessionMachine.settings = settings(max_examples=50, stateful_step_count=6, deadline=None)


@settings(max_examples=80, deadline=None)
@given(requests, faults)
@example([(2.0, Request.GO_ON)], [(Fault.FIRES_LATE, 0.0)])
def test_no_order_of_requests_and_faults_exceeds_the_dose_or_leaves_it_armed(
    asked: list[tuple[float, Request]], bad: list[tuple[Fault, float]]
) -> None:
    chair = Chair(prescription(PROTOCOL), requests=[*asked, (200.0, Request.STOP)])
    for fault, at_s in bad:
        chair.device.inject(fault, at_s)
    outcome = chair.run()
    assert chair.device.safe
    assert chair.memory.total <= chair.prescribed.pulses
    assert outcome.pulses <= chair.prescribed.pulses
    rests = [later - earlier for earlier, later in pairwise(chair.device.starts_s)]
    assert all(rest >= 0.4 + 3.0 - 0.01 for rest in rests)


@given(st.integers(1, 5), st.integers(1, 20), st.integers(1, 4))
def test_a_plan_in_figures_is_the_protocol_in_figures(
    trains: int, pulses: int, repeats: int
) -> None:
    protocol = Protocol.of(*([block(trains, pulses=pulses)] * repeats))
    summary = summarise(session_plan(prescription(protocol)))
    assert summary.trains == protocol.train_count
    assert summary.pulses == protocol.pulse_count
