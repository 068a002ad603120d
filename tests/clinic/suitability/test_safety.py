"""The safety screen: every question asked, every finding shown with limit and source."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now, errors_of, send, text_of
from euthymia.assess.safety.implants import ImplantKind, implant_kinds
from euthymia.assess.safety.screen import ScreenAnswer, screen, screen_items
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.records.models import LedgerEntry, Patient
from euthymia.clinic.suitability.assessed import assessed

ALL_NO = {item.id: "no" for item in screen_items()}


@pytest.fixture
def operator(clinic: SmallClinic) -> Client:
    return clinic.client(Role.OPERATOR)


def _screen(browser: Client, patient: Patient, **values: Any) -> Any:
    sent = {"answered_on": clock.today().isoformat(), **values}
    return send(browser, address("answer_screen", patient), **sent)


def test_every_question_of_the_data_is_asked(operator: Client, patient: Patient) -> None:
    said = text_of(operator.get(address("answer_screen", patient)))
    for item in screen_items():
        assert item.text in said


def test_answers_are_recorded_with_what_was_said(operator: Client, patient: Patient) -> None:
    answer = _screen(operator, patient, **{**ALL_NO, "syncope": "yes", "syncope_detail": "once"})
    assert answer.status_code == 302
    (screened,) = chart_now(patient).screens
    assert len(screened.fact.answers) == len(ALL_NO)
    assert ScreenAnswer("syncope", "yes", "once") in screened.fact.answers  # type: ignore[arg-type]


def test_the_page_shows_every_finding_of_the_engine(operator: Client, patient: Patient) -> None:
    _screen(operator, patient, **{**ALL_NO, "seizure": "yes", "metal": "yes"})
    found = assessed(chart_now(patient)).found
    assert found is not None
    said = text_of(operator.get(address("safety", patient)))
    assert len(found.safety) > 2
    for finding in found.safety:
        assert finding.message in said
        for part in (finding.found, finding.limit, finding.nearest_allowed):
            assert part in said
        assert finding.source is None or finding.source.reference.short in said


def test_what_was_not_asked_is_said_and_counts(operator: Client, patient: Patient) -> None:
    _screen(operator, patient, seizure="no")
    said = text_of(operator.get(address("safety", patient)))
    assert f"{len(ALL_NO) - 1} questions not asked" in said
    assert "Must not go ahead as it stands" in said


def test_the_last_answer_stands_beside_the_question_and_is_not_given_again(
    operator: Client, patient: Patient
) -> None:
    _screen(operator, patient, seizure="yes", seizure_detail="as a child")
    page = operator.get(address("answer_screen", patient))
    assert "Last: yes (as a child)" in text_of(page)
    assert not page.context["form"]["seizure"].value()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "__all__"),
        ({"seizure_detail": "as a child"}, "seizure"),
        ({"seizure": "perhaps"}, "seizure"),
        ({"seizure": "no", "answered_on": ""}, "answered_on"),
        ({"seizure": "no", "answered_on": "2099-01-01"}, "answered_on"),
    ],
)
def test_a_refusal_keeps_every_answer(
    operator: Client, patient: Patient, sent: dict[str, str], field: str
) -> None:
    before = LedgerEntry.objects.count()
    answer = _screen(operator, patient, **sent)
    assert field in errors_of(answer)
    form = answer.context["form"]
    assert {name: form[name].value() for name in sent} == sent
    assert LedgerEntry.objects.count() == before


def test_an_implant_is_judged_with_limit_and_nearest_allowed_value(
    operator: Client, patient: Patient
) -> None:
    sent = {"piece": "pacemaker", "location": "left chest", "distance_from_coil_cm": "8"}
    assert send(operator, address("implant", patient), **sent).status_code == 302
    (implant,) = chart_now(patient).implants
    assert implant.fact.implant.distance_from_coil_cm == 8
    found = screen((), (implant.fact.implant,))
    stops = [f for f in found if f.code.startswith(("safety.label.", "safety.guideline."))]
    assert stops
    said = text_of(operator.get(address("safety", patient)))
    for finding in stops:
        assert finding.message in said
        assert finding.limit in said
        assert finding.nearest_allowed in said


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"piece": ""}, "piece"),
        ({"distance_from_coil_cm": "-1"}, "distance_from_coil_cm"),
        ({"electronics_distance_cm": "2"}, "__all__"),
        ({"electronic": "no"}, "__all__"),
    ],
)
def test_an_implant_that_cannot_be_is_refused(
    operator: Client, patient: Patient, change: dict[str, str], field: str
) -> None:
    sent = {"piece": "pacemaker", "distance_from_coil_cm": "20", "location": "chest", **change}
    answer = send(operator, address("implant", patient), **sent)
    assert field in errors_of(answer), errors_of(answer)
    assert answer.context["form"]["location"].value() == "chest"
    assert chart_now(patient).implants == ()


def test_every_kind_of_implant_can_be_recorded(operator: Client, patient: Patient) -> None:
    for row in implant_kinds():
        assert send(operator, address("implant", patient), piece=row.id.value).status_code == 302
    assert {i.fact.implant.kind for i in chart_now(patient).implants} == set(ImplantKind)
    assert operator.get(address("safety", patient)).status_code == 200


def test_medicines_from_the_list_are_matched(operator: Client, patient: Patient) -> None:
    sent = {"taken": "Wellbutrin XL\nclozapine", "listed_on": clock.today().isoformat()}
    url = address("medicines", patient)
    assert send(operator, url, **sent).status_code == 302
    said = text_of(operator.get(address("safety", patient)))
    assert "From the list of" in said
    assert said.count("seizure threshold") >= 2
    assert "Rossi" in said


def test_a_coordinator_reads_the_screen_but_answers_none(
    clinic: SmallClinic, patient: Patient
) -> None:
    browser = clinic.client(Role.COORDINATOR)
    assert "Ask the questions" not in text_of(browser.get(address("safety", patient)))
    assert browser.get(address("answer_screen", patient)).status_code == 403
    assert browser.post(address("implant", patient), {"piece": "plate"}).status_code == 403


def test_any_answers_lead_to_a_page_with_the_findings(operator: Client, patient: Patient) -> None:
    answers = st.dictionaries(
        st.sampled_from([item.id for item in screen_items()]),
        st.sampled_from(["yes", "no", "unknown"]),
        min_size=1,
    )

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(given_answers=answers)
    def check(given_answers: dict[str, str]) -> None:
        assert _screen(operator, patient, **given_answers).status_code == 302
        page = operator.get(address("safety", patient))
        assert page.status_code == 200
        assert page.context["state"].refusal is None

    check()
