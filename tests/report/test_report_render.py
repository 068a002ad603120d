"""The renderer and its PNG writer: right places, right order, right files, clear refusals."""

from __future__ import annotations

import io

import imageio.v3 as imageio
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from report_samples import ball_surface, left_pose

from euthymia.core.errors import InputError
from euthymia.report.render.png import encode_png
from euthymia.report.render.raster import Camera, Mesh, rasterise
from euthymia.report.render.shading import Skin, linear, render
from euthymia.report.render.shapes import ball, casing, tube, windings

RED, BLUE = np.array([0.8, 0.1, 0.1]), np.array([0.1, 0.1, 0.8])
FRONT = Camera(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.zeros(3), 100.0)


def as_mesh(radius_mm: float, colour: np.ndarray) -> Mesh:
    surface = ball_surface(radius_mm)
    return Mesh(surface.vertices_mm, surface.faces, surface.normals, colour)


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3, 4])))
)
def test_a_png_reads_back_pixel_for_pixel_by_another_program(pixels: np.ndarray) -> None:
    back = imageio.imread(io.BytesIO(encode_png(pixels)))
    assert np.array_equal(np.asarray(back).reshape(pixels.shape), pixels)


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3)), np.zeros((0, 2, 3), np.uint8)]
)
def test_what_is_no_picture_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(InputError, match="picture"):
        encode_png(pixels)


def test_a_ball_covers_the_area_of_its_disc_and_is_nearest_in_its_middle() -> None:
    layer = rasterise((as_mesh(30, RED),), FRONT, 200, 200)
    px_per_mm = 2.0
    area_mm2 = layer.covered.sum() / px_per_mm**2
    assert area_mm2 == pytest.approx(np.pi * 30**2, rel=0.02)
    assert layer.depth_mm[100, 100] == pytest.approx(-30, abs=0.5)


def test_the_camera_puts_right_to_the_right_and_up_upwards() -> None:
    # Seen from the front, the patient's right (+x) is on the left of the picture.
    placed = FRONT.project(np.array([[10.0, 0, 0], [0, 0, 10.0]]), 200, 200)
    assert placed[0, 0] == pytest.approx(80)
    assert placed[1, 1] == pytest.approx(80)
    behind = Camera(np.array([0.0, -1.0, 0.0]), np.array([0.0, 0, 1]), np.zeros(3), 100.0)
    assert behind.project(np.array([[10.0, 0, 0]]), 200, 200)[0, 0] == pytest.approx(120)


def test_what_is_nearer_hides_what_is_behind_in_either_order() -> None:
    near = Mesh(
        as_mesh(10, BLUE).vertices_mm + np.array([0, 40, 0]),
        as_mesh(10, BLUE).faces,
        as_mesh(10, BLUE).normals,
        BLUE,
    )
    far = as_mesh(30, RED)
    for solids in ((near, far), (far, near)):
        picture = render(solids, (), FRONT, (100, 100)).astype(int)
        assert picture[50, 50, 2] > picture[50, 50, 0] + 50
        assert picture[50, 75, 0] > picture[50, 75, 2] + 50


def test_a_skin_lets_the_inside_show_and_is_denser_at_its_rim() -> None:
    skin = Skin(as_mesh(40, np.array([0.1, 0.6, 0.1])), 0.1, 0.9)
    bare = render((as_mesh(20, RED),), (), FRONT, (100, 100)).astype(int)
    veiled = render((as_mesh(20, RED),), (skin,), FRONT, (100, 100)).astype(int)
    assert 0 < np.abs(veiled[50, 50] - bare[50, 50]).max() < 60
    assert veiled[50, 70, 0] > veiled[50, 88, 0] + 20  # clear in the middle, dark at the rim
    assert (veiled[2, 2] == 255).all()


def test_the_same_scene_gives_the_same_pixels() -> None:
    scene = ((as_mesh(30, RED),), (Skin(as_mesh(40, BLUE), 0.2, 0.9),))
    assert np.array_equal(render(*scene, FRONT, (80, 60)), render(*scene, FRONT, (80, 60)))


def test_supersampling_softens_edges() -> None:
    hard = render((as_mesh(30, RED),), (), FRONT, (100, 100), 1)
    soft = render((as_mesh(30, RED),), (), FRONT, (100, 100), 3)
    assert len(np.unique(soft.reshape(-1, 3), axis=0)) > len(np.unique(hard.reshape(-1, 3), axis=0))


def test_tubes_and_balls_have_normals_that_point_outwards() -> None:
    around = np.linspace(0, 2 * np.pi, 40)
    ring = np.column_stack([20 * np.cos(around), 20 * np.sin(around), np.zeros(40)])
    made = tube(ring, 2.0, RED)
    centres = np.repeat(ring, len(made.vertices_mm) // 40, axis=0)
    assert np.allclose(made.vertices_mm - centres, 2.0 * made.normals, atol=1e-6)
    round_ = ball(np.array([1.0, 2, 3]), 5.0, RED)
    assert np.allclose(round_.vertices_mm, [1, 2, 3] + 5.0 * round_.normals)


def test_the_casing_holds_the_windings_has_a_handle_behind_and_leaves_the_face_free() -> None:
    pose = left_pose()
    around = np.linspace(0, 2 * np.pi, 60)
    ring = np.column_stack([30 * np.cos(around), 30 * np.sin(around), np.full(60, -5.0)])
    apart = np.array([35.0, 0, 0])
    outlines = (ring + apart, ring - apart)
    shell = pose.to_coil(casing(outlines, pose, BLUE).vertices_mm)
    assert shell[:, 2].max() < 2.0
    assert shell[:, 1].min() < -90  # the handle leaves backwards, along -y
    assert shell[:, 1].max() < 45
    assert len(windings(outlines, pose, RED)) == 2


def test_windings_that_are_no_lines_and_a_coil_without_any_are_refused() -> None:
    with pytest.raises(InputError, match="winding of a coil"):
        tube(np.zeros((1, 3)), 1.0, RED)
    with pytest.raises(InputError, match="casing of a coil"):
        casing((), left_pose(), RED)


@pytest.mark.parametrize(
    ("vertices", "faces", "message"),
    [
        (np.zeros((3, 2)), [[0, 1, 2]], "vertices"),
        (np.full((3, 3), np.nan), [[0, 1, 2]], "not a number"),
        (np.zeros((3, 3)), [[0, 1, 3]], "not there"),
    ],
)
def test_broken_meshes_are_refused(
    vertices: np.ndarray, faces: list[list[int]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Mesh(vertices, np.array(faces), np.zeros_like(vertices), RED)


def test_a_camera_that_looks_along_its_own_up_is_refused() -> None:
    up = np.array([0.0, 0.0, 1.0])
    with pytest.raises(InputError, match="camera"):
        _ = Camera(up, up, np.zeros(3), 10.0).axes
    with pytest.raises(InputError, match="camera"):
        _ = Camera(np.array([1.0, 0, 0]), up, np.zeros(3), 0.0).axes


def test_colours_are_given_in_linear_light() -> None:
    assert np.allclose(linear(1.0, 0.0, 0.5), [1.0, 0.0, 0.2140], atol=1e-3)
