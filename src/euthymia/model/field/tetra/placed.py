"""One coil at one pose over a head of tetrahedra: its field at points and in elements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.any_coil import AnyCoil, potential_rate
from euthymia.model.field.tetra.assembly import gradients
from euthymia.model.field.tetra.locate import locate
from euthymia.model.field.tetra.recovery import FieldAt
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.mesh.tetra import TetraMesh

_TOUCH_MM = 2.0


@dataclass(frozen=True, eq=False)
class TetraField:
    """The solved field of one coil at its pose, for 1 A/us."""

    solver: TetraSolver
    coil: AnyCoil
    pose: Pose
    phi_v: FloatArray

    def at(self, points: FieldAt) -> FloatArray:
        """(p, 3) V/m recovered at prepared points."""
        return points.field(self.phi_v, self._dadt(points.points_mm))

    def in_elements(self) -> FloatArray:
        """(m, 3) V/m at the middle of every tetrahedron, from the element's own slope."""
        mesh = self.solver.mesh
        slope = np.einsum("eik,ei->ek", gradients(mesh), self.phi_v[mesh.tets])
        return np.asarray(-slope - self._dadt(mesh.centroids_mm))

    def _dadt(self, points_mm: FloatArray) -> FloatArray:
        return potential_rate(self.coil, self.pose, points_mm)


def placed_field(solver: TetraSolver, coil: AnyCoil, pose: Pose) -> TetraField:
    """Solve for a coil at a pose; refuses another frame, and a coil that reaches into the head."""
    mesh = solver.mesh
    if pose.frame.id != mesh.frame.id:
        raise InputError(
            "coil pose",
            f"it is in frame {pose.frame.id!r}, the mesh in {mesh.frame.id!r}",
            "Give the pose in the frame of this mesh",
        )
    _refuse_inside(mesh, coil, pose)
    phi = solver.solve_many(solver.rhs(potential_rate(coil, pose, solver.sources.points_mm)))
    return TetraField(solver, coil, pose, phi.astype(float))


def _refuse_inside(mesh: TetraMesh, coil: AnyCoil, pose: Pose) -> None:
    # As in voxels: a face that just touches the scalp has two millimetres to spare.
    face = pose.shifted((0.0, 0.0, -_TOUCH_MM)).to_world(coil.face_mm)
    sources = getattr(coil, "positions_mm", None)
    places = face if sources is None else np.concatenate([pose.to_world(sources), face])
    low, high = mesh.nodes_mm.min(axis=0), mesh.nodes_mm.max(axis=0)
    near = places[((places >= low) & (places <= high)).all(axis=1)]
    if len(near) and (locate(mesh, near)[1] >= 0).any():
        raise InputError(
            f"coil {coil.id}",
            "at this pose it reaches into the head",
            "Move the coil outwards along its axis, or check which way its z axis points",
        )
