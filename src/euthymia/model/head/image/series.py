"""Which of many DICOM series is the T1 of the whole head: every series judged, with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from euthymia.core.errors import InputError

_LARGEST_VOXEL_MM = 2.5
_SMALLEST_EXTENT_MM = 120.0
_LONGEST_ECHO_MS = 15.0
"""A T1 is read early; T2, FLAIR and diffusion are read after 60 ms or more."""

_LONGEST_INVERSION_MS = 1450.0
"""Longer inversion times null fluid (FLAIR); those of a T1 are 600 to 1200 ms."""

_NOT_MAGNITUDE = {"P", "PHASE", "R", "REAL", "I", "IMAGINARY", "ADC", "PROJECTION IMAGE", "MIP"}


@dataclass(frozen=True, slots=True)
class Series:
    """What counts about one DICOM series; no name, date or remark of it is kept.

    uid tells it apart within one run. voxel_mm: row, column and slice spacing, nan if not told.
    """

    uid: str
    number: int
    files: tuple[Path, ...]
    modality: str
    slices: int
    voxel_mm: tuple[float, float, float]
    extent_mm: tuple[float, float, float]
    three_dimensional: bool
    echo_ms: float
    repetition_ms: float
    inversion_ms: float
    image_type: tuple[str, ...]
    with_contrast_agent: bool

    @property
    def text(self) -> str:
        """One line to tell it from the others: "series 5: 176 slices, 1 x 1 x 1 mm, TE 3 ms"."""
        voxel = " x ".join(f"{edge:.2g}" for edge in self.voxel_mm)
        times = (("TR", self.repetition_ms), ("TE", self.echo_ms), ("TI", self.inversion_ms))
        told = [f"{name} {value:.4g} ms" for name, value in times if np.isfinite(value)]
        if self.with_contrast_agent:
            told.append("with contrast agent")
        return ", ".join([f"series {self.number}: {self.slices} slices", f"{voxel} mm", *told])

    @property
    def unfit(self) -> str:
        """Why it is not a T1 of the whole head; empty if it may be one."""
        gap, reach = max(self.voxel_mm), min(self.extent_mm)
        late = self.echo_ms > _LONGEST_ECHO_MS or self.inversion_ms > _LONGEST_INVERSION_MS
        reasons = (
            (self.modality != "MR", f"it is {self.modality or 'of no stated kind'}, not MR"),
            (bool(_NOT_MAGNITUDE & set(self.image_type)), "it is a phase image or a projection"),
            (not np.isfinite(gap) or self.slices < 2, "it is no stack of parallel slices"),
            (gap > _LARGEST_VOXEL_MM, f"its slices are {gap:.2g} mm apart"),
            (reach < _SMALLEST_EXTENT_MM, f"it covers only {reach:.0f} mm in one direction"),
            (late, "its echo or inversion time is that of a T2 or FLAIR"),
        )
        return next((words for holds, words in reasons if holds), "")

    @property
    def rank(self) -> tuple[int, ...]:
        """Smaller is better: native, original, read in 3-D, whole, fine."""
        finest = max(self.voxel_mm)
        return (
            int(self.with_contrast_agent),
            int("DERIVED" in self.image_type),
            int(not self.three_dimensional),
            int(min(self.extent_mm) < 150.0),
            round(max(finest, 0.8) * 5),
        )


def choose(found: Iterable[Series], number: int | None, subject: str) -> tuple[Series, str]:
    """The series to take and why; refused with the list where it is not plain.

    number: the one asked for, which is taken even if it does not look like a T1.
    """
    every = sorted(found, key=lambda series: (series.number, series.uid))
    if number is not None:
        return _asked_for(every, number, subject)
    fit = sorted((series for series in every if not series.unfit), key=lambda each: each.rank)
    if not fit:
        reasons = "; ".join(f"{each.text}: {each.unfit}" for each in every[:12])
        raise InputError(
            subject,
            f"none of its {len(every)} series is a T1 of the whole head ({reasons})",
            "Give another folder, or name one with --series if you know better",
        )
    equal = [series for series in fit if series.rank == fit[0].rank]
    if len(equal) > 1:
        raise InputError(
            subject,
            "several series suit equally well (" + "; ".join(each.text for each in equal) + ")",
            f"Name one of them, for instance --series {equal[0].number}",
        )
    others = len(every) - 1
    why = "the only series" if not others else f"best of {len(fit)} that fit, {len(every)} in all"
    return fit[0], why


def _asked_for(every: list[Series], number: int, subject: str) -> tuple[Series, str]:
    chosen = [series for series in every if series.number == number]
    if len(chosen) == 1:
        return chosen[0], "asked for"
    known = "; ".join(each.text for each in every[:20])
    problem = f"there is no series {number}" if not chosen else f"series {number} is there twice"
    raise InputError(subject, f"{problem} (there are: {known})", "Name one that is there")


def read_series(folder: Path, only: Path | None = None) -> tuple[Series, ...]:
    """Every image series below a folder; of `only`'s series alone if a file is given."""
    headers: dict[str, list[tuple[Path, Any]]] = {}
    for path, header in _headers(folder):
        headers.setdefault(str(header.SeriesInstanceUID), []).append((path, header))
    if only is not None:
        headers = {
            uid: files for uid, files in headers.items() if only in [path for path, _ in files]
        }
    return tuple(_series(uid, files) for uid, files in headers.items())


