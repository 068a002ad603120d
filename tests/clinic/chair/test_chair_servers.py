"""Real server processes: killed in the middle of a session, stopped from elsewhere, shared."""

from __future__ import annotations

import signal
from pathlib import Path
from uuid import UUID

import pytest

from clinic.chair.chair_server import ChairServers, Person, installed, prepared_fields
from clinic.installation import until
from euthymia.treat.devices.counter import PulseMemory

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> ChairServers:
    """An installation with two patients who are ready, each for forty trains."""
    return installed(tmp_path_factory.mktemp("chair"))


def _sessions(patient: str) -> str:
    return f"/patients/{patient}/sessions/"


def _begin(person: Person, patient: str, **changes: str) -> None:
    answer = person.post(f"{_sessions(patient)}prepare/", prepared_fields(**changes))
    assert answer.status == 302, answer.text[:2000]


def _memory(servers: ChairServers, patient: str) -> PulseMemory:
    return PulseMemory(Path(servers.installation.home) / "simulated" / f"{UUID(patient)}-1.memory")


def _pulses(servers: ChairServers, patient: str) -> list[int]:
    """Pulses of each train on the record, as a program of its own reads the chart."""
    told = servers.installation.python(
        "from euthymia.clinic.records.models import Patient\n"
        "from euthymia.clinic.records.charts import chart_of, verification_of\n"
        f"patient = Patient.objects.get(pk='{patient}')\n"
        "assert verification_of(patient).intact\n"
        "print([t.fact.pulses for t in chart_of(patient).chart.trains])"
    )
    return [int(each) for each in told.strip("[]").split(",") if each.strip()]


def test_a_killed_server_loses_no_acknowledged_train_and_the_session_is_taken_up(
    servers: ChairServers,
) -> None:
    patient = servers.ready[0]
    with servers.serve() as (url, process):
        person = servers.person(url)
        _begin(person, patient)
        until(lambda: servers.kinds(patient).count("train_delivered") >= 5)
        acknowledged = servers.kinds(patient).count("train_delivered")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert servers.kinds(patient)[-1] in ("train_delivered", "train_intended")
    assert servers.kinds(patient).count("train_delivered") >= acknowledged
    given = _pulses(servers, patient)
    assert sum(given) <= _memory(servers, patient).total

    with servers.serve() as (url, _):
        person = servers.person(url)
        recover = f"{_sessions(patient)}recover/"
        # Until the row's sign of life has grown old, the session counts as running elsewhere.
        until(lambda: person.get(f"{_sessions(patient)}run/").location.endswith(recover))
        page = person.get(recover)
        assert "is still open" in page.text
        assert "The server stopped in the middle of it" in page.text
        fields = {
            "do": "take_up",
            "identity": "on",
            "ears": "on",
            "placed": "on",
            "chair": "Chair 1",
            "device": "simulated",
            "hurried": "on",
        }
        assert person.post(recover, fields).status == 302
        until(lambda: servers.kinds(patient)[-1] == "session_delivered")
    found = _pulses(servers, patient)
    assert found[: len(given)] == given
    assert sum(found) == _memory(servers, patient).total
    assert "session_resumed" in servers.kinds(patient)
    # A train is never given twice: at most the one that was cut by the kill is short.
    assert len(found) == 40
    assert all(0 < each <= 10 for each in found)


def test_anyone_at_another_server_process_stops_a_session_and_is_told_what_happened(
    servers: ChairServers,
) -> None:
    patient = servers.ready[1]
    with servers.serve() as (here, _), servers.serve() as (there, _):
        person = servers.person(here)
        _begin(person, patient, chair="Chair 2")
        until(lambda: servers.kinds(patient).count("train_delivered") >= 2)
        second = servers.person(there, "psychiatrist").post(
            f"{_sessions(patient)}prepare/", prepared_fields(chair="Chair 3")
        )
        assert second.location.endswith(f"{_sessions(patient)}run/")
        (key,) = servers.installation.rows(
            "select stop_key from clinic_chair_console where ended_at is null"
        )[0]
        stranger = Person(there, "")
        answer = stranger.post(f"/stop/{key}/", plain=False)
        assert answer.json["confirmed"]
        assert "The stimulator is disarmed" in answer.json["sentence"]
        total = _memory(servers, patient).total
        until(lambda: servers.kinds(patient)[-1] == "session_interrupted")
        assert sum(_pulses(servers, patient)) == total
        assert _memory(servers, patient).total == total
        closed = servers.person(there).post(
            f"{_sessions(patient)}recover/", {"do": "close", "reason": "stopped in an emergency"}
        )
        assert closed.location.endswith(f"{_sessions(patient)}1/")
    assert servers.kinds(patient)[-1] == "session_delivered"
    assert sum(_pulses(servers, patient)) == total
