"""A small SVG writer: elements are values, all text is escaped, every picture has a title.

The same text goes into the HTML page, into the PDF and into the documentation, so it holds no
style sheet, no script and nothing from outside; fonts are named, never embedded.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from euthymia.core.errors import InputError
from euthymia.report.palette import INK, PAPER

SANS = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
"""Fonts that every system has one of; the PDF uses the typesetter's own instead."""

TINY, SMALL, NORMAL, LARGE = 9.0, 11.0, 12.0, 13.5
"""Sizes of text. A figure 720 units wide is set 172 mm wide on paper: 11 units are 7.4 points."""

Value: TypeAlias = str | int | float | None
Node: TypeAlias = "Element | str"

# XML 1.0 has no way to write most control characters, lone surrogates or the two non-characters.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """Text made safe for XML content and for attributes in double quotes."""
    clean = _FORBIDDEN.sub("\ufffd", text)
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        clean = clean.replace(plain, entity)
    return clean


def number(value: float) -> str:
    """A coordinate with at most two decimals and no trailing zeros; refuses NaN and infinity."""
    if not math.isfinite(value):
        raise InputError(
            "figure", f"a coordinate is {value}", "Give finite numbers to everything it draws"
        )
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


@dataclass(frozen=True, slots=True)
class Element:
    """One SVG element: its tag, its attributes in the order they are written, its children."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Node, ...] = ()

    def render(self) -> str:
        """The element as text."""
        opening = self.tag + "".join(f' {name}="{escape(v)}"' for name, v in self.attributes)
        if not self.children:
            return f"<{opening}/>"
        inside = "".join(
            escape(child) if isinstance(child, str) else child.render() for child in self.children
        )
        return f"<{opening}>{inside}</{self.tag}>"


def element(tag: str, *children: Node | None, **attributes: Value) -> Element:
    """An element; `stroke_width` becomes stroke-width, `class_` becomes class, None is left out."""
    written = tuple(
        (name.rstrip("_").replace("_", "-"), value if isinstance(value, str) else number(value))
        for name, value in attributes.items()
        if value is not None
    )
    return Element(tag, written, tuple(child for child in children if child is not None))


def group(children: Iterable[Node | None], **attributes: Value) -> Element:
    """Elements under one set of attributes."""
    return element("g", *children, **attributes)


def rect(x: float, y: float, width: float, height: float, **attributes: Value) -> Element:
    """An upright rectangle by its top left corner."""
    return element("rect", x=x, y=y, width=width, height=height, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: Value) -> Element:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **{"stroke": INK, **attributes})


def circle(x: float, y: float, radius: float, **attributes: Value) -> Element:
    """A circle by its centre."""
    return element("circle", cx=x, cy=y, r=radius, **attributes)


def polyline(points: Iterable[tuple[float, float]], closed: bool = False, **a: Value) -> Element:
    """A line through points, or the closed shape that they bound."""
    listed = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return element("polygon" if closed else "polyline", points=listed, **{"fill": "none", **a})


def path(parts: str, **attributes: Value) -> Element:
    """A path by its drawing commands."""
    return element("path", d=parts, **attributes)


def text(
    x: float,
    y: float,
    words: str,
    size: float = NORMAL,
    anchor: str = "start",
    *,
    bold: bool = False,
    fill: str = INK,
    halo: str | None = None,
    **attributes: Value,
) -> Element:
    """One line of text on its baseline; `halo` is a colour that lifts it off the background."""
    behind: dict[str, Value] = {}
    if halo is not None:
        behind = {"stroke": halo, "stroke_width": 3, "stroke_linejoin": "round"}
        behind["paint_order"] = "stroke"
    return element(
        "text",
        words,
        x=x,
        y=y,
        font_size=size,
        text_anchor=None if anchor == "start" else anchor,
        font_weight="bold" if bold else None,
        fill=fill,
        **behind,
        **attributes,
    )


def hint(shape: Element, words: str) -> Element:
    """The shape with a `<title>` of its own: read aloud, and shown where the pointer rests."""
    return Element(shape.tag, shape.attributes, (element("title", words), *shape.children))


def image(x: float, y: float, width: float, height: float, png: bytes) -> Element:
    """A PNG picture inside the SVG."""
    data = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return element(
        "image",
        x=x,
        y=y,
        width=width,
        height=height,
        href=data,
        preserveAspectRatio="none",
    )


def arrow_head(x: float, y: float, towards_deg: float, size: float = 5, fill: str = INK) -> Element:
    """A small filled triangle with its tip at (x, y); 0 degrees points right, 90 down."""
    angle = math.radians(towards_deg)
    points = [(x, y)]
    for turn in (-0.42, 0.42):
        points.append(
            (x - size * math.cos(angle + turn), y - size * math.sin(angle + turn)),
        )
    return polyline(points, closed=True, fill=fill)


def text_width(words: str, size: float = NORMAL) -> float:
    """About how wide the text is in Helvetica, in the picture's units; a little on the wide side.

    Layout needs it before any font is at hand. The typesetter's own font is narrower.
    """
    return size * sum(_letter_width(letter) for letter in words)


def _letter_width(letter: str) -> float:
    if letter in "iljtf.,:;'|![]() I":
        return 0.31
    if letter in "mwMW%@—":
        return 0.87
    if letter.isupper():
        return 0.69
    return 0.56 if ord(letter) < 0x2E80 else 1.0


def shorten(words: str, width: float, size: float = NORMAL) -> str:
    """The text, cut with an ellipsis where it would be wider than `width`."""
    if text_width(words, size) <= width:
        return words
    kept = words
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def slug(words: str) -> str:
    """A name for an id: lower-case ASCII letters, digits and hyphens, never empty."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "figure"


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole figure: its size in units of about a pixel, what it shows in words, its elements.

    `name` is unique in the document it goes into; the ids inside the figure begin with it.
    `description` says what a sighted reader learns from the figure.
    """

    name: str
    width: float
    height: float
    title: str
    description: str
    content: tuple[Node, ...]

    def render(self) -> str:
        """The figure as SVG text, the same bytes for the same figure."""
        name = slug(self.name)
        return element(
            "svg",
            element("title", self.title, id=f"{name}-title"),
            element("desc", self.description, id=f"{name}-desc"),
            rect(0, 0, self.width, self.height, fill=PAPER),
            *self.content,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            width=self.width,
            height=self.height,
            role="img",
            aria_labelledby=f"{name}-title {name}-desc",
            font_family=SANS,
        ).render()


def nested(rendered: Picture, x: float, y: float) -> Element:
    """A figure as a part of a larger one; its title stays with it."""
    return element(
        "g",
        element("title", rendered.title),
        *rendered.content,
        transform=f"translate({number(x)} {number(y)})",
    )
