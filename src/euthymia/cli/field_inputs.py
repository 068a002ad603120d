"""Poses and points as they are given to `euthymia field`."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.model.field.conductivity import Conductivities, standard_conductivities
from euthymia.model.head.volume import LabelVolume, Tissue

MOST_POINTS = 5_000_000


@dataclass(frozen=True, eq=False)
class Points:
    """Points of a file: (n, 3) RAS millimetres, and the line on which each stands."""

    path: Path
    positions_mm: FloatArray
    lines: tuple[int, ...]


def read_pose(path: Path, frame: Frame) -> Pose:
    """The pose of a file, in that frame; refuses poses of other frames and what is none."""
    pose = read_pose_any_frame(path)
    if pose.frame.id != frame.id:
        raise InputError(
            str(path),
            f"the pose is in frame {pose.frame.id!r}, the head in {frame.id!r}",
            "Give the pose in the frame of this head, or name its head with --head",
        )
    return pose


def read_pose_any_frame(path: Path) -> Pose:
    """The pose of a file, in whatever frame it says; refuses what is none."""
    require_file(path, "a pose file (JSON)")
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        raise InputError(str(path), "it is not JSON", "Give a pose as Euthymia writes it") from None
    # A plan carries the pose of its placement.
    if isinstance(data, dict) and isinstance(data.get("placing"), dict):
        data = data["placing"].get("pose")
    try:
        return Pose.from_json(data)
    except InputError as refusal:
        raise InputError(f"{path}: {refusal.subject}", refusal.problem, refusal.remedy) from None


def read_points(path: Path) -> Points:
    """The points of a CSV file: three numbers a line, with or without a line of names."""
    require_file(path, "a file of points (CSV)")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(str(path), "it is not a text file", "Give x,y,z on each line") from None
    try:
        found = list(_rows(path, csv.reader(text.splitlines())))
    except csv.Error as problem:
        raise InputError(str(path), f"it is not CSV ({problem})", "Give x,y,z a line") from None
    if not found:
        raise InputError(str(path), "it holds no points", "Give x,y,z in millimetres on each line")
    if len(found) > MOST_POINTS:
        raise InputError(
            str(path), f"it holds {len(found):,} points", f"Give at most {MOST_POINTS:,}"
        )
    return Points(path, np.array([row for _, row in found]), tuple(line for line, _ in found))


def _rows(path: Path, lines: Iterable[list[str]]) -> Iterator[tuple[int, list[float]]]:
    names_may_come = True
    for number, cells in enumerate(lines, start=1):
        words = [cell.strip() for cell in cells]
        if not any(words):
            continue
        if names_may_come and _are_names(words):
            names_may_come = False
            continue
        names_may_come = False
        yield number, _numbers(path, number, words)


def _are_names(words: list[str]) -> bool:
    """A first line such as "x_mm,y_mm,z_mm": the axes by their letters, in this order."""
    letters = [word.lower().removesuffix("_mm") for word in words[:3]]
    return letters == ["x", "y", "z"]


def _numbers(path: Path, line: int, words: list[str]) -> list[float]:
    place = f"{path}, line {line}"
    if len(words) != 3:
        raise InputError(place, f"it holds {len(words)} values, not 3", "Give x,y,z on each line")
    numbers = []
    for word in words:
        try:
            numbers.append(float(word))
        except ValueError:
            raise InputError(
                place, f"{word!r} is not a number", "Give x,y,z in millimetres on each line"
            ) from None
    if not all(map(math.isfinite, numbers)):
        raise InputError(place, "it holds NaN or infinity", "Give finite numbers or leave it out")
    return numbers


def tissues_at(points: Points, volume: LabelVolume) -> NDArray[np.uint8]:
    """(n,) the tissue of each point's voxel; refuses points that lie in air or off the image."""
    voxels = np.rint(volume.to_voxel(points.positions_mm))
    inside = ((voxels >= 0) & (voxels < volume.labels.shape)).all(axis=1)
    found = np.zeros(len(voxels), dtype=np.uint8)
    found[inside] = volume.labels[tuple(voxels[inside].astype(int).T)]
    outside = np.flatnonzero(found == Tissue.AIR)
    if len(outside):
        first = int(outside[0])
        x, y, z = points.positions_mm[first]
        count = "1 point lies" if len(outside) == 1 else f"{len(outside)} points lie"
        raise InputError(
            f"{points.path}, line {points.lines[first]}",
            f"{count} outside the head, the first at {x:g}, {y:g}, {z:g} mm",
            f"Give points inside it, in RAS millimetres of frame {volume.frame.id!r}",
        )
    return found


def conductivities_of(words: list[str]) -> Conductivities:
    """The house's conductivities with those changed that are given as "tissue=S/m"."""
    known = {tissue.name.lower(): tissue for tissue in Tissue if tissue is not Tissue.AIR}
    values: dict[Tissue, float] = {}
    for word in words:
        name, _, number = word.partition("=")
        tissue = known.get(name.strip().lower())
        if tissue is None:
            raise InputError(
                f"--conductivity {word!r}", "it names no tissue",
                f"Give for instance grey=0.3; the tissues are {', '.join(known)}",
            )  # fmt: skip
        try:
            values[tissue] = float(number)
        except ValueError:
            raise InputError(
                f"--conductivity {word!r}", "it holds no number", "Give for instance grey=0.3"
            ) from None
    return standard_conductivities().with_values(values)
