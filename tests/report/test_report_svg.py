"""The SVG writer: well-formed, escaped, accessible, and strict about numbers."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import HOSTILE

from euthymia.core.errors import InputError
from euthymia.report import svg


@given(st.text(max_size=60))
def test_any_text_comes_back_from_the_xml_as_it_went_in_but_for_what_xml_cannot_hold(
    words: str,
) -> None:
    drawn = svg.Picture("p", 10, 10, "title", "words", (svg.text(1, 2, words),)).render()
    found = ElementTree.fromstring(drawn).find("{http://www.w3.org/2000/svg}text")
    assert found is not None
    expected = svg._FORBIDDEN.sub("\ufffd", words).replace("\r\n", "\n").replace("\r", "\n")
    assert (found.text or "") == expected


def test_hostile_text_stays_text_in_titles_attributes_and_labels() -> None:
    shape = svg.hint(svg.rect(0, 0, 1, 1, fill=HOSTILE), HOSTILE)
    drawn = svg.Picture(HOSTILE, 10, 10, HOSTILE, HOSTILE, (shape,)).render()
    root = ElementTree.fromstring(drawn)
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert root.findtext("{http://www.w3.org/2000/svg}title") == HOSTILE


def test_a_picture_has_a_role_a_title_and_a_description_that_its_label_names() -> None:
    root = ElementTree.fromstring(svg.Picture("My figure!", 10, 5, "A", "B", ()).render())
    ids = {each.get("id"): each.text for each in root if each.get("id")}
    assert root.get("role") == "img"
    assert [ids[name] for name in (root.get("aria-labelledby") or "").split()] == ["A", "B"]
    assert root.get("viewBox") == "0 0 10 5"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (1.234567, "1.23"), (-0.001, "0"), (0.5, "0.5"), (1e3, "1000"), (-2.5, "-2.5")],
)
def test_numbers_are_short_and_have_no_minus_zero(value: float, text: str) -> None:
    assert svg.number(value) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_coordinate_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="a coordinate is"):
        svg.rect(value, 0, 1, 1).render()


def test_attributes_that_are_none_are_left_out_and_names_get_their_hyphens() -> None:
    written = svg.element("g", stroke_width=2, class_="x", fill=None).render()
    assert written == '<g stroke-width="2" class="x"/>'


def test_shortened_text_fits_and_ends_with_an_ellipsis() -> None:
    words = "a rather long name of a treatment"
    cut = svg.shorten(words, 60, 11)
    assert cut.endswith("…")
    assert svg.text_width(cut, 11) <= 60
    assert svg.shorten("short", 60, 11) == "short"


@given(st.text(max_size=40))
def test_a_slug_is_always_a_safe_id(words: str) -> None:
    assert svg.slug(words)
    assert set(svg.slug(words)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
