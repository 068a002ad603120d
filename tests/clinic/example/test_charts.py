"""Invented patients: marked as such, the same for the same seed, and of every kind."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.example.made import LARGE, MONDAY, SMALL, charts, patients
from euthymia.assess.assessment import assess
from euthymia.assess.scales.score import score_scale
from euthymia.chart.appointments import AppointmentState
from euthymia.chart.assessment_inputs import to_assessment_inputs
from euthymia.chart.envelope import sha256
from euthymia.chart.follow_inputs import scored, to_course_facts
from euthymia.chart.plan_inputs import to_plan_inputs
from euthymia.clinic.example.bulk import lines
from euthymia.clinic.example.charts import synthetic_patients
from euthymia.clinic.example.draws import SESSIONS
from euthymia.clinic.example.stages import Stage, stages
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.follow.outlook import outlook


def test_every_patient_says_that_it_is_synthetic() -> None:
    for patient, chart in charts(SMALL):
        assert chart.patient.fact.synthetic
        assert re.fullmatch(r"SYN-\d{4}", chart.patient.fact.pseudonym)
        assert patient.person.family_name.endswith("(synthetic)")
        for noted in patient.noted:
            name = noted.author.name
            assert name.endswith("(synthetic)") or name == f"patient {patient.person.pseudonym}"


def test_no_chart_holds_who_the_patient_is() -> None:
    for patient in patients(SMALL):
        written = b"".join(line.data for line in lines(patient.noted)).decode()
        person = patient.person
        for part in (person.family_name, person.phone, person.email):
            assert part not in written


def test_numbers_and_addresses_belong_to_nobody() -> None:
    people = [patient.person for patient in patients(SMALL)]
    assert all(re.fullmatch(r"\+1 \d{3}-555-01\d\d", person.phone) for person in people)
    assert all(person.email.endswith("@example.org") for person in people)
    assert len({person.pseudonym for person in people}) == len(people)


def test_the_same_recipe_makes_the_same_entries_and_another_seed_others() -> None:
    few = replace(SMALL, patients=6)
    first, again = tuple(synthetic_patients(few)), tuple(synthetic_patients(few))
    assert first == again
    assert first != tuple(synthetic_patients(replace(few, seed=8)))


def test_every_stage_is_there_and_every_chart_is_at_its_stage() -> None:
    assert {patient.stage for patient in patients(SMALL)} == set(Stage)
    for patient, chart in charts(SMALL):
        begun = patient.stage.begun and patient.stage is not Stage.IN_TREATMENT
        assert not begun or chart.sessions, patient.stage
        match patient.stage:
            case Stage.REFERRED:
                assert not chart.scales
            case Stage.ASSESSED | Stage.NOT_ELIGIBLE:
                assert chart.scales
                assert chart.plan_request is None
            case Stage.AWAITING_AUTHORIZATION:
                assert chart.authorization is not None
                assert chart.authorization.fact.status != "approved"
            case Stage.PLANNED:
                assert chart.plans
                assert not chart.signatures
            case Stage.SIGNED:
                assert chart.signatures
                assert not chart.sessions
            case Stage.FINISHED | Stage.IN_FOLLOW_UP | Stage.STOPPED | Stage.TREATED_AGAIN:
                assert chart.courses_ended
    again = [chart for patient, chart in charts(SMALL) if patient.stage is Stage.TREATED_AGAIN]
    assert all(len(chart.sessions) == 2 * SESSIONS for chart in again)


def test_nothing_lies_after_the_moment_of_making_and_nothing_on_a_closed_day() -> None:
    for patient, chart in charts(SMALL):
        assert max(noted.at for noted in patient.noted) <= MONDAY
        for session in chart.sessions:
            assert session.fact.started_at.weekday() < 5
            assert (session.fact.started_at.month, session.fact.started_at.day) != (12, 25)


def test_the_day_is_full_and_no_chair_is_taken_twice() -> None:
    today = [
        (patient.place.site, each.chair, each.start)
        for patient, chart in charts(SMALL)
        for each in chart.appointments
        if each.day == MONDAY.date() and each.stands | (each.state is AppointmentState.KEPT)
        and patient.stage is Stage.IN_TREATMENT
    ]  # fmt: skip
    assert len(today) >= 12
    assert len(set(today)) == len(today)
    assert len({chair for site, chair, _ in today if site == 0}) == 3


@pytest.mark.parametrize("weekday", range(7))
def test_the_day_is_full_whatever_day_it_is(weekday: int) -> None:
    now = MONDAY + timedelta(days=weekday)
    made = synthetic_patients(replace(SMALL, now=now, patients=12))
    treated = [patient for patient in made if patient.stage is Stage.IN_TREATMENT]
    calendars = [
        [each for noted in patient.noted if noted.fact.kind == "appointments_set"
         for each in noted.fact.appointments]
        for patient in treated
    ]  # fmt: skip
    assert all(any(each.start.date() == now.date() for each in calendar) for calendar in calendars)


def test_two_safety_tasks_are_open_and_all_others_are_closed() -> None:
    opened = [chart for _, chart in charts(SMALL) if chart.open_safety_tasks]
    assert len(opened) == 2
    closed = [task for _, chart in charts(LARGE) for task in chart.safety_tasks]
    assert sum(not task.is_open for task in closed) > 3


def test_the_rules_read_every_chart_and_most_treated_ones_are_resistant() -> None:
    on = MONDAY.date()
    resistant = []
    for patient, chart in charts(SMALL):
        assessment = assess(**to_assessment_inputs(chart, on))
        if chart.sessions:
            resistant.append(assessment.trd.met is True)
        if patient.stage in (Stage.SIGNED, Stage.IN_TREATMENT):
            assert assessment.clearance.label < Severity.STOP
        outlook(scored(chart, on), to_course_facts(chart, on), on)
        if chart.plan_request is not None:
            to_plan_inputs(chart, on)
    assert sum(resistant) > 0.85 * len(resistant)


def test_those_with_a_clip_are_stopped_by_the_screen() -> None:
    on = MONDAY.date()
    found = [chart for _, chart in charts(SMALL) if chart.implants]
    assert found
    for chart in found:
        assert assess(**to_assessment_inputs(chart, on)).clearance.label is Severity.STOP


def test_scores_fall_as_often_as_the_model_says() -> None:
    """Response by the PHQ-9 at the last session, against the cohort's own share (about a half)."""
    halved, counted = 0, 0
    for _, chart in charts(LARGE):
        totals = [score_scale(found.fact.score).total for found in chart.scales_named("phq9")]
        if len(chart.sessions) >= SESSIONS and len(totals) >= 6:
            counted += 1
            halved += min(t for t in totals if t is not None) <= (totals[0] or 0) / 2
    assert counted > 30
    assert 0.4 < halved / counted < 0.9


