"""Reading coil models from `.tcd` files: several elements, movable parts, casings, limits.

The format is JSON; long lists of numbers are base64 of zlib. An element is of magnetic dipoles
(type 1: moments per ampere), of wire (type 2: vectors in mm), or a sampled vector potential
(type 3). An element may move by shifts along an axis and turns about a line, each within a range
that several elements may share.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import FloatArray
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.casing import thinned
from euthymia.model.coil.coil import Coil
from euthymia.model.coil.elements import CompoundCoil, SampledCoil, WireCoil

_DIPOLES, _WIRES, _SAMPLES = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Movement:
    """One setting of a deformable coil: millimetres or degrees, within limits."""

    index: int
    unit: str
    initial: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class TcdCoil:
    """What a `.tcd` file says; `coil` gives the coil at settings of its movements."""

    path: Path
    data: Mapping[str, Any]

    @property
    def movements(self) -> tuple[Movement, ...]:
        """The settings that can be chosen, by index."""
        units = {
            int(step["deformRange"]): "deg" if step["type"] == "rot2p" else "mm"
            for step in self.data.get("deformList", [])
        }
        return tuple(
            Movement(index, units.get(index, "mm"), float(each["initial"]),
                     float(each["range"][0]), float(each["range"][1]))
            for index, each in enumerate(self.data.get("deformRangeList", []))
        )  # fmt: skip

    def coil(self, settings: Mapping[int, float] | None = None) -> AnyCoil:
        """The coil with its movements set (by index; others stay as the file says)."""
        values = self._values(settings or {})
        elements = self.data["coilElementList"]
        parts = [self._part(element, values) for element in elements]
        facts = self._facts(elements)
        casing = self._casing(elements, values)
        if all(isinstance(part, Coil) for part in parts):
            dipoles = [part for part in parts if isinstance(part, Coil)]
            return Coil(
                **facts,
                positions_mm=np.concatenate([part.positions_mm for part in dipoles]),
                moments_m2=np.concatenate([part.moments_m2 for part in dipoles]),
                casing_mm=casing,
            )
        if all(isinstance(part, WireCoil) for part in parts):
            wires = [part for part in parts if isinstance(part, WireCoil)]
            return WireCoil(
                **facts,
                positions_mm=np.concatenate([part.positions_mm for part in wires]),
                elements_mm=np.concatenate([part.elements_mm for part in wires]),
                casing_mm=casing,
            )
        return CompoundCoil(**facts, parts=tuple(parts), casing_mm=casing)

    def _values(self, settings: Mapping[int, float]) -> list[float]:
        known = self.movements
        for index, value in settings.items():
            if not 0 <= index < len(known):
                raise InputError(
                    f"movement {index} of {self.path.name}",
                    f"the coil has {len(known)} movements",
                    "Count them from 0",
                )
            limits = known[index]
            if not math.isfinite(value) or not limits.low <= value <= limits.high:
                raise InputError(
                    f"movement {index} of {self.path.name}",
                    f"{value:g} {limits.unit} is beyond its limits",
                    f"Stay within {limits.low:g} to {limits.high:g} {limits.unit}",
                )
        return [settings.get(each.index, each.initial) for each in known]

    def _facts(self, elements: list[dict[str, Any]]) -> dict[str, Any]:
        stimulators = self.data.get("stimulatorList", [])
        used = [stimulators[each["stimulator"]] for each in elements if "stimulator" in each]
        rates = {float(each["maxdIdt"]) for each in used if each.get("maxdIdt")}
        first = used[0] if used else {}
        name = f"{first.get('brand', '')} {first.get('name', '')}".strip()
        return {
            "id": self.path.stem,
            "name": str(self.data.get("name") or self.path.stem),
            "maker": str(self.data.get("brand") or ""),
            "coil_class": "deformable" if self.movements else "unknown",
            "max_didt_a_per_us": min(rates) * 1e-6 if rates else None,
            "stimulator": name,
        }

    def _part(self, element: dict[str, Any], values: list[float]) -> AnyCoil:
        facts: dict[str, Any] = {
            "id": self.path.stem, "name": str(element.get("name", "")), "maker": "",
            "coil_class": "",
        }  # fmt: skip
        motion = self._motion(element, values)
        if element["type"] == _SAMPLES:
            if "deformations" in element:
                raise InputError(
                    str(self.path), "a sampled element of it moves",
                    "Give it as wires or dipoles, which can be moved",
                )  # fmt: skip
            data = np.asarray(_numbers(element["data"]), dtype=np.float32)
            return SampledCoil(
                **facts, potential=data * np.float32(1e6), affine=_array(element["affine"], 4)
            )
        positions = _array(element["points"], 3)
        vectors = _array(element["values"], 3)
        if positions.shape != vectors.shape or len(positions) == 0:
            raise InputError(
                str(self.path),
                f"element {element.get('name', '')!r} has {len(positions)} points and "
                f"{len(vectors)} values",
                "Export the file again",
            )
        positions = positions @ motion[:3, :3].T + motion[:3, 3]
        vectors = vectors @ motion[:3, :3].T
        if element["type"] == _DIPOLES:
            return Coil(**facts, positions_mm=positions, moments_m2=vectors)
        if element["type"] == _WIRES:
            return WireCoil(**facts, positions_mm=positions, elements_mm=vectors)
        raise InputError(
            str(self.path), f"an element is of type {element['type']!r}", "Give type 1, 2 or 3"
        )

    def _motion(self, element: dict[str, Any], values: list[float]) -> FloatArray:
        """(4, 4) of all movements of an element, the first one first."""
        motion = np.eye(4)
        for index in element.get("deformations", []):
            step = self.data["deformList"][index]
            motion = _step(step, values[int(step["deformRange"])]) @ motion
        return motion

    def _casing(self, elements: list[dict[str, Any]], values: list[float]) -> FloatArray | None:
        models = self.data.get("coilModels", [])
        found = []
        if "coilCasing" in self.data:
            found.append(_array(models[self.data["coilCasing"]]["points"], 3))
        for element in elements:
            if "elementCasing" in element:
                motion = self._motion(element, values)
                points = _array(models[element["elementCasing"]]["points"], 3)
                found.append(points @ motion[:3, :3].T + motion[:3, 3])
        return thinned(np.concatenate(found)) if found else None


def read_tcd(path: Path) -> TcdCoil:
    """What a `.tcd` file says; refuses what is none, in one sentence."""
    require_file(path, "a .tcd coil file")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise InputError(str(path), "it is not JSON", "Give a .tcd coil file") from None
    if not isinstance(data, dict) or not isinstance(data.get("coilElementList"), list):
        raise InputError(str(path), "it holds no list of coil elements", "Give a .tcd coil file")
    if not data["coilElementList"]:
        raise InputError(str(path), "its list of coil elements is empty", "Export it again")
    found = TcdCoil(path, data)
    try:
        found.coil()  # everything is read once, so that a damaged file is refused here
    except (KeyError, IndexError, TypeError, ValueError, binascii.Error, zlib.error) as trouble:
        if isinstance(trouble, InputError):
            raise
        raise InputError(
            str(path), f"a part of it is missing or damaged ({trouble})", "Export it again"
        ) from None
    return found


def _numbers(value: Any) -> FloatArray:
    """A list as it stands, or the doubles of base64 of zlib."""
    if isinstance(value, str):
        return np.frombuffer(zlib.decompress(base64.b64decode(value, validate=True)), dtype="<f8")
    return np.asarray(value, dtype=float)


def _array(value: Any, columns: int) -> FloatArray:
    return np.asarray(_numbers(value), dtype=float).reshape(-1, columns)


def _step(step: dict[str, Any], value: float) -> FloatArray:
    """(4, 4) of one movement: a shift in mm along x, y or z, or a turn in degrees about a line."""
    motion = np.eye(4)
    if step["type"] in ("x", "y", "z"):
        motion["xyz".index(step["type"]), 3] = value
        return motion
    if step["type"] != "rot2p":
        raise InputError(
            "deformation", f"its type {step['type']!r} is not known", "Give x, y, z or rot2p"
        )
    start, end = (np.asarray(step[name], dtype=float) for name in ("point1", "point2"))
    x, y, z = (end - start) / np.linalg.norm(end - start)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = math.radians(value)
    turn = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    motion[:3, :3] = turn
    motion[:3, 3] = start - turn @ start
    return motion
