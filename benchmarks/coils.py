"""Coils against what is published and against plain sums over what their files list.

    .venv/bin/python benchmarks/coils.py [FOLDER]

First table: half-value depth and spread of every coil of the catalogue on the standard sphere, as
Deng 2013 prints them and as they come out here; "fitted" where an unpublished length was set by the
printed figures. The sphere's radii are inferred (see `coil_measures`). The bar is 5 % for a
figure-8.

With a folder of coil files (.ccd, .tcd, .nii, .nii.gz) a second one: the field of each file by the
program against a direct sum over the file's elements, made here by other means, at 500 points 8 to
60 mm before the coil; deformable coils at rest. A volume has no elements: where a .ccd file of the
same name lies beside it, it is compared with that (bar 2 %). Differences are relative L2 of dA/dt
and of dB/dt.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import zlib
from pathlib import Path

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.catalogue import coil, coil_ids, published_depth_and_spread
from euthymia.model.coil.files import SUFFIXES, read_coil
from euthymia.model.field.coil_measures import depth_and_spread

POINTS, NEAREST_MM, REACH_MM = 500, 8.0, 52.0
FIGURE_8_BAR, VOLUME_BAR = 0.05, 0.02
SUM_BAR = 1e-4
"""The program sums in single precision, this file in double."""
FITTED = ("magventure-mc-b70",)
"""Its wings' spacing is not printed: it was set so that depth and spread come out. No evidence."""


def main(folder: Path | None) -> None:
    """Print the tables."""
    print_catalogue()
    if folder is not None:
        print()
        print_files(folder)


def print_catalogue() -> None:
    """Depth and spread of the catalogue's coils, printed and found."""
    print("coil                     class        depth cm: printed found  diff"
          "   spread cm2: printed found  diff   figure-8 bar")  # fmt: skip
    for key in coil_ids():
        one, printed = coil(key), published_depth_and_spread(key)
        found = depth_and_spread(one)
        start = f"{key:24} {one.coil_class:12}"
        if printed is None:
            print(f"{start} nothing printed; found {found.half_depth_cm:.2f} cm, "
                  f"{found.half_spread_cm2:.1f} cm2")  # fmt: skip
            continue
        spread_cm2 = found.half_spread_cm2
        depth, spread = found.half_depth_cm / printed[0] - 1, spread_cm2 / printed[1] - 1
        held = max(abs(depth), abs(spread)) <= FIGURE_8_BAR
        bar = "-"
        if one.coil_class == "figure-8":
            bar = ("held" if held else "MISSED") + (", fitted" if key in FITTED else "")
        print(f"{start} {printed[0]:17.2f} {found.half_depth_cm:5.2f} {depth:+5.1%} "
              f"{printed[1]:21.2f} {spread_cm2:5.1f} {spread:+5.1%}   {bar}")  # fmt: skip


def print_files(folder: Path) -> None:
    """Each coil file against a direct sum."""
    print(
        "file                          compared with              points   dA/dt     dB/dt     bar"
    )
    for path in sorted(folder.iterdir()):
        if not path.name.lower().endswith(SUFFIXES):
            continue
        try:
            one = read_coil(path)
        except InputError as refusal:
            print(f"{path.name:29} REFUSED: {refusal}")
            continue
        volume = path.name.lower().endswith((".nii", ".nii.gz"))
        elements = path.with_name(re.sub(r"\.nii(\.gz)?$", ".ccd", path.name, flags=re.IGNORECASE))
        if not elements.is_file():
            print(f"{path.name:29} nothing to compare it with: no {elements.name} beside it")
            continue
        points = points_before(one)
        potential, magnetic = summed(elements, points)
        first = difference(one.potential_rate_at(points), potential)
        second = difference(one.magnetic_rate_at(points), magnetic)
        within = VOLUME_BAR if volume else SUM_BAR
        held = "held" if max(first, second) <= within else "MISSED"
        against = f"sum over {elements.name}" if volume else "sum over its elements"
        print(f"{path.name:29} {against:26} {len(points):6} {first:9.1e} {second:9.1e}   "
              f"{within:g} {held}")  # fmt: skip


def points_before(one: AnyCoil) -> FloatArray:
    """(n, 3) points in front of the coil's foremost part, coil axes, mm."""
    low, high = one.face_mm.min(axis=0), one.face_mm.max(axis=0)
    draw = np.random.default_rng(0).uniform(size=(POINTS, 3))
    span = np.array([high[0] - low[0], high[1] - low[1], REACH_MM])
    return np.asarray(np.array([low[0], low[1], high[2] + NEAREST_MM]) + draw * span)


def summed(path: Path, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(n, 3) dA/dt in V/m and dB/dt in T/s for 1 A/us, by a plain sum over a file's elements."""
    a, b = np.zeros((2, len(points_mm), 3))
    for kind, positions_m, vectors in elements_of(path):
        for number in range(0, len(positions_m), 500):
            part = slice(number, number + 500)
            r = points_mm[:, None] * 1e-3 - positions_m[part]
            d, v = np.linalg.norm(r, axis=2)[..., None], vectors[part]
            if kind == "dipoles":
                a += (np.cross(v[None], r) / d**3).sum(axis=1)
                along = np.einsum("pmk,mk->pm", r, v)[..., None]
                b += (3 * along * r / d**5 - v / d**3).sum(axis=1)
            else:
                a += (v / d).sum(axis=1)
                b += (np.cross(v[None], r) / d**3).sum(axis=1)
    # mu0 / 4 pi times a million amperes a second
    return a * 0.1, b * 0.1


def elements_of(path: Path) -> list[tuple[str, FloatArray, FloatArray]]:
    """Kind, (n, 3) positions in metres and (n, 3) vectors (A m2 / A or m), read by other means."""
    if path.suffix.lower() == ".ccd":
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        rows = np.array([line.split() for line in lines if len(line.split()) == 6], dtype=float)
        return [("dipoles", rows[:, :3], rows[:, 3:])]
    found = []
    for element in json.loads(path.read_text())["coilElementList"]:
        points, values = (_numbers(element[key]) for key in ("points", "values"))
        kind = {1: "dipoles", 2: "wires"}[element["type"]]
        found.append((kind, points * 1e-3, values if kind == "dipoles" else values * 1e-3))
    return found


def _numbers(field: object) -> FloatArray:
    """(n, 3) numbers of a .tcd file: a list, or packed doubles."""
    if isinstance(field, str):
        return np.frombuffer(zlib.decompress(base64.b64decode(field))).reshape(-1, 3)
    return np.asarray(field, dtype=float).reshape(-1, 3)


def difference(found: FloatArray, exact: FloatArray) -> float:
    """Relative L2."""
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("folder", nargs="?", type=Path, help="a folder of coil files")
    given: Path | None = reader.parse_args().folder
    if given is not None and not given.is_dir():
        reader.error(f"{given} is not a folder")
    main(given)
