"""When trains start in real time, against their plan: jitter and drift on the simulator.

    .venv/bin/python benchmarks/timing.py [PROTOCOL ...]        (default: HF10-37 iTBS-600)

Each protocol runs once, whole, in real time, with its record written to a chart on disk, as at the
chair. Compared are the first pulses in the simulated stimulator's own time with the engine's plan.
Bar: 99 % of trains start within 5 ms of plan, and the lateness does not grow over the session
(slope with its 95 % interval). The run waits nearly all the time; it costs little CPU. It asks the
system for real-time priority, as `euthymia session run` does, and says whether it was granted: on
a busy computer without it, starts scatter by tens of milliseconds.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import uuid
from pathlib import Path

import numpy as np
from scipy import stats

from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.envelope import Author
from euthymia.chart.patient_facts import PatientRegistered
from euthymia.chart.session_sink import LedgerSink, documents_of
from euthymia.cli.clock import SystemClock, prompt_scheduling
from euthymia.plan.protocol.catalogue import entry
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.journal import journals
from euthymia.treat.session.operator import ScriptedOperator
from euthymia.treat.session.plan import session_plan
from euthymia.treat.session.prescription import Prescription

OPERATOR = Author("Benchmark", "operator")
BAR_MS = 5.0


def main(protocols: list[str]) -> None:
    """Run the protocols one after the other and print the table."""
    print("| protocol | trains | length | median | 95 % | 99 % | worst | drift, ms an hour | CPU |")
    print("|---|---|---|---|---|---|---|---|---|")
    with prompt_scheduling() as granted:
        for protocol in protocols:
            print(_row(protocol), flush=True)
    print(f"\nReal-time priority was {'granted' if granted else 'not granted'} by the system.")


def _row(protocol_id: str) -> str:
    protocol = entry(protocol_id).build()
    prescription = Prescription(1, protocol_id, protocol, (60.0,) * len(protocol.blocks))
    clock = SystemClock()
    device = SimulatedStimulator(clock)
    cpu, began = _cpu_s(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="euthymia-timing-") as folder:
        case = Case.create(
            Path(folder) / "case",
            PatientRegistered(pseudonym="SYN-TIMING", synthetic=True, birth_year=1980),
            id=str(uuid.uuid4()),
            at=clock.local(),
            author=OPERATOR,
        )
        sink = LedgerSink(
            case.folder / CHART_NAME, OPERATOR, new_id=lambda: str(uuid.uuid4()), now=clock.local
        )
        bench = Bench(device, clock, sink, ScriptedOperator(clock), "benchmark")
        outcome = Engine(bench).run(session_plan(prescription))
        (journal,) = journals(documents_of(Case.open(case.folder).chart))
    if outcome.pulses != prescription.pulses or journal.pulses != prescription.pulses:
        print(f"{protocol_id}: {outcome}; table over the trains that began", flush=True)
    onsets_s = np.array([float(step.onset_s) for step in prescription.steps()])
    onsets_s = onsets_s[: len(device.starts_s)]
    # The engine's own lateness of the first train fixes where its plan lies on the clock.
    zero_s = device.starts_s[0] - (journal.given[0].late_ms or 0.0) / 1e3
    late_ms = 1e3 * (np.array(device.starts_s) - zero_s - onsets_s)
    fit = stats.linregress(onsets_s / 3_600.0, late_ms)
    half = float(stats.t.ppf(0.975, len(onsets_s) - 2) * fit.stderr)
    p50, p95, p99 = np.percentile(np.abs(late_ms), (50, 95, 99))
    minutes = (time.monotonic() - began) / 60
    verdict = "" if p99 <= BAR_MS else " (bar missed)"
    return (
        f"| {protocol_id} | {len(onsets_s)} | {minutes:.1f} min | {p50:.2f} ms | {p95:.2f} ms | "
        f"{p99:.2f} ms{verdict} | {np.abs(late_ms).max():.2f} ms | {fit.slope:+.2f} ± {half:.2f} | "
        f"{_cpu_s() - cpu:.1f} s |"
    )


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1:] or ["HF10-37", "iTBS-600"])
