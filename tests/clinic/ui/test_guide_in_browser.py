"""The style guide in a real browser: every part of it, wide in light and narrow in dark."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from clinic.browsing import WIDTHS, browser, faults, overflow, tab
from clinic.conftest import SmallClinic
from euthymia.clinic.accounts.models import Role


@pytest.mark.django_db(transaction=True)
def test_no_part_has_a_serious_fault_and_none_is_wider_than_the_window(
    clinic: SmallClinic, live_server: Any
) -> None:
    client = clinic.client(Role.ADMINISTRATOR)
    with browser() as opened:
        for width, scheme in zip(WIDTHS, ("light", "dark"), strict=True):
            with tab(opened, live_server.url, client=client, width=width, scheme=scheme) as page:
                page.goto("/guide/")
                assert overflow(page) <= 0, width
                assert not faults(page), width


@pytest.mark.django_db(transaction=True)
def test_the_keyboard_alone_gets_past_the_bar_and_into_the_menu(
    clinic: SmallClinic, live_server: Any
) -> None:
    client = clinic.client(Role.PSYCHIATRIST)
    with browser() as opened, tab(opened, live_server.url, client=client, width=360) as page:
        page.goto("/patients/")
        page.locator("body").press("Tab")
        focused = "document.activeElement.getAttribute('href')"
        assert page.evaluate(focused) == "#main"
        menu = page.get_by_role("button", name="Menu")
        menu.press("Enter")
        entry = page.locator("#mainnav").get_by_role("link", name="Patients")
        expect(entry).to_be_visible()
        page.keyboard.press("Escape")
        expect(entry).not_to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_link_in_the_error_summary_puts_the_cursor_into_its_field(
    clinic: SmallClinic, live_server: Any
) -> None:
    client = clinic.client(Role.ADMINISTRATOR)
    with browser() as opened, tab(opened, live_server.url, client=client) as page:
        page.goto("/guide/")
        page.locator(".error-summary a", has_text="Intensity").click()
        expect(page.locator("[name=intensity]:focus")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_live_part_says_when_it_is_out_of_date_and_when_it_is_not_any_more(
    clinic: SmallClinic, live_server: Any
) -> None:
    client = clinic.client(Role.PSYCHIATRIST)
    with browser() as opened, tab(opened, live_server.url, client=client) as page:
        page.goto("/patients/")
        page.evaluate(
            """() => {
              const part = document.createElement("div");
              part.innerHTML = '<p id="part" data-live><button hx-get="/patients/" hx-swap="none">'
                + 'again</button></p>';
              document.querySelector("main").append(part);
              htmx.process(part);
            }"""
        )
        part, again = page.locator("#part"), page.get_by_role("button", name="again")
        page.route("**/patients/", lambda route: route.abort())
        again.click()
        page.wait_for_selector("#part[data-stale]")
        page.unroute("**/patients/")
        again.click()
        page.wait_for_selector("#part:not([data-stale])")
        expect(part).to_be_visible()
