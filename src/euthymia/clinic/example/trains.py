"""Sessions train by train, as the run engine writes them, for a few invented patients.

The engine runs the whole session on its simulated stimulator in simulated time; nothing is made
up beside it. A session so written has two entries for every train.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from euthymia.chart.session_sink import SessionFact, fact_of
from euthymia.clinic.example.planning import built
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import Document
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.operator import ScriptedOperator
from euthymia.treat.session.plan import session_plan
from euthymia.treat.session.prescription import Prescription


@dataclass(slots=True)
class _Kept:
    """A sink that keeps every document with the time at which it was written."""

    clock: SimulatedClock
    documents: list[tuple[datetime, Document]] = field(default_factory=list)

    def append(self, document: Document) -> None:
        self.documents.append((self.clock.local(), document))


def session_by_train(
    number: int, protocol: str, output_pct_mso: float, begins: datetime, software: str
) -> tuple[tuple[datetime, SessionFact], ...]:
    """Every entry of one session run from that moment on, each with its time."""
    clock = SimulatedClock(begins)
    kept = _Kept(clock)
    bench = Bench(
        SimulatedStimulator(clock, serial_number="SYN-SIM"),
        clock,
        kept,
        ScriptedOperator(clock),
        software,
    )
    whole = built(protocol)
    prescription = Prescription(number, protocol, whole, (output_pct_mso,) * len(whole.blocks))
    Engine(bench).run(session_plan(prescription))
    return tuple((at, fact_of(document)) for at, document in kept.documents)
