"""Every page in a browser, by its role: for axe, on a narrow window, and with a quiet console."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.browsing import PATIENCE_MS, WIDTHS, browser, faults, overflow
from clinic.whole.newcomers import listening
from clinic.whole.prepared import PageOf, Prepared, in_example_mode, pages, person_for, prepare

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lasting(monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """The prepared clinic, where the live server's threads see it."""
    in_example_mode(monkeypatch)
    return prepare()


def test_every_page_is_sound_wide_and_narrow(lasting: Prepared, live_server: Any) -> None:
    wrong: list[tuple[str, int, object]] = []
    looked_at = 0
    with browser() as opened:
        for person, some in _by_person().items():
            context = opened.new_context(base_url=live_server.url, reduced_motion="reduce")
            context.set_default_timeout(PATIENCE_MS)
            cookies = lasting.cookies.get(person, {})
            context.add_cookies(
                [
                    {"name": name, "value": value, "url": live_server.url}
                    for name, value in cookies.items()
                ]
            )
            tab = context.new_page()
            said = listening(tab)
            for page in some:
                answer = lasting.as_person(person).get(lasting.path(page))
                if not _is_whole(answer):
                    continue
                looked_at += 1
                tab.set_viewport_size({"width": max(WIDTHS), "height": 760})
                tab.goto(lasting.path(page))
                for width in WIDTHS:
                    tab.set_viewport_size({"width": width, "height": 760})
                    if width == min(WIDTHS) and overflow(tab) > 0:
                        wrong.append((page.name, width, f"{overflow(tab)} px too wide"))
                    wrong += [(page.name, width, fault) for fault in faults(tab)]
                    wrong += [(page.name, width, each) for each in said]
                    said.clear()
            context.close()
    assert looked_at > 75
    assert not wrong, "\n".join(f"{each}" for each in wrong)


def _is_whole(answer: Any) -> bool:
    """Whether it is a page: no part of one, no JSON, no file."""
    return answer.status_code == 200 and not answer.streaming and b"<main" in answer.content


def _by_person() -> dict[str, list[PageOf]]:
    found: dict[str, list[PageOf]] = {}
    for page in pages():
        if page.name not in {"home"}:
            found.setdefault(person_for(page), []).append(page)
    return found
