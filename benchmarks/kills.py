"""Kills a session at random moments, and compares its record with the stimulator's own memory.

    .venv/bin/python benchmarks/kills.py [KILLS] [SEED]

Each session runs in a process of its own, in simulated time, on a chart on disk; the process is
killed by SIGKILL: by the clock at a random moment, within a write (half of the line is on the
disk), right after a write, or between two pulses of a train. Then the session is taken up: its
ledger is verified, its last train is settled from the stimulator's counter, and it is resumed (to
be killed again) or closed. After every step the trains on the record are compared with the trains
in the stimulator's memory, which outlives the kill. Any difference ends the run with exit code 1.

Printed: kills by kind; trains lost, invented or miscounted (all must be 0); sessions resumed,
closed and completed; trains that had to be settled from the counter; torn lines set aside.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from euthymia.chart import ledger
from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.envelope import Author
from euthymia.chart.patient_facts import PatientRegistered
from euthymia.chart.session_sink import LedgerSink, documents_of
from euthymia.plan.protocol.algebra import Block
from euthymia.plan.protocol.dosing import Intensity, Side, Site, Threshold
from euthymia.plan.protocol.intervals import OffTime
from euthymia.plan.protocol.pulses import Train
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.devices.counter import PulseMemory
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.journal import Journal, journals
from euthymia.treat.session.operator import ScriptedOperator
from euthymia.treat.session.plan import session_plan
from euthymia.treat.session.prescription import Prescription
from euthymia.treat.session.recovery import close, recover, resume

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPERATOR = Author("Benchmark", "operator")
BLOCK = Block.of(Train.of(10, 10), Site(Side.LEFT, "DLPFC"), Intensity(60, Threshold.FIXED))
PRESCRIPTION = Prescription(
    1,
    "benchmark",
    (BLOCK.every(OffTime.of(3)) * 12) + (BLOCK.every(OffTime.of(3)) * 4),
    (60.0, 55.0),
)
KINDS = ("clock", "half a line", "after a line", "between pulses")
DONE = 0


@dataclass
class Tally:
    """What was counted over all kills."""

    kills: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    settled: int = 0
    torn: int = 0


def main(kills: int, seed: int) -> int:
    """Run until so many kills have happened; 0 if the record was right after every one."""
    draw, tally = random.Random(seed), Tally()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="euthymia-kills-") as folder:
        length_s = _length_s(Path(folder) / "whole")
        number = 0
        while sum(tally.kills.values()) < kills:
            number += 1
            _session(Path(folder) / f"case-{number}", draw, length_s, tally)
    print(f"kills: {sum(tally.kills.values())} ({dict(tally.kills)})")
    print(f"sessions: {dict(tally.ends)}")
    print(f"trains settled from the counter: {tally.settled}; torn lines set aside: {tally.torn}")
    print(f"differences between record and stimulator: {len(tally.faults)}")
    for fault in tally.faults[:20]:
        print(f"  {fault}")
    print(f"one kill and its recovery: {(time.perf_counter() - started) / kills * 1e3:.0f} ms")
    return 1 if tally.faults else 0


def _session(folder: Path, draw: random.Random, length_s: float, tally: Tally) -> None:
    """One session from its start to its end, killed again and again."""
    _new_case(folder)
    for _ in range(12):
        kind = draw.choice(KINDS)
        if _killed_run(folder, kind, draw, length_s):
            tally.kills[kind] += 1
        else:
            tally.ends["completed"] += 1
            _compare(folder, tally, "completed")
            return
        journal = _taken_up(folder, tally)
        if journal is None:
            tally.ends["killed before it began"] += 1
            continue
        if not journal.open:
            tally.ends["killed after its end"] += 1
            return
        if draw.random() < 0.25:
            bench = _bench(folder)
            close(journal, bench, "closed after a break")
            tally.ends["closed"] += 1
            _compare(folder, tally, "closed")
            return
        tally.ends["resumed"] += 1
    tally.ends["given up after 12 kills"] += 1


def _killed_run(folder: Path, kind: str, draw: random.Random, length_s: float) -> bool:
    """Run or resume the session in a child that is killed; False if it ended before that."""
    moment = draw.random()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            _arrange_death(kind, moment)
            _run(folder)
        finally:
            os._exit(DONE)
    if kind == "clock":
        time.sleep(moment * length_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _arrange_death(kind: str, moment: float) -> None:
    """Let the process kill itself at a moment that no clock would hit often enough."""
    if kind in ("half a line", "after a line"):
        real_write, left = os.write, [int(moment * 36)]

        def write(descriptor: int, data: bytes) -> int:
            left[0] -= 1
            if left[0] < 0:
                part = len(data) // 2 if kind == "half a line" else len(data)
                real_write(descriptor, bytes(data)[:part])
                _die()
            return real_write(descriptor, data)

        os.write = write  # type: ignore[assignment]
    if kind == "between pulses":
        real_count, remaining = PulseMemory.count, [int(moment * PRESCRIPTION.pulses)]

        def count(memory: PulseMemory) -> None:
            remaining[0] -= 1
            if remaining[0] < 0:
                _die()
            real_count(memory)

        PulseMemory.count = count  # type: ignore[method-assign]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _run(folder: Path) -> None:
    """Begin the session, or take it up where it stands."""
    journal, bench = _journal(folder), _bench(folder)
    if journal is None:
        Engine(bench).run(session_plan(PRESCRIPTION))
        return
    plan, state = resume(journal, bench)
    Engine(bench).taken_up(state).run(plan)


def _taken_up(folder: Path, tally: Tally) -> Journal | None:
    """Verify, compare and settle what the kill has left; None if nothing of it is on record."""
    path = folder / CHART_NAME
    checked = ledger.verify(path)
    if checked.broken is not None:
        tally.faults.append(f"{folder.name}: ledger broken: {checked.broken}")
    tally.torn += bool(checked.torn)
    journal = _journal(folder)
    truth = _truth(folder)
    if journal is None:
        if truth:
            tally.faults.append(f"{folder.name}: pulses without a session: {truth}")
        return None
    known = [train.delivered for train in journal.given]
    if known != truth[: len(known)] or len(truth) > len(known) + (journal.dangling is not None):
        tally.faults.append(f"{folder.name}: before recovery {known} against {truth}")
    if journal.open:
        tally.settled += journal.dangling is not None
        recovered = recover(journal, _bench(folder))
        if recovered.findings:
            tally.faults.append(f"{folder.name}: {recovered.findings}")
    return _compare(folder, tally, "recovered")


def _compare(folder: Path, tally: Tally, when: str) -> Journal:
    """The record against the stimulator's memory: train by train."""
    checked = ledger.verify(folder / CHART_NAME)
    if checked.broken is not None or checked.torn:
        tally.faults.append(f"{folder.name}: ledger not intact when {when}")
    journal = _journal(folder)
    assert journal is not None
    recorded, truth = [train.delivered for train in journal.given], _truth(folder)
    if recorded != truth:
        tally.faults.append(f"{folder.name}, {when}: record {recorded}, stimulator {truth}")
    numbers = [train.train for train in journal.given]
    if numbers != sorted(set(numbers)) or journal.pulses > PRESCRIPTION.pulses:
        tally.faults.append(f"{folder.name}, {when}: trains {numbers}, pulses {journal.pulses}")
    if when in ("completed", "closed") and journal.open:
        tally.faults.append(f"{folder.name}: still open when {when}")
    return journal


