"""The pages and answers of the bench through the clinic's front door."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from clinic.bench.bench_samples import COIL, TARGET, bench, room_with_bench
from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, text_of
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.bench import views
from euthymia.clinic.bench.room import BenchRoom
from euthymia.clinic.bench.wire import unpacked
from euthymia.clinic.bench.work import PREPARE_HEAD
from euthymia.clinic.jobs.models import Job
from euthymia.clinic.records.models import Patient, Reading
from euthymia.core.store import Store

QUESTION: dict[str, Any] = {"coil": COIL, "target": TARGET, "output_pct": 55.0,
                            "preset": "rule:f3", "number": 7}  # fmt: skip
ALLOWED = (Role.PSYCHIATRIST, Role.OPERATOR)
QUESTIONS = ("bench_field", "bench_detail", "bench_slices", "bench_choose", "bench_prepare")
LOOKS = ("bench", "bench_state", "bench_scene")


@pytest.fixture
def patient(clinic: SmallClinic, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """A synthetic patient whose bench is open."""
    place = room_with_bench()
    monkeypatch.setattr(views, "room", lambda: place)
    return clinic.patient()


def ask(client: Any, patient: Patient, name: str, question: Any, **headers: str) -> Any:
    body = question if isinstance(question, str) else json.dumps(question)
    return client.post(
        address(name, patient), body, content_type="application/json",
        headers={"accept": "application/json", **headers},
    )  # fmt: skip


def test_the_page_says_whose_head_it_is_and_that_the_patient_is_synthetic(
    clinic: SmallClinic, patient: Patient
) -> None:
    page = clinic.client(Role.PSYCHIATRIST).get(address("bench", patient))
    assert page.status_code == 200
    assert "The default head: the patient has no head model" in text_of(page)
    assert "synthetic" in text_of(page).lower()
    assert " style=" not in page.content.decode()
    assert "<script>" not in page.content.decode()


def test_the_field_comes_for_a_question(clinic: SmallClinic, patient: Patient) -> None:
    answer = ask(clinic.client(Role.OPERATOR), patient, "bench_field", QUESTION)
    assert answer.status_code == 200
    meta, arrays = unpacked(answer.content)
    assert meta["number"] == 7
    assert meta["output_pct"] == 55.0
    assert len(arrays["strength"]) == len(bench().engine.points_mm)


def test_scene_coil_detail_and_slices_come(clinic: SmallClinic, patient: Patient) -> None:
    client = clinic.client(Role.PSYCHIATRIST)
    meta, _ = unpacked(client.get(address("bench_scene", patient)).content)
    assert meta["title"] == bench().head.title
    assert (
        unpacked(client.get(address("bench_coil", patient, coil_id=COIL)).content)[0]["id"] == COIL
    )
    detail = ask(client, patient, "bench_detail", QUESTION).json()
    assert detail["low"] < detail["mean"] < detail["high"]
    cut = ask(client, patient, "bench_slices", {"point_mm": [-40, 40, 30]})
    assert len(unpacked(cut.content)[0]["planes"]) == 3


@pytest.mark.parametrize("body", ["", "{}", "[1]", '{"coil": "none", "preset": "best"}', "\x00"])
@pytest.mark.parametrize("name", ["bench_field", "bench_detail", "bench_slices"])
def test_a_bad_question_gets_a_sentence_not_an_error(
    clinic: SmallClinic, patient: Patient, name: str, body: str
) -> None:
    answer = ask(clinic.client(Role.PSYCHIATRIST), patient, name, body)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_chosen_placement_stands_in_the_chart_once_and_comes_back_to_the_bench(
    clinic: SmallClinic, patient: Patient
) -> None:
    client = clinic.client(Role.PSYCHIATRIST)
    sent = {"question": json.dumps(QUESTION), "note": "over F3", "entry_id": str(uuid4())}
    for _ in range(2):
        assert client.post(address("bench_choose", patient), sent).status_code == 302
    chart = chart_now(patient)
    assert len(chart.placements) == 1
    chosen = chart.placements[0].fact
    assert (chosen.how, chosen.coil, chosen.target, chosen.note) == (
        "bench", COIL, TARGET, "over F3",
    )  # fmt: skip
    assert chosen.field is not None
    assert chosen.field.output_pct_mso == 55.0
    assert "As chosen in the chart" in text_of(client.get(address("bench", patient)))
    meta, _ = unpacked(ask(client, patient, "bench_field", {**QUESTION, "preset": "chart"}).content)
    assert chosen.pose is not None
    assert meta["pose"]["matrix_mm"] == chosen.pose.matrix.tolist()


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("name", [*QUESTIONS, *LOOKS])
def test_only_those_who_may_use_the_bench_get_an_answer(
    clinic: SmallClinic, patient: Patient, role: Role | None, name: str
) -> None:
    if role is Role.PATIENT:
        return
    client = clinic.client(role)
    if name in LOOKS:
        answer = client.get(address(name, patient))
    else:
        answer = ask(client, patient, name, QUESTION)
    if role in ALLOWED:
        assert answer.status_code in (200, 302, 422)
    elif role is None:
        assert answer.status_code == 302
        assert "login" in answer.headers["Location"]
    else:
        assert answer.status_code in (403, 404)


def test_a_question_of_the_page_itself_is_not_logged_as_a_reading(
    clinic: SmallClinic, patient: Patient
) -> None:
    client = clinic.client(Role.PSYCHIATRIST)
    client.get(address("bench", patient))
    before = Reading.objects.count()
    ask(client, patient, "bench_field", QUESTION, **{"x-background": "1"})
    assert Reading.objects.count() == before
    ask(client, patient, "bench_field", QUESTION)
    assert Reading.objects.count() == before + 1


def test_a_field_costs_few_queries(
    clinic: SmallClinic, patient: Patient, django_assert_max_num_queries: Any
) -> None:
    client = clinic.client(Role.PSYCHIATRIST)
    client.get(address("bench", patient))
    with django_assert_max_num_queries(8):
        ask(client, patient, "bench_field", QUESTION, **{"x-background": "1"})


def test_an_unprepared_head_offers_its_preparation_and_takes_one_job_for_two_presses(
    clinic: SmallClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = BenchRoom(Store(None))
    monkeypatch.setattr(views, "room", lambda: place)
    monkeypatch.setattr(
        "euthymia.clinic.jobs.services._enqueue", lambda job: None
    )  # nothing works here: it would take minutes
    patient, other = clinic.patient(), clinic.patient()
    client = clinic.client(Role.OPERATOR)
    while client.get(address("bench_state", patient)).json()["state"] == "opening":
        pass
    page = client.get(address("bench", patient))
    assert "was not yet prepared" in text_of(page)
    assert ask(client, patient, "bench_field", QUESTION).status_code == 409
    for each in (patient, patient, other):
        assert client.post(address("bench_prepare", each)).status_code == 302
    assert Job.objects.filter(kind=PREPARE_HEAD).count() == 1
    assert client.get(address("bench_state", other)).json() == {"state": "preparing", "percent": 0}
    Job.objects.update(state="failed", error="The memory did not suffice.")
    told = client.get(address("bench_state", patient)).json()
    assert told == {"state": "unprepared", "why": "The memory did not suffice."}
