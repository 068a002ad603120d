"""The bench in a real browser: the hand, the keys, the form, the numbers, narrow and wide."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from clinic.bench.bench_samples import bench, room_with_bench
from clinic.browsing import DRAWN_BY_PROCESSOR, browser, faults, overflow, tab
from clinic.conftest import SmallClinic
from clinic.pages import address, chart_now
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.bench import views
from euthymia.clinic.records.models import Patient

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def patient(clinic: SmallClinic, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """A synthetic patient whose bench is open."""
    place = room_with_bench()
    monkeypatch.setattr(views, "room", lambda: place)
    return clinic.patient()


@pytest.fixture
def page(clinic: SmallClinic, patient: Patient, live_server: Any) -> Iterator[Any]:
    """The bench, ready, its coil at rest."""
    client = clinic.client(Role.PSYCHIATRIST)
    with (
        browser(*DRAWN_BY_PROCESSOR) as opened,
        tab(opened, live_server.url, client=client) as shown,
    ):
        shown.goto(address("bench", patient))
        until(lambda: bool(part(shown, "said")))
        yield shown


@pytest.fixture
def plain(clinic: SmallClinic, patient: Patient, live_server: Any) -> Iterator[Any]:
    """The bench's page in a browser that cannot draw: enough to try its modules."""
    client = clinic.client(Role.OPERATOR)
    with (
        browser("--disable-3d-apis") as opened,
        tab(opened, live_server.url, client=client) as shown,
    ):
        shown.goto(address("bench", patient))
        yield shown