def _headers(folder: Path) -> Iterator[tuple[Path, Any]]:
    import pydicom  # noqa: PLC0415 - only who brings DICOM needs it
    from pydicom.errors import InvalidDicomError  # noqa: PLC0415

    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == "DICOMDIR":
            continue
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True)
        except (InvalidDicomError, OSError, EOFError):
            continue
        if "SeriesInstanceUID" in header and "Rows" in header:
            yield path, header


def _series(uid: str, files: list[tuple[Path, Any]]) -> Series:
    first = files[0][1]
    places = [place for _, header in files for place in _places(header)]
    frames = sum(int(header.get("NumberOfFrames", 1) or 1) for _, header in files)
    inplane = _numbers(_anywhere(first, "PixelSpacing"), 2)
    gap, levels = _slice_gap(places, _numbers(_anywhere(first, "ImageOrientationPatient"), 6))
    slices = levels or frames
    extent = (
        inplane[0] * int(first.Rows),
        inplane[1] * int(first.Columns),
        gap * max(slices, 1),
    )
    agent = _anywhere(first, "ContrastBolusAgent")
    return Series(
        uid=uid,
        number=int(first.get("SeriesNumber") or 0),
        files=tuple(path for path, _ in files),
        modality=str(first.get("Modality", "")),
        slices=slices,
        voxel_mm=(inplane[0], inplane[1], gap),
        extent_mm=extent,
        three_dimensional=str(_anywhere(first, "MRAcquisitionType") or "") == "3D",
        echo_ms=_first_number(first, "EchoTime", "EffectiveEchoTime"),
        repetition_ms=_first_number(first, "RepetitionTime"),
        inversion_ms=_first_number(first, "InversionTime", "InversionTimes"),
        image_type=tuple(str(word).upper() for word in first.get("ImageType", ()) or ()),
        with_contrast_agent=bool(agent) and str(agent).strip().upper() not in ("", "NONE", "NO"),
    )


def _places(header: Any) -> list[list[float]]:
    """Where each slice of a file lies: one for a plain file, one a frame for a multi-frame one."""
    if "ImagePositionPatient" in header:
        return [[float(part) for part in header.ImagePositionPatient]]
    frames = header.get("PerFrameFunctionalGroupsSequence", ())
    found = [_numbers(_anywhere(frame, "ImagePositionPatient"), 3) for frame in frames]
    return [list(place) for place in found if np.isfinite(place).all()]


def _slice_gap(places: list[list[float]], cosines: tuple[float, ...]) -> tuple[float, int]:
    """The usual distance of neighbouring slices and their number; nan and 0 if not told."""
    if len(places) < 2 or not np.isfinite(cosines).all():
        return float("nan"), 0
    normal = np.cross(cosines[:3], cosines[3:])
    levels = np.unique(np.round(np.array(places) @ normal, 3))
    if len(levels) < 2:
        return float("nan"), len(levels)
    return float(np.median(np.diff(levels))), len(levels)


def _anywhere(header: Any, keyword: str, depth: int = 4) -> Any:
    """The first value of that keyword in the header or in the groups of a multi-frame file."""
    if keyword in header:
        return header.get(keyword)
    if depth == 0:
        return None
    for element in header:
        if element.VR == "SQ" and len(element.value):
            found = _anywhere(element.value[0], keyword, depth - 1)
            if found is not None:
                return found
    return None


def _first_number(header: Any, *keywords: str) -> float:
    for keyword in keywords:
        (value,) = _numbers(_anywhere(header, keyword), 1)
        if np.isfinite(value):
            return value
    return float("nan")


def _numbers(value: Any, count: int) -> tuple[float, ...]:
    """That many numbers of a DICOM value, or as many nan."""
    try:
        listed = [float(part) for part in np.atleast_1d(np.asarray(value, dtype=float))[:count]]
    except (TypeError, ValueError):
        listed = []
    return tuple(listed) if len(listed) == count else (float("nan"),) * count
