"""The templates and style sheets themselves: one palette, nothing inline, every icon drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from euthymia import clinic
from euthymia.core.findings import Severity
from euthymia.report import palette

ROOT = Path(clinic.__file__).parent
TEMPLATES = sorted(ROOT.rglob("templates/**/*.html"))
STATIC = ROOT / "ui" / "static" / "ui"


def _tokens() -> dict[str, str]:
    """The colours of the light scheme."""
    text = (STATIC / "tokens.css").read_text(encoding="utf-8")
    light = text[: text.index("@media")]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))


def test_the_colours_of_pages_are_those_of_reports() -> None:
    tokens = _tokens()
    for severity in Severity:
        assert tokens[severity.label] == palette.SEVERITY[severity]
        assert tokens[f"{severity.label}-wash"] == palette.SEVERITY_WASH[severity]
    expected = {"ink": palette.INK, "soft": palette.SOFT_INK, "line": palette.HAIRLINE,
                "paper": palette.PAPER, "accent": palette.BLUE, "good": palette.GREEN}  # fmt: skip
    assert {name: tokens[name] for name in expected} == expected


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_reads_on_every_ground_it_stands_on(scheme: str) -> None:
    text = (STATIC / "tokens.css").read_text(encoding="utf-8")
    dark = text[text.index("color-scheme: dark") : text.index("prefers-contrast")]
    tokens = _tokens()
    if scheme == "dark":
        tokens |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    pairs = [(name, ground) for name in ("ink", "soft", "accent") for ground in ("paper", "ground")]
    for tone in ("good", "stop", "acknowledge", "caution", "note"):
        pairs += [(tone, f"{tone}-wash"), (tone, "paper"), ("ink", f"{tone}-wash")]
        pairs.append(("soft", f"{tone}-wash"))
    pairs += [("accent-deep", "accent-wash"), ("on-accent", "accent"), ("soft", "wash")]
    pairs.append(("synthetic", "synthetic-wash"))
    short = {
        f"{a} on {b}": round(_contrast(tokens[a], tokens[b]), 2)
        for a, b in pairs
        if _contrast(tokens[a], tokens[b]) < 4.5
    }
    assert not short
    assert _contrast(tokens["edge"], tokens["paper"]) >= 3  # the edge of a field is not text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_template_holds_no_script_style_or_handler_of_its_own(path: Path) -> None:
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text("utf-8"),
                  flags=re.DOTALL)  # fmt: skip
    for opening in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in opening or 'type="application/json"' in opening, opening
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"(src|href)=\"(https?:)?//", text), "nothing comes from elsewhere"


def test_every_icon_that_is_asked_for_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    asked = {
        name for path in TEMPLATES for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())
    }
    assert asked <= drawn
    assert {severity.label for severity in Severity} <= drawn
