"""Intake and suitability in a real browser: with the keyboard, without script, and under axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from clinic.browsing import WIDTHS, browser, faults, overflow, tab
from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now
from euthymia.assess.medication.told.lines import read_history
from euthymia.assess.safety.implants import Implant, ImplantKind
from euthymia.assess.safety.screen import Answer, ScreenAnswer, screen_items
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.course_facts import PlanRequested
from euthymia.chart.intake_facts import NoteTopic, NoteWritten, ReferralReceived
from euthymia.chart.patient_facts import (
    Diagnosis,
    EpisodeRecorded,
    ImplantRecorded,
    MedicationTrialRecorded,
    MedicinesRecorded,
    PatientRegistered,
    ScaleFilled,
    ScreenAnswered,
)
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records.models import Identity, Patient
from euthymia.clinic.records.services import Wanted, next_pseudonym, record_all, register

TOLD = """Zoloft 50->150 mg, Mar-Sep 2024, no response, weight gain
Effexor XR 225 mg, 6 weeks in spring 2025, stopped due to nausea, blue pills
lithium 900 mg added to Cymbalta, 2023, partial response
ECT bilateral, 8 sessions, 2019 to 2020
Episode: since January 2024, severe, not psychotic"""
PLAIN = ("intake", "identity", "referral", "consent", "note", "history", "told", "new_trial",
         "episode", "medicines", "entries", "scales", "safety_tasks", "safety", "answer_screen",
         "implant", "eligibility", "authorization")  # fmt: skip


def _full(clinic: SmallClinic) -> Patient:
    """A patient with something on every page, also what is wrong with it."""
    who, day = clinic.who(Role.PSYCHIATRIST), clock.today()
    diagnosis = Diagnosis(system="ICD-10-CM", code="F33.2", label="MDD, recurrent, severe")
    first = PatientRegistered(
        pseudonym=next_pseudonym("SYN"), synthetic=True, birth_year=1980, diagnosis=diagnosis
    )
    patient = register(who, clinic.site, first, Identity(family_name="Example"))
    told = read_history(TOLD, day)
    answers = tuple(
        ScreenAnswer(item.id, Answer.YES if item.id in ("metal", "seizure") else Answer.NO)
        for item in screen_items()[:20]
    )
    facts = [
        *(MedicationTrialRecorded(trial=trial) for trial in told.trials),
        EpisodeRecorded(episode=told.episode),
        MedicinesRecorded(listed_on=day, taken=("bupropion", "wine"), stopped=("lorazepam",)),
        ReferralReceived(received_on=day, referred_by="Lakeside", question="TMS?", urgency="soon"),
        ScreenAnswered(answered_on=day, answers=answers),
        ImplantRecorded(implant=Implant(ImplantKind.PLATE, "skull", distance_from_coil_cm=3.0)),
        ScaleFilled(score=ScaleScore("hamd17", day, total=24), rated_by="clinician"),
        ScaleFilled(score=ScaleScore("phq9", day, items=(3, 3, 3, 2, 2, 2, 1, 1, 2))),
        NoteWritten(topic=NoteTopic.SAFETY, text="Lives alone."),
        PlanRequested(
            protocol="HF10-19", target="fox-2013", stimulator="magventure-magpro-x100",
            coil="magventure-c-b60", start_on=day,
        ),
    ]  # fmt: skip
    record_all(who, patient, [Wanted(fact) for fact in facts], Action.WRITE_NOTE)
    return patient


def _addresses(patient: Patient) -> Iterator[str]:
    chart = chart_now(patient)
    yield reverse("new_patient")
    for name in PLAIN:
        yield address(name, patient)
    for key in ("phq9", "hamd17"):
        yield address("scale", patient, key=key)
        yield address("fill_scale", patient, key=key)
    yield address("safety_task", patient, entry_id=chart.open_safety_tasks[0].entry_id)
    yield f"{address('letter', patient)}?payer=medicare-l34998-l34522"
    yield address("amend", patient, entry_id=chart.screens[0].id)
    for name in ("entry", "amend", "retract"):
        yield address(name, patient, entry_id=chart.trials[0].id)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_page_is_sound_at_both_widths(clinic: SmallClinic, live_server: Any) -> None:
    patient = _full(clinic)
    client = clinic.client(Role.PSYCHIATRIST)
    found: list[object] = []
    with browser() as opened, tab(opened, live_server.url, client=client) as page:
        for url in _addresses(patient):
            answer = page.goto(url)
            assert answer is not None
            assert answer.ok, url
            assert page.locator("h1").count() == 1, url
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 760})
                found += [(url, width, fault) for fault in faults(page)]
                if overflow(page) > 0:
                    found.append((url, width, "wider than the window"))
    assert found == []


@pytest.mark.django_db(transaction=True)
def test_a_history_is_typed_read_live_and_recorded_with_the_keyboard_alone(
    clinic: SmallClinic, live_server: Any
) -> None:
    patient = clinic.patient()
    client = clinic.client(Role.PSYCHIATRIST)
    with browser() as opened, tab(opened, live_server.url, client=client) as page:
        page.goto(address("told", patient))
        _focused(page)
        page.keyboard.type(TOLD)
        page.get_by_text("4 treatments read").wait_for()
        assert page.locator("mark").inner_text() == "blue pills"
        assert not faults(page)
        page.get_by_label("Record lithium").press("Space")
        page.get_by_role("button", name="Record what is ticked").press("Enter")
        page.get_by_text("3 treatments are recorded").wait_for()
    assert [found.fact.trial.agent for found in chart_now(patient).trials] == [
        "sertraline",
        "venlafaxine XR",
        "bilateral electroconvulsive therapy",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_same_works_without_script(clinic: SmallClinic, live_server: Any) -> None:
    patient = clinic.patient()
    client = clinic.client(Role.PSYCHIATRIST)
    with browser() as opened:
        context = opened.new_context(base_url=live_server.url, java_script_enabled=False)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(address("told", patient))
        page.locator("textarea").fill(TOLD)
        page.get_by_role("button", name="Read it").click()
        page.get_by_role("button", name="Record what is ticked").click()
        expect(page.get_by_text("4 treatments are recorded")).to_be_visible()
        context.close()
    assert len(chart_now(patient).trials) == 4


@pytest.mark.django_db(transaction=True)
def test_a_coordinator_takes_a_referral_and_is_led_through_what_is_wrong(
    clinic: SmallClinic, live_server: Any
) -> None:
    client = clinic.client(Role.COORDINATOR)
    with browser() as opened, tab(opened, live_server.url, client=client) as page:
        page.goto(reverse("patients"))
        page.get_by_role("link", name="New patient").click()
        page.get_by_label("Family name").fill("Synthetic")
        page.get_by_label("Referred by").fill("Lakeside Practice")
        page.get_by_label("What is asked").fill("TMS after two trials?")
        page.get_by_role("button", name="Register").click()
        summary = page.get_by_role("alert")
        summary.get_by_role("link", name="Date of birth").press("Enter")
        expect(page.locator("[name=birth_date]")).to_be_focused()
        assert page.get_by_label("Referred by").input_value() == "Lakeside Practice"
        page.get_by_label("Date of birth").fill("1971-02-03")
        _register(page)
    patient = Patient.objects.get()
    assert chart_now(patient).referral is not None


def _focused(page: Page) -> None:
    """Wait until the box has the focus by itself, as whoever types at once needs it."""
    page.wait_for_function("document.activeElement.name === 'told'")


def _register(page: Page) -> None:
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name="Treatment history").wait_for()


@pytest.mark.django_db(transaction=True)
def test_an_operator_screens_safety_with_the_keyboard(
    clinic: SmallClinic, live_server: Any
) -> None:
    patient = clinic.patient()
    client = clinic.client(Role.OPERATOR)
    with browser() as opened, tab(opened, live_server.url, client=client) as page:
        page.goto(address("answer_screen", patient))
        for item in screen_items():
            page.locator(f"#id_{item.id}_0").press("Space")
        page.locator("#id_syncope_0").press("ArrowRight")  # from no to yes
        page.locator("#id_syncope_detail").fill("once, at the dentist's")
        page.get_by_role("button", name="Record the answers").press("Enter")
        page.get_by_text("Fainting can look like a seizure").wait_for()
    answers = chart_now(patient).screens[0].fact.answers
    assert len(answers) == len(screen_items())
    assert ScreenAnswer("syncope", Answer.YES, "once, at the dentist's") in answers


@pytest.mark.django_db(transaction=True)
def test_nothing_typed_is_lost_by_leaving_the_page(clinic: SmallClinic, live_server: Any) -> None:
    patient = clinic.patient()
    client = clinic.client(Role.PSYCHIATRIST)
    with browser() as opened, tab(opened, live_server.url, client=client) as page:
        page.goto(address("told", patient))
        _focused(page)
        page.keyboard.type("sertraline 50 mg")
        page.get_by_text("1 treatment read").wait_for()
        with page.expect_event("dialog") as asked:
            page.on("dialog", lambda dialog: dialog.dismiss())
            page.get_by_role("link", name="Cancel").click(no_wait_after=True)
        assert asked.value.type == "beforeunload"
        assert page.locator("textarea").input_value() == "sertraline 50 mg"
