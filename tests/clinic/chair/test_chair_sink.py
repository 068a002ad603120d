"""The ledger in the database as a sink: the same entries as in a file, none lost, none foreign."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clinic.chair.chair_samples import measured, short_protocol, theta_bursts
from clinic.conftest import SmallClinic
from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.entries import Entry
from euthymia.chart.envelope import Author
from euthymia.chart.patient_facts import PatientRegistered
from euthymia.chart.session_sink import LedgerSink, documents_of
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.chair.engine.sink import DatabaseSink
from euthymia.clinic.records.charts import chart_of, verification_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.projections import differences
from euthymia.clinic.records.services import Pen
from euthymia.plan.protocol.algebra import Protocol
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.devices.faults import Fault
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import Sink
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.journal import journals
from euthymia.treat.session.operator import Request, ScriptedOperator
from euthymia.treat.session.plan import session_plan
from euthymia.treat.session.prescription import Prescription

START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
EMERGENCY = Request.EMERGENCY
STORIES: dict[
    str, tuple[Protocol, Sequence[tuple[float, Request]], Sequence[tuple[Fault, float]]]
] = {
    "whole": (theta_bursts(5), (), ()),
    "paused": (short_protocol(6), ((2.0, Request.PAUSE), (9.0, Request.GO_ON)), ()),
    "stopped in a train": (short_protocol(6, pulses=20), ((2.5, Request.STOP),), ()),
    "emergency": (short_protocol(6, pulses=20), ((2.5, EMERGENCY),), ()),
    "fault": (short_protocol(6), (), ((Fault.DEVICE_FAULT, 3.0),)),
    "link lost": (short_protocol(6), (), ((Fault.LINK_LOST, 3.0),)),
}


def _run(
    sink: Sink,
    at: SimulatedClock,
    protocol: Protocol,
    requests: Sequence[tuple[float, Request]],
    faults: Sequence[tuple[Fault, float]],
) -> None:
    device = SimulatedStimulator(at)
    for fault, second in faults:
        device.inject(fault, second)
    bench = Bench(device, at, sink, ScriptedOperator(at, requests), "euthymia test")
    outputs = (60.0,) * len(protocol.blocks)
    Engine(bench).run(session_plan(Prescription(1, "test", protocol, outputs)))


def _told(entries: Sequence[Entry]) -> list[tuple[Any, ...]]:
    """What entries say, without the ids that are new every time."""
    return [
        (each.at, each.author, each.reason, each.fact.model_dump(mode="json"))
        for each in entries
        if each.fact.kind != "patient_registered"
    ]


@pytest.mark.parametrize("story", STORIES)
def test_the_database_holds_the_same_entries_as_a_file_for_the_same_session(
    story: str, clinic: SmallClinic, tmp_path: Path
) -> None:
    protocol, requests, faults = STORIES[story]
    author = Author("Operator Example", "operator")
    with clock.at(START - timedelta(days=1)):
        patient = clinic.patient()
    registered = chart_of(patient).chart.patient.fact
    assert isinstance(registered, PatientRegistered)
    case = Case.create(tmp_path / "case", registered, id=str(uuid.uuid4()), at=START, author=author)
    in_file = SimulatedClock(START)
    sink = LedgerSink(
        case.folder / CHART_NAME, author, new_id=lambda: str(uuid.uuid4()), now=in_file.local
    )
    _run(sink, in_file, protocol, requests, faults)
    in_database = SimulatedClock(START)
    pen = Pen(clinic.who(Role.OPERATOR), patient, Action.RUN_SESSION)
    _run(DatabaseSink(pen, in_database.local), in_database, protocol, requests, faults)

    there = chart_of(Patient.objects.get(pk=patient.pk))
    assert _told(there.entries) == _told(Case.open(case.folder).chart.entries)
    assert len(there.entries) > 3
    assert journals(documents_of(there.chart))


def test_after_a_session_the_chain_verifies_and_the_projections_are_what_the_chart_says(
    clinic: SmallClinic,
) -> None:
    patient, at = clinic.patient(), SimulatedClock(START)
    pen = Pen(clinic.who(Role.OPERATOR), patient, Action.RUN_SESSION)
    _run(DatabaseSink(pen, clock.now), at, short_protocol(), (), ())
    fresh = Patient.objects.get(pk=patient.pk)
    assert verification_of(fresh).intact
    assert list(differences(fresh, chart_of(fresh).chart)) == []


def test_a_pen_writes_on_after_somebody_else_wrote_into_the_same_chart(
    clinic: SmallClinic,
) -> None:
    patient = clinic.patient()
    ours = Pen(clinic.who(Role.OPERATOR), patient, Action.MEASURE_THRESHOLD)
    theirs = Pen(clinic.who(Role.PSYCHIATRIST), patient, Action.MEASURE_THRESHOLD)
    for pen, pct in ((ours, 50.0), (theirs, 51.0), (ours, 52.0)):
        pen.write(measured(pct))
    found = chart_of(Patient.objects.get(pk=patient.pk)).chart.motor_thresholds
    assert [each.fact.intensity_pct_mso for each in found] == [50.0, 51.0, 52.0]
    assert [each.entries[0].author.role for each in found] == [
        "operator",
        "psychiatrist",
        "operator",
    ]


def test_a_pen_whose_hold_was_lost_writes_nothing_more(clinic: SmallClinic) -> None:
    patient, held = clinic.patient(), [True]

    def still() -> None:
        if not held[0]:
            raise RuntimeError("taken over")

    pen = Pen(clinic.who(Role.OPERATOR), patient, Action.MEASURE_THRESHOLD, still=still)
    pen.write(measured(50.0))
    held[0] = False
    with pytest.raises(RuntimeError, match="taken over"):
        pen.write(measured(51.0))
    assert Patient.objects.get(pk=patient.pk).head_seq == 2
