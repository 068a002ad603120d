"""SPM's maps as a hint, with a file of the same form made here."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from euthymia.core.errors import InputError
from euthymia.model.head.tissue.spm import spm_tissues


def written(path: Path, maps: np.ndarray) -> Path:
    nib.save(nib.Nifti1Image(maps.astype(np.float32), np.diag([1.5, 1.5, 1.5, 1.0])), path)
    return path


def six(seed: int = 1) -> np.ndarray:
    maps = np.random.default_rng(seed).uniform(0.1, 1.0, (5, 6, 7, 6))
    return maps / maps.sum(axis=3, keepdims=True)


def test_fluid_grey_and_white_are_taken_in_the_order_of_the_house(tmp_path: Path) -> None:
    seen = []

    def carry(values: np.ndarray, affine: np.ndarray) -> np.ndarray:
        seen.append(affine)
        return values

    maps = six()
    found = spm_tissues(written(tmp_path / "TPM.nii", maps), carry)
    for place, spm in enumerate((2, 0, 1)):
        assert np.allclose(found[place], maps[..., spm], atol=1e-6)
    assert all(np.allclose(affine, np.diag([1.5, 1.5, 1.5, 1.0])) for affine in seen)


@pytest.mark.parametrize(
    ("maps", "problem"),
    [
        (six()[..., :4], "not six tissue maps"),
        (six()[..., 0], "not six tissue maps"),
        (2.0 * six(), "not probabilities"),
    ],
    ids=["four maps", "one map", "too large"],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, maps: np.ndarray, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        spm_tissues(written(tmp_path / "other.nii", maps), lambda values, affine: values)
