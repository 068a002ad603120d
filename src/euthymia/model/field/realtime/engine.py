"""A head prepared for real time: the field of any coil at any placement outside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame, Pose
from euthymia.core.store import Arrays
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.field.realtime.kernels import combine, project
from euthymia.model.field.realtime.reduced import FINE_CELL_MM, ReducedCoil

Float32Array = NDArray[np.float32]

TOUCH_MM = 2.0
"""A casing may lie this deep in the head's lattice before a placement is refused."""

_POSES_AT_ONCE = 500


@dataclass(frozen=True, eq=False)
class RealTimeField:
    """The field of one placement at the head's points, for 1 A/us, with its error.

    field_v_per_m: (p, 3) along the world axes. relative_error: the relative L2 difference from a
    direct solve on the same mesh, estimated from how well the modes carry the coil's field.
    gap_mm: the way from scalp to casing.
    """

    field_v_per_m: Float32Array
    relative_error: float
    gap_mm: float

    @property
    def strength(self) -> Float32Array:
        """(p,) |E| in V/m for 1 A/us."""
        return np.asarray(np.linalg.norm(self.field_v_per_m, axis=1))


@dataclass(frozen=True, eq=False)
class RealTimeRegion:
    """Some of a head's points, for faster answers: the field there alone.

    indices: (r,) of the head's points. rows: (3 r, n) single precision.
    """

    head: RealTimeHead
    indices: NDArray[np.int64]
    rows: Float32Array

    @property
    def points_mm(self) -> FloatArray:
        """(r, 3) millimetres."""
        return np.asarray(self.head.points_mm[self.indices])

    def field(self, coil: AnyCoil | ReducedCoil, pose: Pose) -> RealTimeField:
        """The field in the region for one placement."""
        amplitudes, error, gap = self.head.amplitudes(coil, pose)
        out = project(self.rows, amplitudes)
        return RealTimeField(out.reshape(-1, 3), error, gap)

    def fields(
        self, coil: AnyCoil | ReducedCoil, rotations: FloatArray, places_mm: FloatArray
    ) -> tuple[Float32Array, FloatArray]:
        """(n, r, 3) fields of many placements and their (n,) estimated relative errors.

        Placements are taken as they are: see to their clearance before.
        """
        amplitudes, errors = self.head.many_amplitudes(coil, rotations, places_mm)
        out = amplitudes @ self.rows.T
        return out.reshape(len(places_mm), -1, 3), errors


