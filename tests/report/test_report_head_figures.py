"""Slices, 3-D view, placement map and bars: what they show, where, and what they refuse."""

from __future__ import annotations

import base64
import io
import re

import imageio.v3 as imageio
import numpy as np
import pytest
from report_samples import (
    HOSTILE,
    ball_head,
    ball_surface,
    left_pose,
    of_class,
    parsed,
    words_of,
)

from euthymia.core.errors import InputError
from euthymia.report.fieldscale import FieldScale
from euthymia.report.figures import fieldmap, slices, view3d

TARGET = np.array([-14.0, 14.0, 12.0])


def field(points: np.ndarray) -> np.ndarray:
    """A field that is 100 V/m at the target and falls off around it; unknown on the far right."""
    values = 100 * np.exp(-np.sum((points - TARGET) ** 2, axis=1) / 150)
    return np.where(points[:, 0] > 20, np.nan, values)


def pictures(svg: str) -> list[np.ndarray]:
    found = re.findall(r'href="data:image/png;base64,([^"]+)"', svg)
    return [np.asarray(imageio.imread(io.BytesIO(base64.b64decode(data)))) for data in found]


@pytest.fixture(scope="module")
def drawn() -> str:
    return slices.draw(ball_head(), field, TARGET, FieldScale(100), pose=left_pose())


def test_three_slices_are_drawn_with_planes_letters_and_units(drawn: str) -> None:
    assert len(pictures(drawn)) == 3
    words = words_of(drawn)
    for said in ("sagittal, x = −14 mm", "coronal, y = 14 mm", "axial, z = 12 mm", "V/m", "50 mm"):
        assert said in words
    letters = [each.text for each in parsed(drawn).iter() if each.tag.endswith("text")]
    assert [letters.count(letter) for letter in ("L", "R", "A", "P")] == [2, 2, 1, 1]


def test_the_patients_left_is_left_and_the_nose_is_left_on_the_sagittal_slice(drawn: str) -> None:
    # The field sits left, in front and above the middle: that is where the colour must be.
    for picture in pictures(drawn):
        coloured = np.ptp(picture.astype(int), axis=2) > 60
        rows, columns = np.nonzero(coloured)
        assert columns.mean() < picture.shape[1] / 2
        assert rows.mean() < picture.shape[0] / 2


def test_the_field_is_shown_in_the_brain_only(drawn: str) -> None:
    axial = pictures(drawn)[2].astype(int)
    size_mm = 0.5
    rows, columns = np.nonzero(np.ptp(axial, axis=2) > 40)
    centre = np.array(axial.shape[:2]) / 2
    away = np.hypot(rows - centre[0], columns - centre[1]) * size_mm
    assert away.max() < np.sqrt(30**2 - 12**2) + 1.5


def test_an_axis_is_drawn_and_described_only_with_a_pose() -> None:
    plain = slices.draw(ball_head(), field, TARGET, FieldScale(100))
    assert "coil's axis" not in words_of(plain)


@pytest.mark.parametrize("target", [[-60.0, 0, 0], [0.0, 0, 500], [np.nan, 0, 0], [0.0, 0]])
def test_slices_through_a_target_outside_the_head_are_refused(target: list[float]) -> None:
    with pytest.raises(InputError, match="slices"):
        slices.draw(ball_head(), field, np.array(target), FieldScale(100))


@pytest.fixture(scope="module")
def scene() -> view3d.Scene:
    cortex = ball_surface(30)
    around = np.linspace(0, 2 * np.pi, 40)
    ring = np.column_stack([12 * np.cos(around), 12 * np.sin(around), np.full(40, -5.0)])
    apart = np.array([14.0, 0, 0])
    return view3d.Scene(
        cortex,
        field(cortex.vertices_mm),
        ball_surface(41, 3.0),
        left_pose(),
        TARGET,
        coil_outlines_mm=(ring + apart, ring - apart),
        coil_name=HOSTILE,
        target_name="left DLPFC",
    )


