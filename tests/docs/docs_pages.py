"""The pages of the documentation, for the tests that read them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FRONT = tuple(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))

_FENCE = re.compile(
    r"(?P<tested><!-- tested -->\n)?^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.M | re.S
)


def written_pages() -> tuple[Path, ...]:
    """All pages that a person wrote."""
    made = DOCS / "reference"
    return (*FRONT, *(page for page in sorted(DOCS.rglob("*.md")) if made not in page.parents))


def all_pages() -> tuple[Path, ...]:
    return (*FRONT, *sorted(DOCS.rglob("*.md")))


def blocks(page: Path, language: str) -> list[tuple[bool, str]]:
    """The code blocks of a page in that language: whether marked as tested, and the code."""
    text = page.read_text(encoding="utf-8")
    return [
        (found["tested"] is not None, found["code"])
        for found in _FENCE.finditer(text)
        if found["language"] == language
    ]


def without_code(page: Path) -> str:
    """The text of a page without its code blocks and code words."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]*`", "", text)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))
