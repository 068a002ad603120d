"""Every link inside the documentation leads somewhere, and the site builds without a warning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs_pages import DOCS, ROOT, all_pages, name_of, without_code
from markdown.extensions.toc import slugify

_LINK = re.compile(
    r"!?\[[^\]]*(?:\[[^\]]*\][^\]]*)*\]\((?P<goal>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
)
_HEADING = re.compile(r"^#{1,6} (?P<text>.+)$", re.M)
_MAKE = re.compile(r"`?make (?P<goal>[a-z]+)\b")

PICTURE = ROOT / "docs/images/plan.png"


def links(page: Path) -> list[str]:
    """The goals of all links of a page that stay inside the project."""
    goals = [found["goal"] for found in _LINK.finditer(without_code(page))]
    return [goal for goal in goals if not re.match(r"[a-z]+:", goal)]


def anchors(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return {slugify(re.sub(r"[`*]", "", found["text"]), "-") for found in _HEADING.finditer(text)}


@pytest.mark.parametrize("page", all_pages(), ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        goal = (page.parent / path).resolve() if path else page
        if goal == PICTURE:
            continue
        assert goal.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in anchors(goal), f"{link}: there is no such heading"


def test_the_picture_of_the_readme_is_there() -> None:
    if not PICTURE.exists():
        pytest.skip("docs/images/plan.png, the picture of a plan, has not been made yet")
    assert PICTURE.read_bytes().startswith(b"\x89PNG")


def test_links_are_found_at_all() -> None:
    assert sum(len(links(page)) for page in all_pages()) > 60


def test_every_page_stands_in_the_navigation_once() -> None:
    listed = re.findall(r"([\w./-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)
    assert len(listed) == len(set(listed))
    assert set(listed) == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}


def test_every_target_of_make_that_a_page_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    for page in all_pages():
        text = page.read_text(encoding="utf-8")
        in_code = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S))
        in_code += "\n".join(re.findall(r"`make [a-z]+`", text))
        for found in _MAKE.finditer(in_code):
            assert found["goal"] in targets, f"{name_of(page)}: make {found['goal']}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a warning of the builder is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = ["mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    run = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return folder


def test_the_site_builds_strictly_and_holds_every_page(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        assert (site / page.relative_to(DOCS)).with_suffix(".html").exists()


def test_the_site_fetches_nothing_from_outside(site: Path) -> None:
    loaded = re.compile(
        r"""<(?:script|img|iframe|source|video)[^>]*\ssrc="?(https?:)?//|"""
        r"""<link[^>]*rel="?(?:stylesheet|preconnect|preload)[^>]*href="?(https?:)?//"""
    )
    for page in site.rglob("*.html"):
        assert not loaded.search(page.read_text(encoding="utf-8")), page.name
