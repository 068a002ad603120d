"""A chair for tests: simulated time, a simulated stimulator, a scripted operator, a kept record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from euthymia.plan.protocol.algebra import Block, Protocol
from euthymia.plan.protocol.dosing import Intensity, Side, Site, Threshold
from euthymia.plan.protocol.intervals import OffTime
from euthymia.plan.protocol.pulses import Burst, Train
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.devices.counter import PulseMemory
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.session.bench import Bench, CoilSource, FieldSource
from euthymia.treat.session.documents import Document, ListSink, TrainGiven
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.operator import Request, ScriptedOperator
from euthymia.treat.session.plan import session_plan
from euthymia.treat.session.prescription import Prescription
from euthymia.treat.session.run_state import Outcome

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SITE = Site(Side.LEFT, "DLPFC")


def block(trains: int, pulses: int = 10, rate_hz: float = 10, off_s: float = 3) -> Block:
    """Trains of single pulses with an off-time after each."""
    one = Block.of(Train.of(pulses, rate_hz), SITE, Intensity(60, Threshold.FIXED))
    return one.every(OffTime.of(off_s)) * trains


def theta_burst(trains: int) -> Block:
    """Trains of ten theta bursts, 8 s apart."""
    train = Burst.of(3, 50).train(10, 5)
    return Block.of(train, SITE, Intensity(60, Threshold.FIXED)).every(OffTime.of(8)) * trains


def prescription(
    protocol: Protocol | Block | None = None, session: int = 1, **changes: object
) -> Prescription:
    """Three trains of ten pulses, unless another protocol is given."""
    whole = Protocol.of(protocol if protocol is not None else block(3))
    made = Prescription(session, "test", whole, (60.0,) * len(whole.blocks))
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Chair:
    """Everything a session in a test is run with, and what came of it."""

    prescribed: Prescription = field(default_factory=prescription)
    requests: Sequence[tuple[float, Request]] = ()
    memory: PulseMemory = field(default_factory=PulseMemory)
    coil: CoilSource | None = None
    field_source: FieldSource | None = None
    start: datetime = START

    def __post_init__(self) -> None:
        self.clock = SimulatedClock(self.start)
        self.device = SimulatedStimulator(self.clock, self.memory)
        self.operator = ScriptedOperator(self.clock, self.requests)
        self.sink = ListSink()

    @property
    def bench(self) -> Bench:
        return Bench(
            self.device,
            self.clock,
            self.sink,
            self.operator,
            "euthymia test",
            coil=self.coil,
            field=self.field_source,
        )

    def run(self) -> Outcome:
        """The whole session, to one of its ends."""
        plan = session_plan(self.prescribed, navigated=self.coil is not None)
        return Engine(self.bench).run(plan)

    @property
    def documents(self) -> list[Document]:
        return self.sink.documents

    @property
    def given(self) -> list[int]:
        """Pulses of each train on the record."""
        return [each.delivered for each in self.documents if isinstance(each, TrainGiven)]

    def of(self, kind: type) -> list[Document]:
        return [each for each in self.documents if isinstance(each, kind)]
