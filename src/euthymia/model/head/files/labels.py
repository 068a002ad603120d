"""Label volumes of other programs: their numbers read as this project's tissues, and back."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from euthymia.core.errors import InputError, require_file
from euthymia.core.references import Citation
from euthymia.model.head.image.geometry import canonical, image_frame, refuse_bad_geometry
from euthymia.model.head.image.nifti import read_nifti
from euthymia.model.head.volume import LabelVolume, Tissue

SCHEMES = ("euthymia", "simnibs")
_NEEDED = (Tissue.WHITE, Tissue.GREY, Tissue.CSF, Tissue.SKULL, Tissue.SCALP)
_TissueName = Literal["air", "white", "grey", "csf", "skull", "scalp", "eyes", "spongy"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(_Part):
    """One number of a scheme: what it stands for there, and which tissue it is read as."""

    value: int
    name: str
    tissue: _TissueName


class LabelScheme(_Part):
    """The numbers of one program's label volumes, with where the list of them comes from."""

    title: str
    label: tuple[Label, ...]
    source: Citation | None = None
    note: str = ""

    def tissue_of(self) -> dict[int, Tissue]:
        """Which tissue each number is read as."""
        return {label.value: Tissue[label.tissue.upper()] for label in self.label}

    def value_of(self) -> dict[Tissue, int]:
        """Which number each tissue is written as: the first one that is read as it."""
        found: dict[Tissue, int] = {}
        for value, tissue in self.tissue_of().items():
            found.setdefault(tissue, value)
        return found


def label_scheme(name: str) -> LabelScheme:
    """The scheme of that name ("euthymia", "simnibs"), or of a TOML file of one's own."""
    if name in SCHEMES:
        entry = files("euthymia.model.head") / "data" / "label_schemes" / f"{name}.toml"
        return LabelScheme.model_validate(tomllib.loads(entry.read_text(encoding="utf-8")))
    if not name.endswith(".toml"):
        raise InputError(
            f"label scheme {name!r}",
            "it is not one that is known here",
            f"Use {' or '.join(SCHEMES)}, or a TOML file with your own numbers",
        )
    return _own_scheme(Path(name))


def _own_scheme(path: Path) -> LabelScheme:
    require_file(path, "a label scheme (TOML)")
    try:
        scheme = LabelScheme.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(str(path), "it is not a TOML file", "Correct the file") from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            str(path), f"{place or 'its content'}: {first['msg']}", "Correct that entry"
        ) from problem
    values = [label.value for label in scheme.label]
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise InputError(str(path), f"it gives {twice} a meaning twice", "Leave one of them")
    return scheme


@dataclass(frozen=True, eq=False)
class ForeignLabels:
    """Labels read by a scheme, in canonical order, with what was found in the file.

    counts: how many voxels each number of the scheme has in the file.
    """

    volume: LabelVolume
    scheme: LabelScheme
    counts: dict[int, int]


def read_labels(path: Path, scheme: LabelScheme, *, whole_head: bool = True) -> ForeignLabels:
    """Read a label volume of another program; every number must stand in the scheme.

    whole_head: refuse labels that lack a tissue which a head needs (brain alone is not enough).
    The frame is that of the labels themselves; their millimetres are taken from the file.
    """
    raw = read_nifti(path, "a volume of tissue labels")
    if not raw.oriented:
        raise InputError(
            str(path),
            "the file does not say how the head lies in it",
            "Write it again with an orientation (sform)",
        )
    refuse_bad_geometry(raw.values.shape, raw.affine, str(path))
    values, affine = canonical(raw.values, raw.affine)
    numbers = np.rint(np.nan_to_num(values, nan=-1.0)).astype(np.int64)
    if not np.array_equal(numbers, values):
        raise InputError(
            str(path), "its values are not whole-numbered labels", "Give a label volume"
        )
    tissue_of = scheme.tissue_of()
    found, counts = np.unique(numbers, return_counts=True)
    _refuse_unknown(found, tissue_of, scheme, path)
    labels = _mapped(numbers, tissue_of)
    present = {tissue_of[int(value)] for value in found}
    missing = [tissue.label for tissue in _NEEDED if tissue not in present]
    if whole_head and missing:
        raise InputError(
            str(path),
            f"it holds no {', no '.join(missing)}",
            "Give labels of the whole head, or build the head from the T1",
        )
    frame = image_frame(values, affine, "label volume")
    return ForeignLabels(
        LabelVolume(labels, affine, frame),
        scheme,
        {int(value): int(count) for value, count in zip(found, counts, strict=True)},
    )


def write_labels(volume: LabelVolume, scheme: LabelScheme) -> LabelArray:
    """(nx, ny, nz) the volume's labels as the numbers of a scheme.

    Refused where the scheme has no number for a tissue that the volume holds.
    """
    value_of = scheme.value_of()
    held = {Tissue(int(label)) for label in np.unique(volume.labels)}
    lacking = sorted(tissue.label for tissue in held - set(value_of))
    if lacking:
        raise InputError(
            f"label scheme {scheme.title}",
            f"it has no number for {', '.join(lacking)}",
            "Add one, or use another scheme",
        )
    table = np.zeros(256, dtype=np.int32)
    for tissue, value in value_of.items():
        table[int(tissue)] = value
    written = table[volume.labels]
    small = written.min() >= 0 and written.max() <= 255
    return written.astype(np.uint8) if small else written


LabelArray = NDArray[np.uint8] | NDArray[np.int32]


def _mapped(numbers: NDArray[np.int64], tissue_of: dict[int, Tissue]) -> NDArray[np.uint8]:
    labels = np.zeros(numbers.shape, dtype=np.uint8)
    for value, tissue in tissue_of.items():
        if tissue is not Tissue.AIR:
            labels[numbers == value] = tissue
    return labels


def _refuse_unknown(
    found: NDArray[np.int64], tissue_of: dict[int, Tissue], scheme: LabelScheme, path: Path
) -> None:
    unknown = [int(value) for value in found if int(value) not in tissue_of]
    if unknown:
        raise InputError(
            str(path),
            f"it holds numbers that {scheme.title} does not know: {unknown[:8]}",
            "Name the right scheme, or write your own as TOML",
        )
