"""From a head to its real-time engine: mesh, solver, cortex, preparation, and the store."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from euthymia.core.poses import FloatArray
from euthymia.core.progress import SILENT, Progress
from euthymia.core.store import Store
from euthymia.model.field.conductivity import Conductivities, standard_conductivities
from euthymia.model.field.realtime.engine import RealTimeHead
from euthymia.model.field.realtime.preparation import MODES, has_prepared, prepare, prepared
from euthymia.model.field.realtime.surroundings import Surroundings
from euthymia.model.field.tetra.recovery import FieldAt
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.head.head import Head
from euthymia.model.head.surface.cortex import cortex_surface
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.head import MeshSize, mesh_head

CORTEX_SPACING_MM = 2.6


@dataclass(frozen=True, eq=False)
class Bench:
    """What a head's real-time engine is made from; parts are made when they are asked for.

    The cortex is the surface in the middle of the grey matter; its vertices are the points at
    which the field is known, inside grey matter.
    """

    head: Head
    conductivities: Conductivities
    size: MeshSize
    progress: Progress = SILENT

    @cached_property
    def cortex(self) -> TriangleSurface:
        """The surface whose vertices are the engine's points."""
        return cortex_surface(self.head.volume, spacing_mm=CORTEX_SPACING_MM)

    @cached_property
    def solver(self) -> TetraSolver:
        """The mesh of the head, ready to solve."""
        mesh = mesh_head(self.head.volume, self.size, self.progress)
        return TetraSolver.prepare(mesh, self.conductivities, self.progress)

    @cached_property
    def at(self) -> FieldAt:
        """The recovery of the field at the cortex."""
        return self.solver.at(self.cortex.vertices_mm, Tissue.GREY)

    @cached_property
    def surroundings(self) -> Surroundings:
        """Where coils may lie: on the scalp above the plane of nasion and ears."""
        return Surroundings.of(self.head.volume, floor_of(self.head))

    def prepared(self, modes: int = MODES) -> RealTimeHead:
        """The engine, made now."""
        return prepare(self.solver, self.at, self.surroundings, modes, self.progress)


def floor_of(head: Head) -> tuple[FloatArray, FloatArray]:
    """A point and the upward direction of the plane above which coils lie on the scalp.

    The plane through the landmarks, lifted where the brow and the ears are.
    """
    marks = head.landmarks
    middle = (marks.left_preauricular + marks.right_preauricular) / 2
    lifted = np.maximum(0.0, (marks.nasion - middle) @ marks.up) + 10.0
    return middle + lifted * marks.up, marks.up


def real_time_head(
    head: Head,
    conductivities: Conductivities | None = None,
    store: Store | None = None,
    progress: Progress = SILENT,
    size: MeshSize | None = None,
    modes: int = MODES,
) -> RealTimeHead:
    """The real-time engine of a head: read from the store, or made in a few minutes and kept."""
    bench = Bench(head, conductivities or standard_conductivities(), size or MeshSize(), progress)
    inputs = _inputs(head, bench.conductivities, bench.size, modes)
    return prepared(store or Store(None), inputs, lambda: bench.prepared(modes))


def is_prepared(head: Head, store: Store) -> bool:
    """Whether the store holds this head's engine with the usual settings."""
    return has_prepared(store, _inputs(head, standard_conductivities(), MeshSize(), MODES))


def _inputs(
    head: Head, conductivities: Conductivities, size: MeshSize, modes: int
) -> dict[str, Any]:
    """Everything that the engine of a head depends on, for the store."""
    return {
        "head": head.id,
        "floor": np.round(np.concatenate(floor_of(head)), 3).tolist(),
        "conductivities": conductivities.sha256,
        "mesh": [size.fine_mm, size.coarse_mm, size.growth],
        "cortex": CORTEX_SPACING_MM,
        "modes": modes,
    }
