"""The field's colours: even to the eye, rising in lightness, inside what a screen can show."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.report import palette
from euthymia.report.colourmap import (
    colour_at,
    colours,
    decode,
    encode,
    ink_on,
    lightness,
    linear_to_oklab,
    oklab_to_linear,
    table,
)
from euthymia.report.fieldscale import FieldScale


def test_lightness_only_rises_so_that_grey_print_is_still_a_scale() -> None:
    light = lightness(table())
    assert np.diff(light).min() > 0
    assert light[0] < 0.3 and light[-1] > 0.9


def test_equal_steps_of_field_are_equal_steps_to_the_eye() -> None:
    steps = np.linalg.norm(np.diff(linear_to_oklab(decode(table())), axis=0), axis=1)
    assert steps.max() / steps.min() < 1.02


def test_every_colour_can_be_shown_without_clipping() -> None:
    lab = linear_to_oklab(decode(table()))
    linear = oklab_to_linear(lab)
    assert linear.min() > -1e-6 and linear.max() < 1 + 1e-6


def test_oklab_agrees_with_published_values() -> None:
    # Ottosson 2020: white is (1, 0, 0); pure red is (0.628, 0.225, 0.126).
    assert np.allclose(linear_to_oklab(np.array([[1.0, 1.0, 1.0]])), [[1, 0, 0]], atol=1e-3)
    red = linear_to_oklab(np.array([[1.0, 0.0, 0.0]]))
    assert np.allclose(red, [[0.628, 0.225, 0.126]], atol=1e-3)


def test_encoding_and_decoding_are_inverse() -> None:
    values = np.linspace(0, 1, 101)
    assert np.allclose(decode(encode(values)), values, atol=1e-9)


def test_beyond_the_scale_the_ends_hold_and_nan_is_refused() -> None:
    assert np.allclose(colours(np.array([-1.0, 2.0])), colours(np.array([0.0, 1.0])))
    with pytest.raises(InputError, match="NaN"):
        colours(np.array([0.5, np.nan]))


def test_ink_is_white_on_dark_and_black_on_light() -> None:
    assert ink_on(colour_at(0.0)) == "#ffffff"
    assert ink_on(colour_at(1.0)) != "#ffffff"


def _contrast(first: str, second: str) -> float:
    luminance = []
    for colour in (first, second):
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        luminance.append(float(decode(parts) @ [0.2126, 0.7152, 0.0722]))
    return (max(luminance) + 0.05) / (min(luminance) + 0.05)


@pytest.mark.parametrize("severity", list(Severity))
def test_severities_read_well_on_their_ground_and_under_white_letters(severity: Severity) -> None:
    assert _contrast(palette.SEVERITY[severity], palette.SEVERITY_WASH[severity]) >= 4.5
    assert _contrast(palette.SEVERITY[severity], "#ffffff") >= 4.5


@pytest.mark.parametrize("colour", [palette.INK, palette.SOFT_INK, palette.VERMILION])
def test_text_colours_have_contrast_on_paper(colour: str) -> None:
    assert _contrast(colour, palette.PAPER) >= 4.5


def test_the_scale_has_a_round_top_just_above_the_field() -> None:
    field = np.append(np.linspace(0, 102.3, 5000), np.nan)
    assert FieldScale.of(field).top_v_per_m == 120


def test_weak_fields_are_clear_strong_ones_opaque_and_unknown_ones_invisible() -> None:
    scale = FieldScale(100)
    opacity = scale.opacity(np.array([0.0, 14.0, 46.0, 100.0, np.nan]))
    assert opacity.tolist() == [0, 0, 1, 1, 0]
    base = np.array([0.2, 0.3, 0.4])
    assert np.allclose(scale.over(base, np.array([0.0, np.nan])), [base, base])


@pytest.mark.parametrize("field", [np.zeros(5), np.full(3, np.nan), np.array([])])
def test_a_field_that_is_nowhere_above_zero_has_no_scale(field: np.ndarray) -> None:
    with pytest.raises(InputError, match="scale of the field"):
        FieldScale.of(field)
