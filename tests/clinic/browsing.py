"""A real browser for tests of pages: it looks at them, presses, and asks axe for faults."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

pytest.importorskip("playwright")
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = next(
    (p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).is_file()), None
)
WIDTHS = (1280, 360)
PATIENCE_MS = 120_000
"""So long everything may take: these tests are about what comes, not about how soon."""
expect.set_options(timeout=PATIENCE_MS)
DRAWN_BY_PROCESSOR = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""Arguments with which Chromium draws in three dimensions without a graphics card."""


_ASK_AXE = """
axe.run({resultTypes: ["violations"]}).then((found) => found.violations
  .filter((each) => ["serious", "critical"].includes(each.impact))
  .map((each) => ({
    id: each.id, where: each.nodes.map((node) => node.html.slice(0, 160)),
  })))
"""


@contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """The system's Chromium, without anything it does of its own accord; more: arguments to it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    # The browser's own loop runs in this thread; Django asks to be told that this is meant.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            opened = playwright.chromium.launch(
                executable_path=CHROMIUM,
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", *more],
            )
            yield opened
            opened.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextmanager
def tab(
    opened: Browser,
    base_url: str,
    *,
    client: Client | None = None,
    width: int = 1280,
    scheme: str = "light",
) -> Iterator[Page]:
    """One tab, logged in as the client is; what the page complains of fails the test."""
    context = opened.new_context(
        base_url=base_url,
        viewport={"width": width, "height": 760},
        color_scheme=scheme,
        has_touch=width < 500,
        reduced_motion="reduce",
    )
    if client is not None:
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base_url}])
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Security Policy" in said.text else None,
    )
    yield page
    context.close()
    assert not complaints


def faults(page: Page) -> list[dict[str, Any]]:
    """Serious and critical faults of accessibility that axe finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(_ASK_AXE)
    return found


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window, once it is there."""
    page.wait_for_load_state("load")
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
