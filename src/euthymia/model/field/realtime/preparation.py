"""The one-time preparation of a head for real time: solve the modes, keep what answers need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from euthymia.core.poses import FloatArray, Pose
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.core.store import Store
from euthymia.model.coil.any_coil import AnyCoil, potential_rate
from euthymia.model.coil.catalogue import coil, coil_ids
from euthymia.model.field.realtime.engine import RealTimeHead
from euthymia.model.field.realtime.modes import LOOPS, IncidentModes, tangent_frames
from euthymia.model.field.realtime.surroundings import Surroundings

Float32Array = NDArray[np.float32]
AnyFloats: TypeAlias = Any
"""Arrays of either precision."""

VERSION = 1
"""Raise it when the preparation changes in any way that changes numbers."""

MODES = 400
_STEP = "realtime"
_SOLVED_FOR_KEPT = 1.15
_WATCHERS = 48
_AT_ONCE = 64
_CALIBRATIONS = 28
_SAFETY = 1.5
_FLOOR = 3e-4


class SourcePoints(Protocol):
    """Where a solver needs dA/dt."""

    @property
    def points_mm(self) -> FloatArray:
        """(q, 3)."""


class LinearHead(Protocol):
    """Any solver of the induced field that is linear in dA/dt."""

    @property
    def sources(self) -> SourcePoints: ...
    def rhs(self, dadt_v_per_m: AnyFloats) -> AnyFloats:
        """(n, k) right sides from (q, 3, k) dA/dt."""

    def solve_many(self, rhs: AnyFloats) -> AnyFloats:
        """(n, k) potentials."""


class Recovery(Protocol):
    """E at fixed points, linear in the potential and in dA/dt there."""

    @property
    def points_mm(self) -> FloatArray:
        """(p, 3)."""

    def field(self, phi_v: AnyFloats, dadt_v_per_m: AnyFloats) -> AnyFloats:
        """(p, 3, k) E from (n, k) and (p, 3, k)."""


def direct_field(solver: LinearHead, at: Recovery, coil: AnyCoil, pose: Pose) -> FloatArray:
    """(p, 3) E for 1 A/us by a direct solve: what the real-time engine is held against."""
    phi = solver.solve_many(solver.rhs(potential_rate(coil, pose, solver.sources.points_mm)))
    return np.asarray(at.field(phi, potential_rate(coil, pose, at.points_mm)), dtype=float)


def prepare(
    solver: LinearHead,
    at: Recovery,
    surroundings: Surroundings,
    modes: int = MODES,
    progress: Progress = SILENT,
    seed: int = 0,
    loops: int = LOOPS,
) -> RealTimeHead:
    """Solve for the modes and calibrate the error; minutes on two cores.

    A few more modes are solved than kept: those are kept that matter on the points.
    """
    solved = round(_SOLVED_FOR_KEPT * modes)
    with stage(progress, "Choosing the modes of the outer field") as step:
        incident = IncidentModes.of(surroundings, solved, seed, loops)
        step.advance()
    fields = _mode_fields(solver, at, incident, progress)
    kept = _kept(incident, fields, modes)
    watchers = _watchers(incident, kept, seed)
    rows, scales = _as_int16(fields, kept.turn)
    weights = np.repeat(surroundings.weights, 3).astype(np.float32)
    reader = np.concatenate([kept.reader, watchers]).astype(np.float32)
    raw = RealTimeHead(
        surroundings.frame, np.asarray(at.points_mm), surroundings.samples_mm, weights,
        np.ascontiguousarray(reader), rows, scales, 1.0, 0.0, surroundings.outside,
    )  # fmt: skip
    return _calibrated(raw, solver, at, surroundings, progress, seed)


def prepared(
    store: Store,
    inputs: Mapping[str, Any],
    make: Callable[[], RealTimeHead],
) -> RealTimeHead:
    """A prepared head from the store, or `make()`; inputs decide its content (hashes, numbers)."""
    arrays = store.arrays(_STEP, {"version": VERSION, **inputs}, lambda: make().to_arrays())
    return RealTimeHead.from_arrays(arrays)


def has_prepared(store: Store, inputs: Mapping[str, Any]) -> bool:
    """Whether the store holds the prepared head of these inputs."""
    return store.holds(_STEP, {"version": VERSION, **inputs})


def _mode_fields(
    solver: LinearHead, at: Recovery, incident: IncidentModes, progress: Progress
) -> Float32Array:
    """(3 p, s) E of every mode at the points, V/m."""
    potentials = incident.potentials(solver.sources.points_mm)
    out = incident.potentials(np.asarray(at.points_mm))
    with stage(progress, "Solving the modes", incident.count) as step:
        for start in range(0, incident.count, _AT_ONCE):
            part = slice(start, min(start + _AT_ONCE, incident.count))
            phi = solver.solve_many(solver.rhs(potentials[:, :, part]))
            out[:, :, part] = at.field(phi, out[:, :, part])
            step.advance(part.stop - part.start)
    return out.reshape(-1, incident.count)


@dataclass(frozen=True, eq=False)
class _Kept:
    """turn: (s, n) from kept amplitudes to those of the solved modes; reader: (n, 3 m)."""

    turn: FloatArray
    reader: FloatArray


def _kept(incident: IncidentModes, fields: Float32Array, modes: int) -> _Kept:
    """The combinations of solved modes that matter most on the points over all loops."""
    spread = incident.training @ incident.training.T / incident.training.shape[1]
    spread[np.diag_indices_from(spread)] += 1e-10 * np.trace(spread)
    root = np.linalg.cholesky(spread)
    whitened = fields @ root.astype(np.float32)
    energy, turn = np.linalg.eigh((whitened.T @ whitened).astype(float))
    order = np.argsort(energy)[::-1][:modes]
    q, r = np.linalg.qr(incident.samples)
    reader = turn[:, order].T @ np.linalg.solve(r @ root, q.T)
    return _Kept(root @ turn[:, order], reader)


def _watchers(incident: IncidentModes, kept: _Kept, seed: int) -> FloatArray:
    """(w, 3 m) a random sketch of what the kept modes leave of the samples.

    The size of a sketch is that of the whole to about a tenth (Johnson and Lindenstrauss).
    """
    draw = np.random.default_rng(seed + 1)
    sketch = draw.normal(size=(_WATCHERS, len(incident.samples))) / np.sqrt(_WATCHERS)
    carried = (sketch @ incident.samples) @ kept.turn
    return np.asarray(sketch - carried @ kept.reader)


def _as_int16(fields: Float32Array, turn: FloatArray) -> tuple[NDArray[np.int16], Float32Array]:
    """The kept modes' fields as sixteen-bit numbers and the scale of each mode."""
    kept = fields @ turn.astype(np.float32)
    scales = np.abs(kept).max(axis=0) / np.float32(32767.0)
    kept /= scales
    return np.rint(kept, out=kept).astype(np.int16), scales.astype(np.float32)


