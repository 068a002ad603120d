"""The skull's surfaces, its marrow, and fat beside the brain, on balls whose radii are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from head_samples import RADIUS_MM, sphere
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.model.head.maps import TissueMaps
from euthymia.model.head.tissue.brain import Priors
from euthymia.model.head.tissue.fat import fat_near_brain, orbits
from euthymia.model.head.tissue.marrow import find_marrow
from euthymia.model.head.tissue.mixture import Mixture
from euthymia.model.head.tissue.shares import Evidence, partial_volumes
from euthymia.model.head.tissue.skull import SkullLayers, find_skull
from euthymia.model.head.tissue.t2 import T2
from euthymia.model.head.volume import BONE, BRAIN, Tissue

INNER_MM, OUTER_MM = 74.0, 79.0
FLUID, BONE_T1 = 0.35, 0.15
TABLE = {
    Tissue.AIR: 0.0,
    Tissue.WHITE: 1.4,
    Tissue.GREY: 1.0,
    Tissue.CSF: FLUID,
    Tissue.SKULL: BONE_T1,
    Tissue.SCALP: 1.7,
}


def drawn(table: dict[Tissue, float], noise: float, seed: int = 1) -> np.ndarray:
    """An image of the ball with partial volume and noise."""
    values = np.zeros(max(Tissue) + 1, np.float32)
    values[list(table)] = list(table.values())
    image = ndimage.gaussian_filter(values[sphere().labels], 0.5)
    return np.abs(image + noise * np.random.default_rng(seed).standard_normal(image.shape)).astype(
        np.float32
    )


def layers_of(t1: np.ndarray, noise: float, t2: np.ndarray | None = None) -> SkullLayers:
    volume = sphere()
    head, hull = volume.labels > 0, volume.mask(*BRAIN)
    return find_skull(t1, head, hull, volume.affine, fluid=FLUID, noise=noise, t2=t2)


@cache
def quiet_layers() -> SkullLayers:
    return layers_of(drawn(TABLE, 0.01), 0.01)


def radii_mm() -> np.ndarray:
    volume = sphere()
    return np.linalg.norm(volume.to_world(np.argwhere(volume.labels >= 0)), axis=1).reshape(
        volume.labels.shape
    )


def errors_mm(depth_mm: np.ndarray, radius_mm: float) -> np.ndarray:
    """How far the depth below a surface is off, in the voxels next to it."""
    near = np.abs(radii_mm() - radius_mm) < 1.5
    return np.abs(depth_mm[near] - (radius_mm - radii_mm()[near]))


def test_both_surfaces_of_the_skull_are_found_within_half_a_voxel() -> None:
    found = quiet_layers()
    half_mm = 0.5 * float(sphere().spacing_mm.mean())
    assert np.median(errors_mm(found.inner_mm, INNER_MM)) < half_mm
    assert np.median(errors_mm(found.outer_mm, OUTER_MM)) < half_mm
    assert found.bone == pytest.approx(BONE_T1, abs=0.05)


@pytest.mark.parametrize("scalp", [0.9, 1.8], ids=["muscle", "fat"])
def test_the_end_of_bone_is_found_under_muscle_and_under_fat(scalp: float) -> None:
    found = layers_of(drawn({**TABLE, Tissue.SCALP: scalp}, 0.01), 0.01)
    half_mm = 0.5 * float(sphere().spacing_mm.mean())
    assert np.median(errors_mm(found.outer_mm, OUTER_MM)) < half_mm


def test_a_t2_shows_the_inner_surface_where_the_t1_does_not() -> None:
    noise = 0.12
    blind = {**TABLE, Tissue.CSF: 0.22}
    t1 = drawn(blind, noise)
    wet = drawn({**TABLE, Tissue.CSF: 1.0, Tissue.GREY: 0.5, Tissue.WHITE: 0.4}, 0.03, seed=2)
    alone = errors_mm(layers_of(t1, noise).inner_mm, INNER_MM)
    both = errors_mm(layers_of(t1, noise, np.minimum(wet, 1.0)).inner_mm, INNER_MM)
    assert both.mean() < 0.8 * alone.mean()
    assert np.median(both) < 0.6


def priors() -> Priors:
    parts = [
        ndimage.gaussian_filter(sphere().mask(tissue).astype(np.float32), 0.5)
        for tissue in (Tissue.CSF, Tissue.GREY, Tissue.WHITE)
    ]
    return Priors(np.stack(parts))


MODEL = Mixture(np.array([FLUID, 1.0, 1.4]), 0.1)


def test_an_image_in_which_fluid_is_dark_is_no_t2() -> None:
    t1 = drawn(TABLE, 0.01)
    with pytest.raises(InputError, match="fluid is not brighter"):
        T2.of(t1, t1, sphere().mask(*BRAIN), priors(), MODEL)


def test_a_t2_on_another_grid_is_refused() -> None:
    t1 = drawn(TABLE, 0.01)
    with pytest.raises(InputError, match="is not that of the T1"):
        T2.of(t1[:-1], t1, sphere().mask(*BRAIN), priors(), MODEL)


def test_a_t2_tells_fluid_from_grey_matter() -> None:
    wet = drawn({**TABLE, Tissue.CSF: 2.2, Tissue.WHITE: 0.75, Tissue.SCALP: 0.5}, 0.02)
    t2 = T2.of(wet, drawn(TABLE, 0.01), sphere().mask(*BRAIN), priors(), MODEL)
    likelihood = t2.log_likelihood()
    grey = sphere().mask(Tissue.GREY) & (wet < 1.3)
    assert (likelihood[1][grey] > likelihood[0][grey]).mean() > 0.95
    assert t2.to_fluid.max() == pytest.approx(1.0)


def test_marrow_is_found_between_two_tables_and_only_where_it_is_bright() -> None:
    radius = np.linalg.norm(np.indices((61, 61, 61)) - 30.0, axis=0)
    skull = (radius > 18) & (radius <= 28)
    between = (radius > 21) & (radius <= 25)
    t1 = np.where(between, 0.6, 0.15).astype(np.float32)
    t1[radius > 28] = 1.8
    found = find_marrow(t1, skull, 0.15, 0.02, np.ones(3))
    assert (found & between).sum() > 0.9 * between.sum()
    assert not (found & ((radius <= 19) | (radius > 27))).any()
    dark = np.where(skull, 0.15, t1).astype(np.float32)
    assert not find_marrow(dark, skull, 0.15, 0.02, np.ones(3)).any()


def test_fat_beside_the_cavity_is_told_from_vessels_inside_it() -> None:
    place = np.indices((60, 60, 60)) - 30.0
    cavity = np.linalg.norm(place, axis=0) < 20
    t1 = np.where(cavity, 1.0, 0.2).astype(np.float32)
    t1[48:56, 26:34, 26:34] = 2.0  # beside it, reaching in
    t1[46:49, 28:32, 28:32] = 2.0
    t1[28:32, 10:50, 28:32] = 2.0  # a vessel through the middle
    found = fat_near_brain(t1, 1.4, cavity, np.ones(3))
    assert found[50, 30, 30]
    assert found[47, 30, 30]
    assert not found[30, 20:40, 30].any()


def test_the_muscles_between_strips_of_orbital_fat_belong_to_the_orbit() -> None:
    fat = np.zeros((60, 60, 60), bool)
    fat[20:40, 20:23, 20:40] = fat[20:40, 30:33, 20:40] = True
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    found = orbits(fat, (np.array([30.0, 26.0, 30.0]),), affine)
    assert found[30, 26, 30]
    assert not found[5, 5, 5]
    assert not orbits(fat, (), affine).any()
    assert not orbits(fat, (np.array([500.0, 0.0, 0.0]),), affine).any()


def test_shares_on_a_smooth_border_are_its_partial_volume() -> None:
    volume = sphere()
    spacing = float(volume.spacing_mm.mean())
    depths = [
        (radius - radii_mm()).astype(np.float32) for radius in (INNER_MM, OUTER_MM, RADIUS_MM)
    ]
    evidence = Evidence(drawn(TABLE, 0.0), MODEL.means, 0.0, *depths)
    maps = partial_volumes(volume, evidence)
    assert np.array_equal(maps.labels().labels, volume.labels)
    within = 1.0 - maps.share(Tissue.SCALP) - maps.share(Tissue.AIR)
    near = np.abs(radii_mm() - OUTER_MM) < 0.5 * spacing
    exact = np.clip(0.5 + (OUTER_MM - radii_mm()[near]) / spacing, 0, 1)
    assert np.abs(within[near] - exact).mean() < 0.02
    deep = radii_mm() < 60.0
    assert (maps.share(Tissue.WHITE)[deep] == 1.0).all()


def test_a_border_voxel_of_grey_and_fluid_has_the_shares_its_brightness_tells() -> None:
    volume = sphere()
    t1 = drawn(TABLE, 0.0)
    edge = volume.mask(Tissue.GREY) & ndimage.binary_dilation(volume.mask(Tissue.CSF))
    edge &= ~ndimage.binary_dilation(volume.mask(Tissue.WHITE, *BONE))
    t1[edge] = FLUID + 0.75 * (1.0 - FLUID)
    far = np.full(t1.shape, 9.0, np.float32)
    maps = partial_volumes(volume, Evidence(t1, MODEL.means, 0.01, far, far, far))
    assert np.median(maps.share(Tissue.GREY)[edge]) == pytest.approx(0.75, abs=0.02)
    assert TissueMaps.of_labels(volume).share(Tissue.GREY)[edge].min() == 1.0
