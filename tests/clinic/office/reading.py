"""What a page of the office says, once it has answered as it should."""

from __future__ import annotations

from typing import Any


def text(answer: Any) -> str:
    """The page."""
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


def refused(answer: Any) -> str:
    """The page that shows a form again, with what is wrong in it."""
    assert answer.status_code == 422, answer
    return str(answer.content.decode())