def test_the_view_has_two_pictures_a_bar_a_target_and_words(scene: view3d.Scene) -> None:
    svg = view3d.draw(scene)
    assert len(pictures(svg)) == 2
    words = words_of(svg)
    for said in ("left DLPFC", "handle", "V/m", "20 mm"):
        assert said in words
    assert not [each for each in parsed(svg).iter() if each.tag.endswith("script")]


def test_the_close_up_shows_the_strong_field_in_its_middle(scene: view3d.Scene) -> None:
    close = pictures(view3d.draw(scene))[1].astype(int)
    middle = close[close.shape[0] // 2 - 40 : close.shape[0] // 2 + 40]
    middle = middle[:, close.shape[1] // 2 - 40 : close.shape[1] // 2 + 40]
    assert np.ptp(middle, axis=2).mean() > 60  # saturated colour, not the grey of the cortex


def test_the_same_scene_is_drawn_with_the_same_bytes(scene: view3d.Scene) -> None:
    assert view3d.draw(scene) == view3d.draw(scene)


def test_a_field_that_does_not_fit_the_cortex_is_refused(scene: view3d.Scene) -> None:
    with pytest.raises(InputError, match="field values"):
        view3d.Scene(scene.cortex, np.ones(3), scene.scalp, scene.pose, TARGET)
    with pytest.raises(InputError, match="no point"):
        view3d.Scene(
            scene.cortex, scene.field_v_per_m, scene.scalp, scene.pose, np.array([0.0, np.nan, 0])
        )


def grid() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    forward, right = (part.ravel() for part in np.mgrid[-10:11:5, -10:11:5].astype(float))
    return forward, right, 100 - 0.2 * ((forward - 5) ** 2 + right**2)


def test_the_placement_map_has_a_disc_a_position_and_a_cross_on_the_best() -> None:
    svg = fieldmap.draw_map(*grid())
    discs = of_class(svg, "place")
    assert len(discs) == 25
    assert "+5 mm forward, +0 mm right: 100 V/m" in words_of(svg)
    cross = [each for each in parsed(svg).iter() if each.get("stroke") == "#e3006f"]
    best = next(d for d in discs if "100 V/m" in "".join(d.itertext()))
    assert cross[0].get("cx") == best.get("cx") and cross[0].get("cy") == best.get("cy")


def test_forward_is_up_and_right_is_right_on_the_placement_map() -> None:
    discs = of_class(fieldmap.draw_map(*grid()), "place")
    place = {"".join(d.itertext()).split(":")[0]: d for d in discs}
    front, back = place["+10 mm forward, +0 mm right"], place["-10 mm forward, +0 mm right"]
    right, left = place["+0 mm forward, +10 mm right"], place["+0 mm forward, -10 mm right"]
    assert float(front.get("cy") or 0) < float(back.get("cy") or 0)
    assert float(right.get("cx") or 0) > float(left.get("cx") or 0)


@pytest.mark.parametrize(
    ("forward", "right", "values"),
    [
        ([0, 1], [0, 1], [1, 2]),
        ([0, 1, 2], [0, 1], [1, 2, 3]),
        ([0, 1, 2], [0, 1, 2], [1, 2, np.nan]),
    ],
)
def test_maps_without_enough_or_with_unknown_values_are_refused(
    forward: list[float], right: list[float], values: list[float]
) -> None:
    with pytest.raises(InputError, match="placement map"):
        fieldmap.draw_map(np.array(forward), np.array(right), np.array(values))


def test_bars_are_as_long_as_their_fields() -> None:
    bars = [fieldmap.RuleBar("best", 100.0, chosen=True), fieldmap.RuleBar("F3 & co", 50.0, "9 mm")]
    svg = fieldmap.draw_rules(bars)
    long, short = (float(each.get("width") or 0) for each in of_class(svg, "rule"))
    assert long / short == pytest.approx(2, rel=0.01)
    assert "50 % of the best; 9 mm" in words_of(svg) and "F3 & co" in words_of(svg)


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_bars_of_impossible_fields_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="placement F3"):
        fieldmap.draw_rules([fieldmap.RuleBar("F3", value)])
    with pytest.raises(InputError, match="there is none"):
        fieldmap.draw_rules([])
