"""Reading coil models from `.ccd` files: lists of magnetic dipoles."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np

from euthymia.core.errors import InputError, require_file
from euthymia.model.coil.coil import Coil


def read_ccd(path: Path) -> Coil:
    """The coil of a `.ccd` file (positions in metres, moments per unit current, header fields).

    Header fields such as `dIdtmax` (A/us), `brand` and `coilname` are read where they are present.
    """
    require_file(path, "a .ccd coil file")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(str(path), "it is not a text file", "Give a .ccd coil file") from None
    first = text.splitlines()[0] if text.startswith("#") else ""
    header = header_fields(first.lstrip("# "))
    rows = _rows(path, text)
    return Coil(
        id=path.stem,
        name=header.get("coilname", path.stem),
        maker=header.get("brand", ""),
        coil_class="unknown",
        positions_mm=rows[:, :3] * 1000.0,
        moments_m2=rows[:, 3:],
        max_didt_a_per_us=positive_rate(path, header),
        stimulator=header.get("stimulator", ""),
    )


def header_fields(line: str) -> dict[str, str]:
    """The fields of a header line such as "...;dIdtmax=114.7;brand=...;"."""
    pairs = (part.split("=", 1) for part in line.rstrip("\0").split(";") if "=" in part)
    return {key.strip(): value.strip() for key, value in pairs}


def positive_rate(path: Path, fields: dict[str, str]) -> float | None:
    """The header's largest dI/dt in A/us, if it stands there; refuses what is no rate."""
    text = fields.get("dIdtmax", "")
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not (math.isfinite(rate) and rate > 0):
        raise InputError(
            str(path), f"its dIdtmax {text!r} is no rate of current", "Give A/us as a number"
        )
    return rate


def _rows(path: Path, text: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    body = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        count = int(body[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an empty body is refused below
            rows = np.loadtxt(body[1:], ndmin=2)
    except (ValueError, IndexError):
        raise InputError(
            str(path), "it does not hold a list of dipoles", "Give a .ccd coil file"
        ) from None
    if rows.shape != (count, 6):
        raise InputError(
            str(path),
            f"it announces {count} dipoles of 6 numbers and holds {rows.shape}",
            "The file may be cut short; fetch it again",
        )
    return rows
