"""What is refused as a head image, and what is made of the rest."""

from __future__ import annotations

import gzip
from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.model.head.default import default_head
from euthymia.model.head.image.geometry import canonical, image_frame, resampled
from euthymia.model.head.image.nifti import read_nifti
from euthymia.model.head.image.read import load_head_image
from euthymia.model.head.volume import BRAIN, Tissue
from model.head_samples import phantom_t1, write_image


def t1(folder: Path) -> Path:
    return write_image(folder / "t1.nii.gz", *phantom_t1())


def ball(radius_mm: float, size: int = 120) -> np.ndarray:
    """A bright ball in voxels of 2 mm."""
    away = np.linalg.norm(np.indices((size,) * 3) - (size - 1) / 2, axis=0) * 2.0
    return np.where(away < radius_mm, 100.0, 1.0).astype(np.float32)


def test_a_good_image_keeps_its_place_at_one_millimetre(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    loaded = load_head_image(t1(tmp_path))
    assert np.allclose(np.diag(loaded.affine), 1.0)
    voxel = np.array([40, 50, 45])
    place = affine[:3, :3] @ voxel + affine[:3, 3]
    there = np.rint(place - loaded.affine[:3, 3]).astype(int)
    assert loaded.values[tuple(there)] == pytest.approx(float(values[tuple(voxel)]), abs=2.0)
    assert loaded.frame.id.startswith("image:")
    assert [found.code for found in loaded.findings] == ["head.voxels_coarse"]


def test_all_orders_and_flips_of_the_axes_give_the_same_image(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    affine = np.array(affine)
    turn = np.radians(11.0)
    turned_by = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    affine[:3, :3] = turned_by @ affine[:3, :3] * (0.95, 1.0, 0.9)
    own, place = canonical(values.astype(np.float32), affine)
    whole = load_head_image(write_image(tmp_path / "one.nii", values, affine))
    ways = list(product(permutations(range(3)), product((1, -1), repeat=3)))
    assert len(ways) == 48
    for count, (order, flips) in enumerate(ways):
        orientation = np.column_stack([order, flips])
        turned = nib.Nifti1Image(values, affine).as_reoriented(orientation)
        path = write_image(tmp_path / "turned.nii", np.asarray(turned.dataobj), turned.affine)
        raw = read_nifti(path)
        again, where = canonical(raw.values, raw.affine)
        assert np.array_equal(again, own)
        assert np.abs(where - place).max() < 1e-3
        assert image_frame(again, where, "T1 image") == whole.frame
        if count in (13, 30, 47):
            loaded = load_head_image(path)
            assert np.abs(loaded.values - whole.values).max() < 1e-3
            assert np.abs(loaded.affine - whole.affine).max() < 1e-3
            assert loaded.frame == whole.frame


@given(
    st.tuples(*[st.floats(-150, 150)] * 3),
    st.permutations(range(3)),
    st.tuples(*[st.sampled_from((1, -1))] * 3),
)
def test_the_frame_of_an_image_is_that_of_its_canonical_order(
    origin: tuple[float, ...], order: list[int], flips: tuple[int, ...]
) -> None:
    draw = np.random.default_rng(1).normal(size=(3, 4, 5)).astype(np.float32)
    affine = np.diag([0.9, 1.0, 1.1, 1.0])
    # Three decimals, as files hold; no rounding of single precision moves such a corner.
    affine[:3, 3] = np.round(origin, 3)
    turned = nib.Nifti1Image(draw, affine).as_reoriented(np.column_stack([order, flips]))
    single = turned.affine.astype(np.float32).astype(float)
    own = image_frame(*canonical(draw, affine), "a")
    assert image_frame(*canonical(np.asarray(turned.dataobj), single), "a").id == own.id


def test_the_frame_tells_images_and_places_apart() -> None:
    draw = np.random.default_rng(1).normal(size=(3, 4, 5)).astype(np.float32)
    moved = np.eye(4)
    moved[0, 3] = 0.2
    changed = draw.copy()
    changed[1, 1, 1] += 0.001
    frames = {
        image_frame(values, affine, "").id
        for values, affine in (
            (draw, np.eye(4)),
            (draw, moved),
            (changed, np.eye(4)),
            (draw[:, ::-1], np.eye(4)),
        )
    }
    assert len(frames) == 4


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


def test_what_surrounds_the_head_is_cut_away_and_moves_nothing(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    wide = np.pad(values, 18)
    moved = np.array(affine)
    moved[:3, 3] -= affine[:3, :3] @ [18, 18, 18]
    narrow = load_head_image(t1(tmp_path))
    loaded = load_head_image(write_image(tmp_path / "wide.nii.gz", wide, moved))
    assert loaded.values.size < 1.4 * narrow.values.size
    offset = np.rint(narrow.affine[:3, 3] - loaded.affine[:3, 3]).astype(int)
    assert np.abs(loaded.affine[:3, 3] + offset - narrow.affine[:3, 3]).max() < 1e-6
    # Voxels of 2 mm are refined from the same lattice if the box begins on it.
    if not (offset % 2).any():
        middle = tuple(slice(n // 3, n // 2) for n in narrow.values.shape)
        there = tuple(
            slice(part.start + int(o), part.stop + int(o))
            for part, o in zip(middle, offset, strict=True)
        )
        assert np.abs(narrow.values[middle] - loaded.values[there]).max() < 1.0


# --- no name, no date, no remark is carried on --------------------------------------------------


def test_nothing_of_the_files_name_or_header_is_kept(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    image = nib.Nifti1Image(values, affine)
    image.set_sform(affine, 1)
    for field in ("descrip", "aux_file", "intent_name", "db_name"):
        image.header[field] = b"Invented"
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"Invented Name"))
    path = tmp_path / "Invented_Name.nii.gz"
    nib.save(image, path)
    loaded = load_head_image(path)
    told = f"{loaded.frame} {loaded.findings}"
    assert "Invented" not in told
    plain = load_head_image(t1(tmp_path))
    assert loaded.frame == plain.frame


# --- what is refused ----------------------------------------------------------------------------


def refused(path: Path, words: str) -> None:
    with pytest.raises(InputError, match=words) as refusal:
        load_head_image(path)
    assert refusal.value.remedy


def test_a_text_file_an_absent_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.nii.gz").write_text("the T1 is on the other disk")
    refused(tmp_path / "notes.nii.gz", "cannot be read as an image")
    refused(tmp_path / "none.nii.gz", "no such file")
    (tmp_path / "empty.nii.gz").touch()
    refused(tmp_path / "empty.nii.gz", "file is empty")


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_cut_short_is_refused(tmp_path: Path, packed: bool) -> None:
    whole = t1(tmp_path).read_bytes()
    content = whole if packed else gzip.decompress(whole)
    path = tmp_path / ("short.nii.gz" if packed else "short.nii")
    path.write_bytes(content[: len(content) // 2])
    refused(path, "cut short or damaged")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.ones((64, 64, 64, 3), np.float32), "not one three-dimensional image"),
        (np.ones((200, 200, 1), np.float32), "only 1 slices"),
        (np.ones((64, 64, 64), np.complex64), "values are complex"),
        (np.zeros((64, 64, 64), [("R", "u1"), ("G", "u1"), ("B", "u1")]), "colour picture"),
        (np.full((65, 70, 62), 7.0, np.float32), "the image is empty"),
        (np.full((65, 70, 62), np.nan, np.float32), "the image is empty"),
        (np.ones((40, 100, 100), np.float32), "not a whole head"),
    ],
)
def test_what_is_no_volume_of_brightness_is_refused(
    tmp_path: Path, values: np.ndarray, words: str
) -> None:
    refused(write_image(tmp_path / "t1.nii", values, np.diag([2.0, 2.0, 2.0, 1.0])), words)


@pytest.mark.parametrize(
    ("spacing", "words"),
    [
        ((3.0, 3.0, 3.0), "voxels are 3 mm long"),
        ((1.0, 1.0, 5.0), "it is a stack of slices 5 mm apart"),
        ((0.001, 0.001, 0.001), "must be in millimetres"),
    ],
)
def test_thick_slices_and_other_units_are_refused(
    tmp_path: Path, spacing: tuple[float, ...], words: str
) -> None:
    values = np.ones((130, 140, 30), np.float32)
    refused(write_image(tmp_path / "t1.nii", values, np.diag([*spacing, 1.0])), words)


def test_a_header_in_metres_is_refused(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    image = nib.Nifti1Image(values, affine)
    image.header.set_xyzt_units("meter")
    nib.save(image, tmp_path / "metres.nii")
    refused(tmp_path / "metres.nii", "lengths are in metres")


def test_a_sheared_affine_is_refused(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    sheared = np.array(affine)
    sheared[0, 1] = 0.3
    image = nib.Nifti1Image(values, sheared)
    nib.save(image, tmp_path / "sheared.nii")
    refused(tmp_path / "sheared.nii", "sheared")


def test_an_image_without_orientation_is_refused(tmp_path: Path) -> None:
    path = write_image(tmp_path / "t1.nii", *phantom_t1(), code=0)
    refused(path, "left and right may be exchanged")


def test_gaps_around_the_head_are_air_and_gaps_inside_are_refused(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    padded = values.astype(np.float32)
    padded[:3] = np.nan
    found = load_head_image(write_image(tmp_path / "padded.nii", padded, affine)).findings
    assert "head.values-missing" in [finding.code for finding in found]
    padded[45:48, 50:53, 40:43] = np.nan
    refused(write_image(tmp_path / "holed.nii", padded, affine), "no numbers")


def test_a_fourth_axis_of_one_is_dropped(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    whole = load_head_image(t1(tmp_path))
    path = write_image(tmp_path / "four.nii", values[..., None], affine)
    assert np.array_equal(load_head_image(path).values, whole.values)


def test_a_skull_stripped_head_and_a_ball_of_its_size_are_refused(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    volume = default_head().volume
    brain = ndimage.binary_closing(volume.mask(*BRAIN), iterations=2)[::2, ::2, ::2]
    path = write_image(tmp_path / "stripped.nii", np.where(brain, values, 0), affine)
    refused(path, "as large as a brain .* litres.*, not as a head")
    refused(write_image(tmp_path / "ball.nii", ball(75.0), np.diag([2.0, 2, 2, 1])), "as a brain")


def test_an_image_that_ends_above_the_ears_is_refused(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    ears = int((default_head().landmarks.left_preauricular[2] - affine[2, 3]) / 2.0)
    moved = np.array(affine)
    moved[2, 3] += 2.0 * (ears + 24)
    cut = np.pad(values[:, :, ears + 24 :], ((0, 0), (0, 0), (0, 12)))
    refused(write_image(tmp_path / "cut.nii", cut, moved), "above the ears")


def test_noise_and_almost_nothing_are_refused(tmp_path: Path) -> None:
    draw = np.random.default_rng(2)
    noise = np.abs(draw.normal(0, 3, (80, 90, 80))).astype(np.float32)
    refused(write_image(tmp_path / "noise.nii", noise, np.diag([2.0, 2, 2, 1])), "no head stands")
    small = ball(40.0) + np.abs(draw.normal(0, 1, (120,) * 3)).astype(np.float32)
    refused(write_image(tmp_path / "small.nii", small, np.diag([2.0, 2, 2, 1])), "no head stands")


def test_a_ct_image_is_refused(tmp_path: Path) -> None:
    volume = default_head().volume
    units = np.zeros(len(Tissue), dtype=np.float32)
    units[Tissue.AIR], units[Tissue.SKULL], units[Tissue.SCALP] = -1000, 900, 20
    values = units[volume.labels[::2, ::2, ::2]]
    refused(write_image(tmp_path / "ct.nii", values, phantom_t1()[1]), "as in a CT image")


def test_a_header_that_contradicts_itself_about_the_sides_is_told(tmp_path: Path) -> None:
    values, affine = phantom_t1()
    image = nib.Nifti1Image(values, affine)
    image.set_sform(affine, 1)
    mirrored = affine @ np.diag([-1.0, 1.0, 1.0, 1.0])
    image.set_qform(mirrored, 1)
    image.set_sform(affine, 1)
    nib.save(image, tmp_path / "flipped.nii")
    codes = [finding.code for finding in load_head_image(tmp_path / "flipped.nii").findings]
    assert "head.sides_contradict" in codes
