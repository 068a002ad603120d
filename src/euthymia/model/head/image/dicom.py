"""A DICOM series as one NIfTI image, converted in a closed folder that disappears after use."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from euthymia.core.errors import InputError, MissingPartError
from euthymia.core.findings import Finding, Severity
from euthymia.model.head.image.series import choose, read_series

_MAGIC_AT, _MAGIC = 128, b"DICM"
_LONGEST_CONVERSION_S = 600


def is_dicom(path: Path) -> bool:
    """A folder, or a file that begins as DICOM does."""
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            return file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC
    except OSError:
        return False


@contextmanager
def dicom_as_nifti(path: Path, number: int | None = None) -> Iterator[tuple[Path, Finding]]:
    """The T1 series of a DICOM folder (or of the file's own series) as a NIfTI file.

    number: the series to take; by default the one that suits best. Yields the file, which is gone
    after the block, and a note that says which series was taken and why. The converter writes no
    text of the DICOM headers anywhere else.
    """
    converter = _converter()
    folder, only = (path, None) if path.is_dir() else (path.parent, path)
    found = read_series(folder, only)
    if not found:
        raise InputError(
            str(path),
            "this is a folder, and there is no DICOM image in it",
            "Give a folder of DICOM files, or a NIfTI file",
        )
    series, why = choose(found, number, str(path))
    note = Finding(
        "head.series-chosen", Severity.NOTE, "T1 image", f"Taken was {series.text} ({why})."
    )
    # Its rights are the owner's alone: what lies in it shows a face and may name a patient.
    with tempfile.TemporaryDirectory(prefix="euthymia-dicom-") as place:
        source, out = Path(place) / "in", Path(place) / "out"
        source.mkdir()
        out.mkdir()
        for count, file in enumerate(series.files):
            shutil.copyfile(file, source / f"{count:06d}.dcm")
        yield _converted(converter, source, out, str(path)), note


def _converter() -> ModuleType:
    try:
        importlib.import_module("pydicom")
        return importlib.import_module("dcm2niix")
    except ImportError as missing:
        raise MissingPartError(
            "head from DICOM",
            f"the package that reads it ({missing.name}) is not installed",
            "Install it with: pip install 'euthymia[mri]'",
        ) from missing


def _converted(converter: ModuleType, source: Path, out: Path, subject: str) -> Path:
    """The one image that the converter makes of the files."""
    command = [converter.bin, "-b", "n", "-z", "n", "-f", "image", "-o", str(out), str(source)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_LONGEST_CONVERSION_S
    )
    made = sorted(out.glob("*.nii"))
    if len(made) == 1:
        return made[0]
    # What the converter says may hold names from the headers, so only its end is told.
    problem = (
        f"the series could not be converted (dcm2niix ended with {done.returncode})"
        if not made
        else f"the series holds {len(made)} images, not one"
    )
    raise InputError(subject, problem, "Convert it to NIfTI yourself and give the T1")
