"""Report figures on a page: only drawings are let in, nothing that runs or reaches outside."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from django.utils.safestring import SafeString, mark_safe

from euthymia.core.errors import InputError

_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = """
svg g title desc rect line circle ellipse polyline polygon path text tspan image defs clipPath
linearGradient radialGradient stop pattern marker use symbol mask
"""
_ALLOWED = frozenset(f"{_SVG}{name}" for name in _DRAWN.split())
_HREF = ("href", "{http://www.w3.org/1999/xlink}href")
_INSIDE = re.compile(r"^(#[\w.-]+|data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*)$")
_REACHES_OUT = re.compile(r"url\(\s*['\"]?(?!#)|javascript:|expression\(", re.IGNORECASE)


def checked_svg(text: str) -> SafeString:
    """The figure, safe to stand in a page; refuses what a drawing does not need.

    The report's own writer escapes everything it is given. This is the second lock: a script, an
    event handler, a style, a link or a document type does not pass, whoever wrote the text.
    """
    body = text.strip()
    if not body.startswith("<svg"):
        raise _refusal("it does not begin with <svg")
    if "<!" in body.replace("<!--", ""):
        raise _refusal("it declares a document type")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as problem:
        raise _refusal(f"it is not well-formed ({problem})") from problem
    for element in root.iter():
        if element.tag not in _ALLOWED:
            raise _refusal(f"it holds <{str(element.tag).removeprefix(_SVG)}>")
        for name, value in element.attrib.items():
            _check_attribute(name, value)
    return mark_safe(body)  # every element and attribute of it has just been checked


def _check_attribute(name: str, value: str) -> None:
    bare = name.rpartition("}")[2].lower()
    if bare.startswith("on") or bare == "style":
        raise _refusal(f"it has the attribute {bare}")
    if name in _HREF and not _INSIDE.match(value):
        raise _refusal("it links to something outside itself")
    if _REACHES_OUT.search(value) and name not in _HREF:
        raise _refusal(f"its attribute {bare} reaches outside")


def _refusal(problem: str) -> InputError:
    return InputError("figure", problem, "Draw it with euthymia.report.svg")