def until(there: Callable[[], bool], seconds: float = 180.0) -> None:
    """Wait for something; the page's own policy forbids Playwright's way of waiting."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def part(page: Any, name: str) -> str:
    return str(page.locator(f'[data-at="{name}"]').text_content())


def value(page: Any, name: str) -> float:
    return float(page.locator(f'[name="{name}"]').input_value())


def place(page: Any) -> np.ndarray:
    return np.array([value(page, name) for name in ("at_x", "at_y", "at_z")])


def picture(page: Any) -> Any:
    return page.locator('[data-at="picture"]')


def test_the_coil_follows_the_mouse_over_the_scalp_and_the_field_follows_it(page: Any) -> None:
    before, said = place(page), part(page, "said")
    page.get_by_role("button", name="Coil", exact=True).click()
    box = picture(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    grasped = None
    for dx in range(-240, 241, 24):  # somewhere across the middle lie the windings
        page.mouse.move(x + dx, y)
        if picture(page).evaluate("e => e.style.cursor") == "grab":
            grasped = x + dx
            break
    assert grasped is not None
    drawn = int(picture(page).get_attribute("data-updates"))
    page.mouse.down()
    for step in range(12):
        page.mouse.move(grasped + 4 * step, y + 3 * step)
    page.mouse.up()
    until(lambda: int(picture(page).get_attribute("data-updates")) > drawn)
    until(lambda: part(page, "said") != said)
    moved = place(page)
    assert np.linalg.norm(moved - before) > 5.0
    on_scalp = bench().head.scalp.surface.closest_point(moved)
    assert np.linalg.norm(on_scalp - moved) < 0.2
    assert "95 % interval" in part(page, "interval")


def test_keys_move_and_turn_the_coil_by_their_steps(page: Any) -> None:
    before = place(page)
    picture(page).focus()
    page.keyboard.press("ArrowRight")
    until(lambda: not np.allclose(place(page), before))
    assert np.linalg.norm(place(page) - before) == pytest.approx(1.0, abs=0.2)
    handle = value(page, "handle_deg")
    page.keyboard.press("]")
    until(lambda: value(page, "handle_deg") == handle + 5)
    page.keyboard.press("[")
    page.keyboard.press("[")
    until(lambda: value(page, "handle_deg") == handle - 5)


def test_the_form_alone_does_all_that_the_hand_does(page: Any) -> None:
    mean = float(part(page, "mean"))
    page.locator('[name="output_pct"]').fill("30")
    page.locator('[name="output_pct"]').press("Tab")
    until(lambda: float(part(page, "mean")) == pytest.approx(mean / 2, abs=0.02))
    page.locator('[name="preset"]').select_option("eeg:F4")
    page.get_by_role("button", name="Put it there").click()
    until(lambda: place(page)[0] > 30.0)
    page.locator('[name="handle_deg"]').fill("10")
    page.locator('[name="handle_deg"]').press("Tab")
    until(lambda: "handle 10 degrees" in part(page, "said"))
    page.locator('[name="gap_mm"]').fill("900")
    page.locator('[name="gap_mm"]').press("Tab")
    until(lambda: "900 mm is none" in part(page, "wrong"))


def test_two_plans_are_shown_side_by_side_with_their_difference(page: Any) -> None:
    page.locator('[data-keep="a"]').click()
    before = part(page, "said")
    page.locator('[name="preset"]').select_option("rule:beam-geometric")
    page.get_by_role("button", name="Put it there").click()
    until(lambda: part(page, "said") != before)
    page.locator('[data-keep="b"]').click()
    page.get_by_role("button", name="Show A, B and the difference").click()
    table = page.locator('[data-at="plans"]')
    first = table.locator("tbody tr").first.locator("td").all_text_contents()
    a, b = (float(text.split()[0]) for text in first[:2])
    change = float(first[2].split()[0].replace("−", "-").lstrip("+"))
    assert change == pytest.approx(b - a, abs=0.011)
    expect(page.locator('[data-at="legend-2"]')).to_be_visible()
    page.get_by_role("button", name="Back to moving the coil").click()
    expect(page.locator('[data-at="legend-2"]')).not_to_be_visible()


def test_the_placement_is_chosen_for_the_chart(page: Any, patient: Patient) -> None:
    x = place(page)[0]
    page.get_by_label("Note for the chart").fill("as agreed")
    page.get_by_role("button", name="Choose this placement for the chart").click()
    until(lambda: "The placement stands in the chart" in page.locator("body").inner_text())
    chosen = chart_now(patient).placements[0].fact
    assert chosen.note == "as agreed"
    until(lambda: bool(part(page, "said")))
    assert place(page)[0] == pytest.approx(x, abs=0.3)


def test_no_serious_fault_of_accessibility_and_no_width_beyond_the_window(
    page: Any, clinic: SmallClinic, patient: Patient
) -> None:
    assert not faults(page)
    assert overflow(page) <= 0
    page.set_viewport_size({"width": 360, "height": 760})
    assert overflow(page) <= 0
    assert not faults(page)


def test_rays_meet_the_scalp_where_trying_every_triangle_finds_it(plain: Any) -> None:
    worst = plain.evaluate(
        """async () => {
          const { Surface } = await import("/static/bench/pick.js");
          let state = 7;
          const draw = () => {
            state = (state * 16807) % 2147483647;
            return state / 2147483647;
          };
          const vertices = Float32Array.from({ length: 900 }, () => 100 * draw() - 50);
          const faces = Uint32Array.from({ length: 1200 }, () => Math.floor(300 * draw()));
          const surface = new Surface(vertices, faces);
          let worst = 0, hits = 0;
          for (let k = 0; k < 300; k += 1) {
            const from = [200 * draw() - 100, 200 * draw() - 100, 200 * draw() - 100];
            const along = from.map((v) => -v / Math.hypot(...from) + 0.2 * (draw() - 0.5));
            let way = Infinity;
            for (let t = 0; t < 400; t += 1) way = Math.min(way, surface.wayTo(t, from, along));
            const hit = surface.hit(from, along);
            if (hit) hits += 1;
            worst = Math.max(worst, hit ? Math.abs(hit.way - way) : (way === Infinity ? 0 : 1e9));
          }
          return hits > 50 ? worst : -1;
        }"""
    )
    assert 0 <= worst < 1e-4


def test_the_browser_reads_sixteen_bit_numbers_as_they_were_written(plain: Any) -> None:
    every = np.arange(0, 65536, 7, dtype=np.uint16)
    wanted = every.view(np.float16).astype(np.float32)
    found = plain.evaluate(
        """async (bits) => {
          const { halvesToFloats } = await import("/static/bench/wire.js");
          return [...halvesToFloats(Uint16Array.from(bits))].map(String);
        }""",
        every.tolist(),
    )
    got = np.array([float(text.replace("Infinity", "inf")) for text in found], dtype=np.float32)
    assert np.array_equal(got, wanted, equal_nan=True)


def test_a_browser_that_cannot_draw_gets_one_sentence(plain: Any) -> None:
    until(lambda: "WebGL2 is missing" in part(plain, "broken"))
    assert not plain.locator('[data-at="bench"]').is_visible()
