"""The head that a command works on: the default one, one from labels, or one built from a T1."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.progress import Progress, stage
from euthymia.core.store import Store
from euthymia.model.head.build.whole import Source, build
from euthymia.model.head.default import default_head
from euthymia.model.head.files.folder import load_head
from euthymia.model.head.files.names import is_head_folder
from euthymia.model.head.files.record import beside, read_head_file
from euthymia.model.head.head import Head
from euthymia.model.head.image.dicom import is_dicom
from euthymia.model.head.image.nifti import read_nifti
from euthymia.model.head.volume import LabelVolume, Tissue

DEFAULT = "default"

_COARSE_MM = 1.3


def head_named(name: str, progress: Progress) -> Head:
    """The whole head of that name: "default", a head's folder, labels with their file, or a T1."""
    if name == DEFAULT:
        with stage(progress, "Reading the default head"):
            return default_head()
    path = Path(name)
    if is_head_folder(path):
        with stage(progress, "Reading the head"):
            return load_head(path)
    if holds_labels(path):
        with stage(progress, "Reading the labels"):
            return head_of_labels(path)
    return head_of_t1(path, progress)


def volume_named(name: str, progress: Progress) -> LabelVolume:
    """The labels alone; for a label volume nothing need lie beside it."""
    path = Path(name)
    alone = name != DEFAULT and not is_head_folder(path) and holds_labels(path)
    if not alone or beside(path).exists():
        return head_named(name, progress).volume
    with stage(progress, "Reading the labels"):
        return LabelVolume.load(path)


def holds_labels(path: Path) -> bool:
    """Whether an image holds whole numbers up to the highest tissue; refuses what is no image."""
    if is_dicom(path):
        return False
    values = read_nifti(path, "an image of a head").values
    whole = bool(np.isfinite(values).all()) and bool((values == np.rint(values)).all())
    return whole and float(values.min()) >= 0 and 0 < float(values.max()) <= max(Tissue)


def head_of_labels(path: Path) -> Head:
    """The head of a label volume and the file beside it."""
    volume = LabelVolume.load(path)
    place = beside(path)
    if not place.exists():
        raise InputError(
            str(path),
            "where the landmarks are and how it lies in MNI space is not known: there is no "
            f"{place.name} beside it",
            "Build a head of it with `euthymia head build --labels`, or write that file",
        )
    return read_head_file(place).head(volume, place)


def head_of_t1(path: Path, progress: Progress, store: Store | None = None) -> Head:
    """The head built from a T1; stages that were made before by the same program are read again."""
    return build(Source(t1=path), progress, store or Store.default()).head


def coarse_findings(volume: LabelVolume) -> tuple[Finding, ...]:
    """A caution about labels that are coarser than the layers they are to show."""
    spacing = float(volume.spacing_mm.max())
    if spacing <= _COARSE_MM:
        return ()
    return (
        Finding(
            "head.labels-coarse",
            Severity.CAUTION,
            "head model",
            "Its voxels are coarser than the layers of fluid and skull: the field is less certain",
            found=f"{spacing:.2g} mm",
            limit=f"{_COARSE_MM:g} mm; the engine was checked at 1 mm",
        ),
    )
