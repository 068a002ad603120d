"""A motor threshold at the chair: proposed, answered, taken back, replayed, recorded once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from clinic.chair.chair_samples import measured, ready_patient
from clinic.conftest import SmallClinic
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.chair.models import ThresholdSearch
from euthymia.clinic.chair.threshold import searches
from euthymia.clinic.chair.threshold.picture import in_words, search_svg
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.clinic.ui.pictures import checked_svg
from euthymia.core.errors import InputError
from euthymia.treat.threshold.method import Trial
from euthymia.treat.threshold.named import METHODS, method_named
from euthymia.treat.threshold.simulate import SimulatedPatient, search

TRUE_PCT = 47.0
CHOSEN = {
    "method": "bayesian",
    "answer_by": "emg",
    "muscle": "right FDI",
    "stimulator": "magventure-magpro-r30",
    "coil": "magstim-70mm-fig8",
    "start_pct": "",
    "prior": "adults",
}


def _url(patient: Patient) -> str:
    return f"/patients/{patient.pk}/sessions/threshold/"


def _begin(client: Client, patient: Patient, **changes: str) -> ThresholdSearch:
    answer = client.post(_url(patient), {**CHOSEN, **changes})
    assert answer.status_code == 302
    return ThresholdSearch.objects.get(patient=patient, closed_at__isnull=True)


def _state(search_: ThresholdSearch, patient: Patient) -> searches.Standing:
    search_.refresh_from_db()
    return searches.standing(search_, chart_of(Patient.objects.get(pk=patient.pk)).chart)


def _answer_all(client: Client, patient: Patient, search_: ThresholdSearch, seed: int = 3) -> int:
    """Answer like a muscle with a known threshold until the method's own rule ends it."""
    muscle, draw = SimulatedPatient(TRUE_PCT), np.random.default_rng(seed)
    for number in range(1, 500):
        advice = _state(search_, patient).advice
        assert advice is not None
        if advice.next_pct_mso is None:
            return number - 1
        answered = muscle.answers(advice.next_pct_mso, draw)
        said = "yes" if answered else "no"
        if search_.answer_by == "microvolt":
            said = "120" if answered else "12,5"
        client.post(_url(patient), {"do": "answer", "number": number, "said": said})
    raise AssertionError("the search did not end")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("answer_by", ["twitch", "emg", "microvolt"])
def test_every_method_goes_the_same_way_as_on_a_bench_and_is_recorded(
    method: str, answer_by: str, clinic: SmallClinic
) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    found = _begin(client, patient, method=method, answer_by=answer_by)
    pulses = _answer_all(client, patient, found)
    expected, count = search(
        method_named(method), SimulatedPatient(TRUE_PCT), np.random.default_rng(3)
    )
    assert expected is not None
    assert pulses == count
    client.post(_url(patient), {"do": "record"})
    fact = chart_of(Patient.objects.get(pk=patient.pk)).chart.motor_thresholds[-1].fact
    assert (fact.intensity_pct_mso, fact.low_pct_mso) == (expected.value, expected.low)
    assert fact.pulses == count
    assert fact.observation.value == ("visual" if answer_by == "twitch" else "emg")
    assert (fact.stimulator, fact.coil) == (CHOSEN["stimulator"], CHOSEN["coil"])


def test_a_search_goes_on_where_it_stood_after_the_server_was_started_anew(
    clinic: SmallClinic,
) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    found = _begin(client, patient)
    for number, said in enumerate(["no", "yes", "no"], start=1):
        client.post(_url(patient), {"do": "answer", "number": number, "said": said})
    advice = _state(found, patient).advice
    page = clinic.client(Role.OPERATOR).get(_url(patient)).content.decode()
    assert advice is not None
    assert f"{advice.next_pct_mso:g} <span" in page
    assert "Pulse 4" in page


def test_an_answer_that_is_sent_twice_counts_once(clinic: SmallClinic) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    found = _begin(client, patient)
    for _ in range(2):
        client.post(_url(patient), {"do": "answer", "number": 1, "said": "yes"})
    assert len(_state(found, patient).trials) == 1


def test_the_last_answer_is_taken_back_and_only_that_one(clinic: SmallClinic) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    found = _begin(client, patient)
    first = _state(found, patient).advice
    for number in (1, 2):
        client.post(_url(patient), {"do": "answer", "number": number, "said": "yes"})
    for _ in range(2):
        client.post(_url(patient), {"do": "undo", "number": 2})
    assert len(_state(found, patient).trials) == 1
    client.post(_url(patient), {"do": "undo", "number": 1})
    assert _state(found, patient).advice == first


@pytest.mark.parametrize("said", ["", "maybe", "-3", "abc"])
@pytest.mark.parametrize("answer_by", ["emg", "microvolt"])
def test_an_answer_that_cannot_be_is_refused_in_a_sentence_and_loses_nothing(
    said: str, answer_by: str, clinic: SmallClinic
) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    found = _begin(client, patient, answer_by=answer_by)
    client.post(_url(patient), {"do": "answer", "number": 1, "said": "yes"})
    before = len(_state(found, patient).trials)
    answer = client.post(_url(patient), {"do": "answer", "number": before + 1, "said": said})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert len(_state(found, patient).trials) == before


