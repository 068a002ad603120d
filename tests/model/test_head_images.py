"""What is refused as a head image, and what is made of the rest."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.model.head.image.read import load_head_image, resampled

SHAPE = (130, 140, 125)


def image(tmp_path: Path, values: np.ndarray, spacing: float = 1.0, **header: object) -> Path:
    affine = np.diag([spacing, spacing, spacing, 1.0])
    made = nib.Nifti1Image(values, affine)
    made.set_sform(affine, int(header.get("code", 1)))
    made.set_qform(affine, int(header.get("code", 1)))
    path = tmp_path / "t1.nii.gz"
    nib.save(made, path)
    return path


def blob() -> np.ndarray:
    """Something smooth without symmetry."""
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")
    return (1000 * np.exp(-3 * ((x - 0.2) ** 2 + (y + 0.1) ** 2 + 2 * z**2))).astype(np.float32)


def test_a_good_image_keeps_its_voxels_and_affine(tmp_path: Path) -> None:
    values = blob()
    loaded = load_head_image(image(tmp_path, values))
    assert np.allclose(loaded.values, values)
    assert np.allclose(loaded.affine, np.eye(4))
    assert loaded.frame.id.startswith("image:")
    assert loaded.findings == ()


def test_a_text_file_named_as_an_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.nii.gz"
    path.write_text("the T1 is on the other disk")
    with pytest.raises(InputError, match="cannot be read as an image"):
        load_head_image(path)


def test_an_absent_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_head_image(tmp_path / "none.nii.gz")
    (tmp_path / "empty.nii.gz").touch()
    with pytest.raises(InputError, match="file is empty"):
        load_head_image(tmp_path / "empty.nii.gz")


def test_a_time_series_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not one three-dimensional image"):
        load_head_image(image(tmp_path, np.ones((64, 64, 64, 3), np.float32)))


def test_a_single_slice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only 1 slices"):
        load_head_image(image(tmp_path, np.ones((200, 200, 1), np.float32)))


def test_a_fourth_axis_of_one_is_dropped(tmp_path: Path) -> None:
    assert load_head_image(image(tmp_path, blob()[..., None])).values.shape == SHAPE


def test_thick_voxels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="voxels are 3 mm long"):
        load_head_image(image(tmp_path, np.ones((64, 64, 64), np.float32), spacing=3.0))


def test_metres_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be in millimetres"):
        load_head_image(image(tmp_path, blob(), spacing=0.001))


def test_a_part_of_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a whole head"):
        load_head_image(image(tmp_path, np.ones((60, 200, 200), np.float32)))


@pytest.mark.parametrize("value", [0.0, 7.0, float("nan")])
def test_an_image_of_one_value_is_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(InputError, match="the image is empty"):
        load_head_image(image(tmp_path, np.full(SHAPE, value, np.float32)))


def test_a_sheared_affine_is_refused(tmp_path: Path) -> None:
    affine = np.eye(4)
    affine[0, 1] = 0.2
    path = tmp_path / "sheared.nii"
    nib.save(nib.Nifti1Image(blob(), affine), path)
    with pytest.raises(InputError, match="sheared"):
        load_head_image(path)


def test_an_image_without_orientation_is_taken_with_a_finding(tmp_path: Path) -> None:
    found = load_head_image(image(tmp_path, blob(), code=0)).findings
    assert [finding.code for finding in found] == ["head.orientation_unknown"]


def test_all_orders_and_flips_of_the_axes_give_the_same_image(tmp_path: Path) -> None:
    values = blob()[:121, :123, :122]
    affine = np.eye(4)
    affine[:3, 3] = (-60, -70, -50)
    reference = None
    for order, flips in product(permutations(range(3)), product((1, -1), repeat=3)):
        orientation = np.column_stack([order, flips])
        turned = nib.Nifti1Image(values, affine).as_reoriented(orientation)
        path = tmp_path / "turned.nii"
        nib.save(turned, path)
        loaded = load_head_image(path)
        if reference is None:
            reference = loaded
        assert np.array_equal(loaded.values, reference.values)
        assert np.allclose(loaded.affine, reference.affine, atol=1e-4)


@pytest.mark.parametrize("spacing", [0.7, 1.5, 2.0])
def test_resampling_keeps_every_place_where_it_was(spacing: float) -> None:
    affine = np.diag([spacing, spacing, spacing, 1.0])
    x, y, z = (spacing * np.indices((60, 60, 60))) - 30 * spacing
    radius2 = x**2 + y**2 + z**2
    values = np.exp(-radius2 / (2 * (8 * spacing) ** 2)).astype(np.float32)
    affine[:3, 3] = -30 * spacing
    out, grid = resampled(values, affine)
    assert np.allclose(np.linalg.norm(grid[:3, :3], axis=0), 1.0)
    places = np.stack(np.meshgrid(*(np.arange(n) for n in out.shape), indexing="ij"), -1) + 0.0
    world = places @ grid[:3, :3].T + grid[:3, 3]
    centre = (world * out[..., None]).sum((0, 1, 2)) / out.sum()
    assert np.linalg.norm(centre) < 0.05
