"""The plan as a person opens it: the page in a real browser, the PDF as pictures."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from plan_samples import example_plan
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from euthymia.report.figures import view3d
from euthymia.report.plan_document import write_plan

# The driver's own loop closes its sockets when it is collected, after the test.
pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def program(*names: str) -> str:
    """The path of the first of these programs that is installed, or skip, saying so."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    pytest.skip(f"none of {', '.join(names)} is installed")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The PDF and the HTML of an example patient's plan."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view3d, "_PIXELS_A_UNIT", 1)
        plan = example_plan("clear-candidate", patch)
        return write_plan(plan, tmp_path_factory.mktemp("plan"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = program("chromium", "chromium-browser", "google-chrome")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=quiet)
        yield running
        running.close()


def opened(browser: Browser, page_file: Path, width: int) -> tuple[Page, list[str], list[str]]:
    """The page at a width, with what it asked the network for and what it complained of."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri())
    return page, requests, complaints


@pytest.mark.parametrize("width", [1200, 390])
def test_the_page_fits_its_window_and_asks_nobody_for_anything(
    browser: Browser, files: tuple[Path, Path], width: int
) -> None:
    page, requests, complaints = opened(browser, files[1], width)
    assert not complaints
    outside = [url for url in requests if not url.startswith(("file:", "data:"))]
    assert not outside
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "SYNTHETIC" in page.inner_text("body")
    page.close()


def test_every_figure_is_seen_and_has_a_name_for_those_who_cannot_see(
    browser: Browser, files: tuple[Path, Path]
) -> None:
    page, _, _ = opened(browser, files[1], 1200)
    figures = page.query_selector_all("figure svg[role=img]")
    assert len(figures) >= 6
    for figure in figures:
        box = figure.bounding_box()
        assert box is not None
        assert box["width"] > 100
        assert box["height"] > 40
        title = figure.query_selector("title")
        assert title is not None
        assert (title.text_content() or "").strip()
    page.close()


def test_every_page_of_the_pdf_shows_something(files: tuple[Path, Path], tmp_path: Path) -> None:
    tool = program("pdftoppm")
    subprocess.run([tool, "-r", "60", "-gray", str(files[0]), str(tmp_path / "p")], check=True)
    pages = sorted(tmp_path.glob("*.pgm"))
    assert len(pages) == len(PdfReader(files[0]).pages)
    for page in pages:
        pixels = page.read_bytes()[64:]  # past the header
        assert min(pixels) < 160  # ink
        assert max(pixels) > 250  # paper
