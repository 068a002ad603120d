"""Reading coil models from `.ccd` files: lists of magnetic dipoles."""

from __future__ import annotations

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
    header = _header(text)
    rows = _rows(path, text)
    didt = header.get("dIdtmax", "")
    return Coil(
        id=path.stem,
        name=header.get("coilname", path.stem),
        maker=header.get("brand", ""),
        coil_class="unknown",
        positions_mm=rows[:, :3] * 1000.0,
        moments_m2=rows[:, 3:],
        max_didt_a_per_us=float(didt) if didt else None,
        stimulator=header.get("stimulator", ""),
    )


def _header(text: str) -> dict[str, str]:
    first = text.splitlines()[0].lstrip("# ") if text.startswith("#") else ""
    pairs = (part.split("=", 1) for part in first.split(";") if "=" in part)
    return {key.strip(): value.strip() for key, value in pairs}


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
