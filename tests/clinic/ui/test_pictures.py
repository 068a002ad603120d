"""What a figure may hold to stand in a page."""

from __future__ import annotations

import pytest

from euthymia.clinic.ui.pictures import checked_svg
from euthymia.core.errors import InputError
from euthymia.report import svg

_OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


def test_a_figure_of_the_report_passes_unchanged() -> None:
    drawn = svg.Picture(
        "one", 100, 50, 'A <title> & "more"', "Says what it shows.",
        (svg.line(0, 0, 10, 10), svg.image(0, 0, 5, 5, b"\x89PNG"), svg.text(1, 2, "a < b")),
    ).render()  # fmt: skip
    assert checked_svg(drawn) == drawn


@pytest.mark.parametrize(
    ("inside", "named"),
    [
        ("<script>alert(1)</script>", "script"),
        ("<foreignObject><p>x</p></foreignObject>", "foreignObject"),
        ("<style>*{}</style>", "style"),
        ('<rect onclick="x()"/>', "onclick"),
        ('<rect style="fill:red"/>', "style"),
        ('<use href="https://elsewhere.example/a.svg#x"/>', "links"),
        ('<use xlink:href="javascript:x()"/>', "links"),
        ('<image href="data:image/svg+xml;base64,AAAA"/>', "links"),
        ('<rect fill="url(https://elsewhere.example/a)"/>', "reaches outside"),
        ('<a href="#x"><rect/></a>', "<a>"),
        ("<rect>", "not well-formed"),
    ],
)
def test_what_runs_or_reaches_outside_is_refused(inside: str, named: str) -> None:
    with pytest.raises(InputError, match=named):
        checked_svg(f"{_OPEN}{inside}</svg>")


def test_a_document_type_is_refused_so_that_no_entity_expands() -> None:
    with pytest.raises(InputError, match="does not begin"):
        checked_svg('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>')
    with pytest.raises(InputError, match="document type"):
        checked_svg(f"{_OPEN}<!DOCTYPE svg></svg>")
