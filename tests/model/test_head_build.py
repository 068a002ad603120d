"""A head from an MRI, from the file to the targets."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from euthymia.core.errors import InputError, MissingPartError
from euthymia.model.head.build import build_head
from euthymia.model.head.place import registration
from euthymia.model.head.volume import BRAIN, Tissue
from shared_data import shared_file


def test_without_the_extra_part_the_remedy_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(registration.importlib, "import_module", absent)
    with pytest.raises(MissingPartError, match=r"euthymia\[mri\]"):
        build_head(tmp_path / "t1.nii.gz")


def test_a_file_that_is_no_image_is_refused_before_any_work(tmp_path: Path) -> None:
    pytest.importorskip("ants")
    path = tmp_path / "notes.nii.gz"
    path.write_text("not an image")
    with pytest.raises(InputError, match="cannot be read as an image"):
        build_head(path)


@pytest.mark.slow
def test_another_whole_head_becomes_a_model_with_plausible_anatomy() -> None:
    pytest.importorskip("ants")
    importlib.invalidate_caches()
    head = build_head(shared_file("heads/second_head_T1_1p5mm.nii.gz"))
    volume = head.volume
    assert 1000 < volume.volume_ml(*BRAIN, Tissue.CSF) < 1900
    assert 0.9 < volume.volume_ml(Tissue.GREY) / volume.volume_ml(Tissue.WHITE) < 2.0
    measures = head.eeg.measures
    assert 300 < measures.nasion_inion_mm < 400
    assert 300 < measures.tragus_tragus_mm < 400
    assert 500 < measures.circumference_mm < 620
    for name in ("F3", "C3", "F4"):
        assert 8 < head.scalp_cortex_distance_mm(head.eeg[name]) < 25
    target, moved_mm = head.snap_to_grey(head.from_mni((-38, 44, 26)))
    assert moved_mm < 15
    assert np.linalg.norm(head.to_mni(target) - (-38, 44, 26)) < 20
    assert "head.voxels_coarse" in {finding.code for finding in head.findings}
