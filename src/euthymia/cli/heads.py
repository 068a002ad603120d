"""The head that a command works on: the default one, one from labels, or one built from a T1."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

import numpy as np

from euthymia.cli.head_file import HeadFile, beside, read_head_file
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import Frame
from euthymia.core.progress import Progress, stage
from euthymia.core.store import Arrays, Store
from euthymia.model.head.build.whole import build_head
from euthymia.model.head.default import default_head
from euthymia.model.head.head import Head
from euthymia.model.head.image.read import HeadImage, load_head_image
from euthymia.model.head.place.registration import ants_or_refuse
from euthymia.model.head.volume import LabelVolume, Tissue, load_image

DEFAULT = "default"

_COARSE_MM = 1.3


def head_named(name: str, progress: Progress) -> Head:
    """The whole head of that name: "default", a label volume with its file beside it, or a T1."""
    if name == DEFAULT:
        with stage(progress, "Reading the default head"):
            return default_head()
    path = Path(name)
    if holds_labels(path):
        with stage(progress, f"Reading {path.name}"):
            return head_of_labels(path)
    return head_of_t1(path, progress)


def volume_named(name: str, progress: Progress) -> LabelVolume:
    """The labels alone; for a label volume nothing need lie beside it."""
    path = Path(name)
    if name == DEFAULT or not holds_labels(path) or beside(path).exists():
        return head_named(name, progress).volume
    with stage(progress, f"Reading {path.name}"):
        return LabelVolume.load(path)


def holds_labels(path: Path) -> bool:
    """Whether an image holds whole numbers up to the highest tissue; refuses what is no image."""
    values = np.asarray(load_image(path, "a NIfTI image of a head").dataobj)
    if values.ndim != 3 or values.dtype.kind not in "iuf" or values.size == 0:
        return False
    low, high = float(values.min()), float(values.max())
    whole = values.dtype.kind in "iu" or bool((values == np.rint(values)).all())
    return whole and low >= 0 and 0 < high <= max(Tissue)


def head_of_labels(path: Path) -> Head:
    """The head of a label volume and the file beside it."""
    volume = LabelVolume.load(path)
    place = beside(path)
    if not place.exists():
        raise InputError(
            str(path),
            "where the landmarks are and how it lies in MNI space is not known: there is no "
            f"{place.name} beside it",
            "Build the head with `euthymia head build`, or write that file",
        )
    return read_head_file(place).head(volume, place)


def head_of_t1(path: Path, progress: Progress, store: Store | None = None) -> Head:
    """The head built from a T1; one that was built before by the same program is read again."""
    with stage(progress, f"Reading {path.name}"):
        image = load_head_image(path)
    ants_or_refuse()
    store = store or Store.default()
    arrays = store.arrays("head", _inputs(image), lambda: _packed(build_head(path, progress)))
    return replace(_unpacked(arrays, path), title=path.name)


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


def _inputs(image: HeadImage) -> dict[str, str]:
    """All that decides the head: the image, the program that builds it, and its tool."""
    try:
        tool = version("antspyx")
    except PackageNotFoundError:
        tool = "unknown"
    return {"image": image.frame.id, "program": _program(), "antspyx": tool}


def _program() -> str:
    """SHA-256 of everything in the room that builds heads: a changed line is another builder."""
    digest = hashlib.sha256()
    room = files("euthymia.model.head")
    for folder in (room, room / "data"):
        for part in sorted(folder.iterdir(), key=lambda item: item.name):
            if part.is_file():
                digest.update(part.name.encode())
                digest.update(part.read_bytes())
    return digest.hexdigest()


def _packed(head: Head) -> Arrays:
    return {
        "labels": head.volume.labels,
        "affine": head.volume.affine,
        "head": np.array(HeadFile.of(head).model_dump_json()),
    }


def _unpacked(arrays: Arrays, path: Path) -> Head:
    described = HeadFile.model_validate_json(str(arrays["head"]))
    frame = Frame(described.frame or "", path.name)
    volume = LabelVolume(arrays["labels"], arrays["affine"], frame)
    return described.head(volume, path)
