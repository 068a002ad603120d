"""A whole threshold and a short session in a real browser, wide and narrow, looked at by axe."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from clinic.browsing import WIDTHS, browser, faults, overflow, tab
from clinic.chair.chair_server import ChairServers, installed
from clinic.installation import until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ChairServers, str]]:
    """A running example clinic."""
    servers = installed(tmp_path_factory.mktemp("browser"), trains=30, off_s=4.0)
    with servers.serve() as (url, _):
        yield servers, url


def _sound(page: Page) -> None:
    assert overflow(page) <= 0, page.url
    assert not faults(page), page.url


def _threshold(page: Page, patient: str) -> None:
    """By the keyboard alone once it has begun: F fires the simulated pulse, Y or N judges it."""
    page.goto(f"/patients/{patient}/sessions/threshold/")
    _sound(page)
    page.get_by_label("A simulated stimulator and muscle").check()
    page.get_by_role("button", name="Begin the search").click()
    expect(page.get_by_text("Pulse 1:")).to_be_visible()
    _sound(page)
    for number in range(1, 40):
        page.wait_for_load_state("load")
        if page.get_by_role("button", name="Record the threshold").count():
            break
        page.keyboard.press("f")
        seen = page.locator(".seen")
        seen.wait_for()
        page.wait_for_load_state("load")
        microvolt = int(re.findall(r"(\d+) µV", seen.inner_text())[0])
        page.keyboard.press("y" if microvolt >= 50 else "n")
        seen.wait_for(state="detached")
        if number == 3:
            page.reload()
            expect(page.get_by_text("Pulse 4:")).to_be_visible()
            page.get_by_role("button", name="Take back").click()
            expect(page.get_by_text("Pulse 3:")).to_be_visible()
    _sound(page)
    page.get_by_role("button", name="Record the threshold").click()
    expect(page.get_by_text("The threshold is recorded.")).to_be_visible()


def _prepare(page: Page, patient: str) -> None:
    page.goto(f"/patients/{patient}/sessions/")
    _sound(page)
    page.get_by_role("link", name="Prepare the next session").click()
    page.get_by_label("Is this the patient whose chart is open").check()
    page.get_by_label("Do patient and operator wear ear protection").check()
    for answer in page.locator("fieldset.ask label[data-value=no]").all():
        answer.click()
    page.get_by_label("How many hours did you sleep").fill("7.5")
    page.get_by_label("Hurried").check()
    page.get_by_role("button", name="Check the answers").click()
    expect(page.get_by_label("Is the coil in its place")).to_be_visible()
    _sound(page)
    page.get_by_label("Is the coil in its place").check()
    page.get_by_role("button", name="Begin the session").click()


@pytest.mark.parametrize("number", range(len(WIDTHS)))
def test_an_operator_measures_a_threshold_and_runs_a_session_to_its_end(
    number: int, served: tuple[ChairServers, str]
) -> None:
    (servers, url), width = served, WIDTHS[number]
    patient = servers.ready[number]
    with browser() as opened, tab(opened, url, client=servers.client(), width=width) as page:
        if number == 0:
            _threshold(page, servers.new)
        _prepare(page, patient)
        phase = page.locator("[data-live=phase]")
        expect(phase).to_have_text(re.compile("Pause between|Armed|Giving"))
        page.get_by_role("button", name="Pause", exact=True).click()
        expect(phase).to_have_text("Stands still")
        expect(page.get_by_role("alert").filter(has_text="Paused by the operator")).to_be_visible()
        _sound(page)
        page.get_by_role("button", name="Go on", exact=True).click()
        expect(phase).to_have_text(re.compile("Pause between|Armed|Giving"))
        page.keyboard.press("Space")
        expect(page.locator("[data-stop-answer]")).to_contain_text("The stimulator is disarmed")
        expect(phase).to_have_text("Ended")
        _sound(page)
        page.get_by_role("link", name="Go on to what comes next").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Session 1 is still open")
        _sound(page)
        page.get_by_label("Is this the patient whose chart is open").check()
        page.get_by_label("Do patient and operator wear ear protection").check()
        page.get_by_label("Is the coil in its place").check()
        page.get_by_label("Which physician was asked?").fill("Dr Synthetic Example")
        page.get_by_label("Asked, and the session goes ahead").check()
        page.get_by_label("Hurried").check()
        page.get_by_role("button", name="Go on with the rest").click()
        until(lambda: servers.kinds(patient)[-1] == "session_delivered")
        page.wait_for_url("**/sessions/1/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Session 1")
        _sound(page)
        page.get_by_label("Remark", exact=True).fill("Slept well, no pain")
        page.get_by_role("button", name="Record the remark").click()
        expect(page.get_by_text("Slept well, no pain")).to_be_visible()
    assert "motor_threshold_measured" in servers.kinds(servers.new) or number