def _new_case(folder: Path) -> None:
    patient = PatientRegistered(pseudonym="SYN-KILLS", synthetic=True, birth_year=1980)
    Case.create(folder, patient, id=str(uuid.uuid4()), at=START, author=OPERATOR)


def _bench(folder: Path) -> Bench:
    """The chair at a later time of the same day, with the same stimulator."""
    last = Case.open(folder).chart.entries[-1].at
    clock = SimulatedClock(last + timedelta(seconds=30))
    sink = LedgerSink(
        folder / CHART_NAME, OPERATOR, new_id=lambda: str(uuid.uuid4()), now=clock.local
    )
    device = SimulatedStimulator(clock, PulseMemory(folder / "stimulator.memory"))
    return Bench(device, clock, sink, ScriptedOperator(clock), "benchmark")


def _journal(folder: Path) -> Journal | None:
    found = journals(documents_of(Case.open(folder).chart))
    return found[0] if found else None


def _truth(folder: Path) -> list[int]:
    """Pulses of each train that the stimulator ever gave."""
    return [count for count in PulseMemory(folder / "stimulator.memory").trains if count]


def _length_s(folder: Path) -> float:
    """How long a whole session takes here."""
    _new_case(folder)
    started = time.perf_counter()
    _run(folder)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 1_000,
            int(sys.argv[2]) if len(sys.argv) > 2 else 1,
        )
    )