def _calibrated(
    raw: RealTimeHead,
    solver: LinearHead,
    at: Recovery,
    surroundings: Surroundings,
    progress: Progress,
    seed: int,
) -> RealTimeHead:
    """The head with its error measured against direct solves of real coils at random places."""
    draw = np.random.default_rng(seed + 2)
    coils = [coil(key) for key in coil_ids()]
    poses = random_placements(
        surroundings, draw, [coils[i % len(coils)] for i in range(_CALIBRATIONS)]
    )
    ratios = []
    with stage(progress, "Measuring the error against direct solves", len(poses)) as step:
        for index, pose in enumerate(poses):
            some = coils[index % len(coils)]
            exact = direct_field(solver, at, some, pose)
            found = raw.field(some, pose)
            error = float(np.linalg.norm(found.field_v_per_m - exact) / np.linalg.norm(exact))
            ratios.append(error / max(found.relative_error, 1e-6))
            step.advance()
    gain = _SAFETY * float(np.quantile(ratios, 0.9))
    return RealTimeHead(
        raw.frame, raw.points_mm, raw.samples_mm, raw.weights, raw.reader, raw.rows, raw.scales,
        gain, _FLOOR, raw.outside,
    )  # fmt: skip


def random_placements(
    surroundings: Surroundings,
    draw: np.random.Generator,
    coils: Sequence[AnyCoil],
    gaps_mm: tuple[float, float] = (4.0, 10.0),
) -> list[Pose]:
    """One placement for each coil: anywhere on the usable scalp, any handle angle, gap as said."""
    count = len(coils)
    place = draw.integers(len(surroundings.scalp_mm), size=count)
    normal = surroundings.scalp_normals[place]
    turns = tangent_frames(normal, draw.uniform(0, 2 * np.pi, count))
    gaps = draw.uniform(*gaps_mm, count)
    poses = []
    for n, some in enumerate(coils):
        position = surroundings.scalp_mm[place[n]] + gaps[n] * normal[n]
        for _ in range(10):
            missing = (
                gaps[n]
                - surroundings.outside.least(
                    np.ascontiguousarray(some.face_mm), turns[n : n + 1], position[None]
                )[0]
            )
            position = position + missing * normal[n]
        poses.append(Pose(turns[n], position, surroundings.frame))
    return poses