def test_what_is_signed_is_what_was_written() -> None:
    for _, chart in charts(SMALL):
        written = {found.fact.sha256 for found in chart.prescriptions}
        signed = {found.fact.prescription_sha256 for found in chart.prescription_signatures}
        assert signed <= written
        assert chart.standing_prescription is not None or not signed


def test_a_plan_names_the_hash_of_its_document() -> None:
    for patient, chart in charts(SMALL):
        kept = {document.name: sha256(document.content) for document in patient.documents}
        for plan in chart.plans:
            assert kept[str(plan.fact.file_name)] == plan.fact.plan_sha256
        assert all(b"This patient is synthetic" in each.content for each in patient.documents)


def test_trains_are_written_for_a_few_and_add_up_to_their_session() -> None:
    found = [chart for _, chart in charts(SMALL) if chart.trains]
    assert len(found) == 2
    for chart in found:
        by_session: dict[int, int] = {}
        for train in chart.trains:
            by_session[train.fact.session] = (
                by_session.get(train.fact.session, 0) + train.fact.pulses
            )
        given = {session.fact.number: session.fact.pulses for session in chart.sessions}
        assert all(given[number] == pulses for number, pulses in by_session.items())


def test_shares_of_a_mix_are_kept_to_the_patient() -> None:
    placed = stages(1000, "volume", 3)
    assert len(placed) == 1000
    assert placed.count(Stage.IN_FOLLOW_UP) == 830
    assert placed.count(Stage.NOT_ELIGIBLE) == 12


def test_no_patients_and_an_unknown_mix_are_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        stages(0, "example", 1)
    with pytest.raises(InputError, match="example or volume"):
        stages(3, "huge", 1)
