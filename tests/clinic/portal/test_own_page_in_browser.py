"""The patient's pages on a phone: from the link to the thanks, and what axe finds on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clinic.browsing import browser, faults, overflow, tab
from clinic.conftest import SmallClinic
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.portal import links
from euthymia.clinic.portal.models import Kind
from euthymia.clinic.portal.pages import PAGES
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient

PHONE = 360


def _sound(page: Page) -> None:
    assert overflow(page) <= 0, page.url
    assert not faults(page), page.url


@pytest.mark.django_db(transaction=True)
def test_a_patient_comes_in_by_a_link_and_answers_one_question_a_screen(
    clinic: SmallClinic, live_server: Any
) -> None:
    patient = clinic.patient()
    link = links.make(clinic.who(Role.OPERATOR), patient, Kind.PAGES, timedelta(days=1))
    with browser() as opened, tab(opened, live_server.url, width=PHONE) as page:
        page.goto(f"/me/in/{links.token_of(link)}/")
        page.get_by_label("In which year").fill("1980")
        page.get_by_role("button", name="Open my page").click()
        expect(page.get_by_role("link", name="PHQ-9")).to_be_visible()
        _sound(page)
        page.get_by_role("link", name="PHQ-9").click()
        crisis = page.get_by_role("alert")
        for number in range(1, 10):
            expect(page.locator(".question:visible")).to_have_count(1)
            expect(crisis).not_to_be_visible()
            page.locator(f"#question-{number}").get_by_text("Several days").click()
            if number < 9:
                page.get_by_role("button", name="Next").click()
        expect(crisis).to_be_visible()  # before anything was sent
        _sound(page)
        page.get_by_role("button", name="Send my answers").click()
        expect(page.get_by_role("link", name="988")).to_be_visible()
        _sound(page)
        page.get_by_role("link", name="See how I am doing").click()
        expect(page.get_by_text("9 of 27").first).to_be_visible()
        _sound(page)
    chart = chart_of(Patient.objects.get(pk=patient.pk)).chart
    assert chart.scales[0].fact.score.items == (1,) * 9
    assert len(chart.open_safety_tasks) == 1


@pytest.mark.django_db(transaction=True)
def test_the_questionnaire_works_with_the_keyboard_and_goes_back(
    clinic: SmallClinic, live_server: Any
) -> None:
    patient = clinic.patient()
    client = clinic.client(Role.OPERATOR)
    client.force_login(clinic.account_of(patient))
    with browser() as opened, tab(opened, live_server.url, client=client, width=PHONE) as page:
        page.goto("/me/fill/gad7/")
        page.locator("#id_item_1_0").press("Space")
        page.keyboard.press("ArrowDown")
        expect(page.locator("#id_item_1_1")).to_be_checked()
        page.get_by_role("button", name="Next").press("Enter")
        expect(page.locator("#question-2")).to_be_visible()
        page.get_by_role("button", name="Back").press("Enter")
        expect(page.locator("#id_item_1_1")).to_be_checked()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_page_of_plain_words_is_sound_on_a_phone(
    clinic: SmallClinic, live_server: Any
) -> None:
    with browser() as opened, tab(opened, live_server.url, width=PHONE) as page:
        page.goto("/about/")
        _sound(page)
        for each in PAGES:
            page.goto(f"/about/{each.slug}/")
            _sound(page)