@dataclass(frozen=True, eq=False)
class RealTimeHead:
    """A head after its preparation.

    points_mm: (p, 3) where the field is known. samples_mm: (m, 3) where the coil's field is read.
    reader: (n + w, 3 m) from samples to the n amplitudes and to w numbers that tell what the modes
    leave of the samples. rows: (3 p, n) int16, E of each mode over its scale. scales: (n,).
    weights: (3 m,). gain, floor: from what is left to the relative error."""

    frame: Frame
    points_mm: FloatArray
    samples_mm: FloatArray
    weights: Float32Array
    reader: Float32Array
    rows: NDArray[np.int16]
    scales: Float32Array
    gain: float
    floor: float
    outside: Clearance
    _coils: dict[tuple[str, float], ReducedCoil] = field(default_factory=dict)

    @property
    def modes(self) -> int:
        """How many modes carry the answers."""
        return len(self.scales)

    def field(self, coil: AnyCoil | ReducedCoil, pose: Pose) -> RealTimeField:
        """The field at all points for one placement; refuses one that enters the head."""
        amplitudes, error, gap = self.amplitudes(coil, pose)
        out = np.empty(len(self.rows), dtype=np.float32)
        combine(self.rows, amplitudes * self.scales, out)
        return RealTimeField(out.reshape(-1, 3), error, gap)

    def region(self, indices: NDArray[np.int64]) -> RealTimeRegion:
        """The points with those indices."""
        chosen = np.asarray(indices, dtype=np.int64)
        if len(chosen) == 0:
            raise InputError(
                "region", "no point of the cortex lies in it", "Move it onto the cortex"
            )
        at = (3 * chosen[:, None] + np.arange(3)).reshape(-1)
        rows = np.ascontiguousarray(self.rows[at] * self.scales, dtype=np.float32)
        return RealTimeRegion(self, chosen, rows)

    def sphere(self, centre_mm: FloatArray, radius_mm: float) -> RealTimeRegion:
        """The points within a sphere; refuses a sphere that holds none."""
        away = np.linalg.norm(self.points_mm - np.asarray(centre_mm), axis=1)
        return self.region(np.flatnonzero(away <= radius_mm))

    def reduced(self, coil: AnyCoil | ReducedCoil, cell_mm: float = FINE_CELL_MM) -> ReducedCoil:
        """The coil made ready, once for all placements."""
        if isinstance(coil, ReducedCoil):
            return coil
        key = (coil.sha256, cell_mm)
        if key not in self._coils:
            self._coils[key] = ReducedCoil.of(coil, cell_mm)
        return self._coils[key]

    def amplitudes(
        self, coil: AnyCoil | ReducedCoil, pose: Pose
    ) -> tuple[Float32Array, float, float]:
        """(n,) amplitudes of one placement, the estimated relative error, and the gap in mm.

        Refuses a pose of another frame and a casing that reaches into the head.
        """
        if pose.frame.id != self.frame.id:
            raise InputError(
                "coil pose",
                f"it is in frame {pose.frame.id!r}, the head in {self.frame.id!r}",
                "Give the pose in the frame of this head",
            )
        ready = self.reduced(coil)
        rotation, place = pose.rotation[None], pose.position_mm[None]
        gap = float(self.outside.least(ready.face_mm, rotation, place)[0])
        if gap < -TOUCH_MM:
            raise InputError(
                f"coil {ready.id}",
                f"at this pose its casing reaches {-gap:.0f} mm into the head",
                "Move the coil outwards along its axis, or check which way its z axis points",
            )
        sampled: Float32Array = (
            ready.sampled(self.samples_mm, rotation, place).reshape(-1) * self.weights
        )
        read = project(self.reader, sampled)
        error = self._errors(read[None], sampled[None], ready.error)[0]
        return read[: self.modes], float(error), gap

    def many_amplitudes(
        self, coil: AnyCoil | ReducedCoil, rotations: FloatArray, places_mm: FloatArray
    ) -> tuple[Float32Array, FloatArray]:
        """(k, n) amplitudes of k placements and their (k,) estimated relative errors."""
        ready = self.reduced(coil)
        out = np.empty((len(places_mm), self.modes), dtype=np.float32)
        errors = np.empty(len(places_mm))
        for start in range(0, len(places_mm), _POSES_AT_ONCE):
            part = slice(start, start + _POSES_AT_ONCE)
            sampled = ready.sampled(self.samples_mm, rotations[part], places_mm[part])
            flat = sampled.reshape(len(sampled), -1) * self.weights
            read = flat @ self.reader.T
            out[part] = read[:, : self.modes]
            errors[part] = self._errors(read, flat, ready.error)
        return out, errors

    def _errors(self, read: NDArray[Any], sampled: NDArray[Any], coil: float) -> FloatArray:
        left = np.linalg.norm(read[:, self.modes :], axis=1)
        whole = np.linalg.norm(sampled, axis=1)
        return np.asarray(np.hypot(self.floor + self.gain * left / whole, coil), dtype=float)

    def to_arrays(self) -> Arrays:
        """Everything as plain arrays, for the store."""
        return {
            "frame": np.array(self.frame.id), "title": np.array(self.frame.title),
            "points": self.points_mm, "samples": self.samples_mm, "weights": self.weights,
            "reader": self.reader, "rows": self.rows, "scales": self.scales,
            "error": np.array([self.gain, self.floor]),
            "distance": self.outside.distance_mm, "distance_affine": self.outside.affine,
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, found: Arrays) -> RealTimeHead:
        """What `to_arrays` wrote."""
        gain, floor = found["error"].tolist()
        outside = Clearance(found["distance"], found["distance_affine"])
        return cls(
            Frame(str(found["frame"]), str(found["title"])), found["points"], found["samples"],
            found["weights"], found["reader"], found["rows"], found["scales"], gain, floor, outside,
        )  # fmt: skip


def stacked(poses: Sequence[Pose]) -> tuple[FloatArray, FloatArray]:
    """(n, 3, 3) rotations and (n, 3) positions of poses."""
    return (
        np.stack([pose.rotation for pose in poses]),
        np.stack([pose.position_mm for pose in poses]),
    )
