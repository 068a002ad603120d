"""The people of a newcomer's clinic in real browsers, and the pictures taken on their way."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from clinic.browsing import PATIENCE_MS

PICTURES = "EUTHYMIA_PICTURES"
"""The folder into which the pictures go, if this variable names one."""

OWN_PASSWORD = "a-newcomer-at-{name}"
WIDTH_PX = 1280
_COLOURS = (128, 64, 32)
_MOST_BYTES = 120_000


@dataclass
class Person:
    """One person before a browser of their own."""

    name: str
    page: Page
    complaints: list[str]

    @property
    def password(self) -> str:
        return OWN_PASSWORD.format(name=self.name)

    def open(self, path: str) -> None:
        self.page.goto(path)

    def follow(self, link: str, *, exact: bool = False) -> None:
        """Press the first link of that name and wait for its page."""
        self.page.get_by_role("link", name=link, exact=exact).first.click()
        self.page.wait_for_load_state()

    def press(self, button: str, *, exact: bool = False) -> None:
        self.page.get_by_role("button", name=button, exact=exact).first.click()
        self.page.wait_for_load_state()

    def send(self) -> None:
        """Press what sends the page's form."""
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_load_state()

    def value(self, name: str) -> str:
        """What a field holds."""
        return self.page.locator(f"[name={name}]").input_value()

    def come_back(self) -> None:
        """Log in again, if one was logged off for having done nothing for a while."""
        self.open("/")
        if "/account/login/" in self.page.url:
            self.fill(login=self.name, password=self.password)
            self.press("Log in")

    def fill(self, **fields: str) -> None:
        """Type into fields by the names they are sent under."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)

    def choose(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"select[name={name}]").select_option(value)

    def tick(self, name: str, value: str | None = None) -> None:
        """Tick a box or a radio button as a finger does: on its label."""
        with_value = f"[value='{value}']" if value is not None else ""
        self.page.locator(f"input[name={name}]{with_value}").check(force=True)

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()


@contextmanager
def person(opened: Browser, base_url: str, name: str, *, phone: bool = False) -> Iterator[Person]:
    """A person's browser; what its console complains of fails the test at the end."""
    context = opened.new_context(
        base_url=base_url,
        viewport={"width": 390 if phone else WIDTH_PX, "height": 800},
        reduced_motion="reduce",
        has_touch=phone,
        locale="en-US",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    found = Person(name, page, listening(page))
    try:
        yield found
    finally:
        context.close()
    assert not found.complaints, (name, found.complaints)


def listening(page: Page) -> list[str]:
    """What the page complains of in its console, from now on.

    Not that the server said no (status 4xx): a refused form or a head that is not ready.
    """
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error" and "status of 4" not in said.text:
            complaints.append(f"{page.url}: {said.text}")

    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("console", hear)
    return complaints


def picture(someone: Person, name: str, *, whole: bool = False) -> None:
    """Keep what a person sees, in few colours, if the documentation is being renewed."""
    folder = os.environ.get(PICTURES)
    if not folder:
        return
    someone.page.wait_for_timeout(200)  # pictures and fonts settle
    taken = Image.open(io.BytesIO(someone.page.screenshot(full_page=whole))).convert("RGB")
    path = Path(folder) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    for colours in _COLOURS:
        few = taken.quantize(colours, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        if path.stat().st_size <= _MOST_BYTES:
            return
    raise AssertionError(f"{name} takes {path.stat().st_size} bytes")
