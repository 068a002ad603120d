"""How fast a chart is worked out: all at once, and with one more entry.

    python benchmarks/replay.py

Two charts: 60 entries (a patient before the course) and 3,000 (a course with every train).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.chart import Replayer, replay
from euthymia.chart.entries import AnyFact, draft, entry_of
from euthymia.chart.envelope import NO_LINE_BEFORE, Author, Envelope, parse_line, seal
from euthymia.chart.patient_facts import PatientRegistered, ScaleFilled
from euthymia.chart.session_facts import (
    DeviceUsed,
    PoseError,
    SessionDelivered,
    SessionStarted,
    TrainDelivered,
    TrainIntended,
)
from euthymia.chart.verification import verify_bytes
from euthymia.plan.protocol.catalogue import entry as known_protocol
from euthymia.plan.protocol.schema import to_json

BEGUN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AUTHOR = Author("Benchmark", "operator")
PROTOCOL = to_json(known_protocol("HF10-37").build())
TRAINS = 75


def course() -> list[tuple[AnyFact, datetime]]:
    """A synthetic patient, weekly scores, then sessions of 75 trains, with the times of entry."""
    patient = PatientRegistered(pseudonym="BENCH-1", synthetic=True, birth_year=1980)
    found: list[tuple[AnyFact, datetime]] = [(patient, BEGUN)]
    for week in range(59):
        day = BEGUN + timedelta(days=week)
        found.append((ScaleFilled(score=ScaleScore("phq9", day.date(), 20)), day))
    for number in range(1, 21):
        found.extend(session(number, BEGUN + timedelta(days=60 + number)))
    return found


def session(number: int, at: datetime) -> list[tuple[AnyFact, datetime]]:
    """All entries of one session."""
    device = DeviceUsed(
        maker="Euthymia",
        model="simulated stimulator",
        serial_number="SIM-1",
        software="1",
        coil="simulated figure-8",
        simulated=True,
        counts_pulses=True,
    )
    started = SessionStarted(
        session=number,
        started_at=at,
        protocol="HF10-37",
        protocol_json=PROTOCOL,
        outputs_pct_mso=(60.0,),
        pulses=3000,
        trains=TRAINS,
        device=device,
        settings="60 % MSO",
        software="euthymia",
    )
    found: list[tuple[AnyFact, datetime]] = [(started, at)]
    pose = PoseError(mean_mm=1.2, worst_mm=2.0, mean_deg=1.0, worst_deg=2.0, samples=40)
    for train in range(1, TRAINS + 1):
        when = at + timedelta(seconds=30 * train)
        intended = TrainIntended(
            session=number,
            number=train,
            intended_at=when,
            block=1,
            pulses=40,
            intensity_pct_mso=60.0,
        )
        given = TrainDelivered(
            session=number,
            number=train,
            started_at=when,
            pulses=40,
            intensity_pct_mso=60.0,
            pose=pose,
            field_v_per_m=92.0,
        )
        found.extend(((intended, when), (given, when)))
    end = at + timedelta(minutes=40)
    done = SessionDelivered(
        number=number,
        protocol="HF10-37",
        started_at=at,
        ended_at=end,
        pulses=3000,
        completed=True,
    )
    return [*found, (done, end)]


def lines(count: int) -> list[bytes]:
    """The first lines of that chart."""
    made: list[Envelope] = []
    prev = NO_LINE_BEFORE
    for fact, at in course()[:count]:
        one = draft(fact, id=str(UUID(int=len(made) + 1)), at=at, author=AUTHOR)
        made.append(seal(one, len(made) + 1, prev))
        prev = made[-1].line_sha256
    return [each.line for each in made]


def median_s(work: Callable[[], object], times: int = 7) -> float:
    """The median time of several runs."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def measure(count: int) -> None:
    """Print the figures of a chart of that many entries."""
    written = lines(count)
    envelopes = [found for line in written if (found := parse_line(line)) is not None]
    entries = [entry_of(envelope) for envelope in envelopes]
    data = b"\n".join(written) + b"\n"
    reading = median_s(lambda: [parse_line(line) for line in written])
    verifying = median_s(lambda: verify_bytes(data))
    typing = median_s(lambda: [entry_of(each) for each in envelopes])
    replaying = median_s(lambda: replay(entries))
    full = reading + typing + replaying
    print(f"{count:,} entries: {count / full:,.0f} entries/s from bytes to chart")
    for name, spent in (
        ("lines read", reading),
        ("lines read and the chain verified", verifying),
        ("typed", typing),
        ("replayed", replaying),
    ):
        print(f"  {name}: {1e3 * spent:.1f} ms, {1e6 * spent / count:.0f} us an entry")
    before = Replayer()
    for each in entries[:-1]:
        before.take(each)
    before.chart()
    more = median_s(lambda: before.copy().take(entries[-1]).chart(), 31)
    print(f"  one more entry: {1e3 * more:.2f} ms, {full / more:,.0f} times quicker than anew")


def main() -> None:
    for count in (60, 3_000):
        measure(count)


if __name__ == "__main__":
    main()
