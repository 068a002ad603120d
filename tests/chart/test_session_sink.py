"""Session documents in the ledger: written durably, read back as they were."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fact_samples import AT, AUTHOR, PATIENT, chart_of, entry
from session_samples import SESSION_KINDS

from euthymia.chart import ledger
from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.chart import replay
from euthymia.chart.entries import Amended, Retracted, draft, read_fact
from euthymia.chart.session_facts import SessionDelivered, TrainDelivered
from euthymia.chart.session_sink import LedgerSink, documents_of, fact_of
from euthymia.core.errors import InputError
from euthymia.plan.protocol.catalogue import entry as protocol
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import ListSink, SessionStarted, SessionStatus, TrainGiven
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.journal import journals
from euthymia.treat.session.operator import ScriptedOperator
from euthymia.treat.session.plan import session_plan
from euthymia.treat.session.prescription import Prescription


@pytest.mark.parametrize("fact", SESSION_KINDS, ids=lambda fact: fact.kind)
def test_a_fact_of_a_session_reads_back_as_it_was_written(fact: object) -> None:
    made = draft(fact, id=str(UUID(int=1)), at=AT, author=AUTHOR)  # type: ignore[arg-type]
    read = read_fact(made.kind, made.body)
    assert read.model_dump_json() == fact.model_dump_json()  # type: ignore[attr-defined]


@pytest.mark.parametrize("fact", SESSION_KINDS[:-1], ids=lambda fact: fact.kind)
def test_a_document_of_a_chart_becomes_the_same_entry_again(fact: object) -> None:
    start = SESSION_KINDS[0]
    facts = (start,) if fact is start else (start, fact)
    document = documents_of(chart_of(*facts))[-1]  # type: ignore[arg-type]
    assert fact_of(document).model_dump_json() == fact.model_dump_json()  # type: ignore[attr-defined]


def test_a_session_recorded_by_hand_has_no_documents() -> None:
    by_hand = SessionDelivered(
        number=7, protocol="p", started_at=AT, ended_at=AT, pulses=600, completed=True
    )
    assert documents_of(chart_of(by_hand)) == ()


def test_amendments_count_and_retracted_entries_do_not() -> None:
    train = SESSION_KINDS[2]
    assert isinstance(train, TrainDelivered)
    better = train.model_copy(update={"pulses": 27})
    entries = [
        entry(number, fact)
        for number, fact in enumerate((PATIENT, *SESSION_KINDS[:3], SESSION_KINDS[5]), start=1)
    ]
    entries.append(entry(6, Amended(entry_id=entries[3].id, fact=better)))
    entries.append(entry(7, Retracted(entry_id=entries[4].id)))
    found = documents_of(replay(entries))
    given = [each for each in found if isinstance(each, TrainGiven)]
    assert [each.delivered for each in given] == [27]
    assert len(found) == 3


def run_session(folder: Path, number: int, start: datetime) -> None:
    """One short session of the engine, on record in the folder's chart."""
    clock = SimulatedClock(start)
    sink = LedgerSink(folder / CHART_NAME, AUTHOR, new_id=lambda: str(uuid4()), now=clock.local)
    prescribed = Prescription(number, "iTBS-600", protocol("iTBS-600").build(), (60.0,))
    bench = Bench(SimulatedStimulator(clock), clock, sink, ScriptedOperator(clock), "test")
    assert Engine(bench).run(session_plan(prescribed)).status is SessionStatus.COMPLETED


def test_a_whole_session_stands_in_the_ledger_and_replays(tmp_path: Path) -> None:
    Case.create(tmp_path, PATIENT, id=str(uuid4()), at=AT, author=AUTHOR)
    run_session(tmp_path, 1, AT + timedelta(minutes=1))
    run_session(tmp_path, 2, AT + timedelta(hours=1))
    assert ledger.verify(tmp_path / CHART_NAME).intact
    chart = Case.open(tmp_path).chart
    first, second = journals(documents_of(chart))
    assert (first.pulses, second.pulses) == (600, 600)
    assert not first.open
    assert len(chart.sessions) == 2
    assert sum(train.fact.pulses for train in chart.trains) == 1_200
    assert first.prescription().protocol == protocol("iTBS-600").build()


def test_the_sink_refuses_what_the_ledger_cannot_hold_and_writes_nothing(tmp_path: Path) -> None:
    Case.create(tmp_path, PATIENT, id=str(uuid4()), at=AT, author=AUTHOR)
    before = (tmp_path / CHART_NAME).read_bytes()
    memory = ListSink()
    clock = SimulatedClock(AT + timedelta(days=1))
    prescribed = Prescription(1, "iTBS-600", protocol("iTBS-600").build(), (60.0,))
    bench = Bench(SimulatedStimulator(clock), clock, memory, ScriptedOperator(clock), "test")
    Engine(bench).run(session_plan(prescribed))
    started = memory.documents[0]
    assert isinstance(started, SessionStarted)
    sink = LedgerSink(tmp_path / CHART_NAME, AUTHOR, new_id=lambda: str(uuid4()), now=lambda: AT)
    with pytest.raises(InputError, match="date in the future"):
        sink.append(started)
    assert (tmp_path / CHART_NAME).read_bytes() == before