@pytest.mark.parametrize(("method", "kept"), [("bayesian", 61.0), ("5of10", 50.0)])
def test_another_output_counts_where_the_method_takes_any(
    method: str, kept: float, clinic: SmallClinic
) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    found = _begin(client, patient, method=method)
    client.post(_url(patient), {"do": "answer", "number": 1, "said": "yes", "pct": "61"})
    assert _state(found, patient).trials == (Trial(kept, True),)


@pytest.mark.parametrize("pct", ["0", "140", "a lot"])
def test_an_output_that_no_stimulator_has_is_refused(pct: str, clinic: SmallClinic) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    found = _begin(client, patient)
    sent = {"do": "answer", "number": 1, "said": "yes", "pct": pct}
    assert client.post(_url(patient), sent).status_code == 422
    assert _state(found, patient).trials == ()


def test_a_threshold_is_compared_with_the_last_one_as_the_rules_say(clinic: SmallClinic) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    early = clock.now() - timedelta(days=3)
    with clock.at(early):
        record(clinic.who(Role.OPERATOR), patient, measured(62.0), Action.MEASURE_THRESHOLD)
    found = _begin(client, patient)
    _answer_all(client, patient, found)
    page = client.get(_url(patient)).content.decode()
    assert "The threshold fell by" in page
    assert "Measure it again" in page


def test_two_searches_of_one_patient_cannot_be_open_at_once(clinic: SmallClinic) -> None:
    patient, who = clinic.patient(), clinic.who(Role.OPERATOR)
    chosen: dict[str, Any] = {**CHOSEN, "start_pct": None}
    searches.begin(who, patient, **chosen)
    with pytest.raises(InputError, match="another search of this patient"):
        searches.begin(who, patient, **chosen)
    searches.give_up(ThresholdSearch.objects.get().pk)
    searches.begin(who, patient, **chosen)


def test_recording_twice_makes_one_entry(clinic: SmallClinic) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    found = _begin(client, patient)
    _answer_all(client, patient, found)
    found.refresh_from_db()
    chart = chart_of(Patient.objects.get(pk=patient.pk)).chart
    for _ in range(2):
        searches.conclude(
            clinic.who(Role.OPERATOR), Patient.objects.get(pk=patient.pk), found, chart
        )
    assert len(chart_of(Patient.objects.get(pk=patient.pk)).chart.motor_thresholds) == 1


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.RESEARCHER, Role.ADMINISTRATOR])
def test_who_may_not_measure_sees_no_search(role: Role, clinic: SmallClinic) -> None:
    patient = clinic.patient()
    assert clinic.client(role).get(_url(patient)).status_code in (403, 404)
    assert clinic.client(role).post(_url(patient), CHOSEN).status_code in (403, 404)


def test_a_simulated_muscle_answers_only_in_an_example_clinic(clinic: SmallClinic) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    page = client.get(_url(patient)).content.decode()
    assert "simulated stimulator and muscle" not in page
    chosen: dict[str, Any] = {**CHOSEN, "start_pct": None, "simulated": True}
    with pytest.raises(InputError, match="this patient is real"):
        searches.begin(clinic.who(Role.OPERATOR), patient, **chosen)


def test_a_simulated_pulse_comes_on_a_press_and_waits_for_a_persons_judgement(
    clinic: SmallClinic, example: Path
) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    found = _begin(client, patient, simulated="on")
    assert "simulated muscle:" not in client.get(_url(patient)).content.decode()
    client.post(_url(patient), {"do": "fire", "number": 1})
    found.refresh_from_db()
    assert found.answers == []
    assert found.pending["uv"] > 0
    assert (found.pending["uv"] >= 50) == found.pending["answered"]
    assert "simulated muscle:" in client.get(_url(patient)).content.decode()


@pytest.mark.parametrize("method", METHODS)
def test_the_picture_of_a_search_passes_the_lock_for_figures_and_says_itself_in_words(
    method: str,
) -> None:
    way = method_named(method)
    trials = [Trial(50.0, True), Trial(40.0, False), Trial(45.0, True)]
    estimate = way.advise(trials).estimate
    svg = search_svg(way, trials, estimate)
    assert checked_svg(svg)
    assert svg.count("<circle") == 3
    assert in_words(trials, estimate).startswith("3 pulses, 2 with an answer.")


def test_clinic_uses_what_was_measured_with_chart_prior(clinic: SmallClinic) -> None:
    patient, client = ready_patient(clinic), clinic.client(Role.OPERATOR)
    found = _begin(client, patient, prior="chart")
    first = _state(found, patient).advice
    assert first is not None
    assert first.next_pct_mso is not None
    assert abs(first.next_pct_mso - 50.0) <= 2.0
