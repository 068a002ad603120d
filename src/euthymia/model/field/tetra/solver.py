"""The induced field on tetrahedra: one preparation of the head, any coil and any number of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from euthymia.core.poses import FloatArray
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.model.field.conductivity import Conductivities, standard_conductivities
from euthymia.model.field.dipoles import vector_potential_rate
from euthymia.model.field.tetra.amg import AggregationMultigrid
from euthymia.model.field.tetra.assembly import (
    connected_parts,
    element_conductivity,
    stiffness,
)
from euthymia.model.field.tetra.direct import Factor, direct_available
from euthymia.model.field.tetra.recovery import FieldAt
from euthymia.model.field.tetra.sources import Sources
from euthymia.model.head.volume import Tissue
from euthymia.model.mesh.tetra import TetraMesh

Backend = Literal["auto", "direct", "direct-double", "multigrid"]


class _Inverse(Protocol):
    """Whatever solves the pinned system."""

    def solve(self, b: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """(n,) or (n, k) solutions."""


@dataclass(frozen=True, eq=False)
class TetraSolver:
    """A head of tetrahedra prepared for solving.

    sigma: (m,) or (m, 6) S/m. matrix: the (n, n) stiffness in siemens, singular by a constant.
    sources: where dA/dt is needed and how it drives the nodes. backend: what solves. parts: (n,)
    number of the connected part of each node.
    """

    mesh: TetraMesh
    sigma: FloatArray
    matrix: sparse.csr_array
    sources: Sources
    backend: str
    parts: NDArray[np.int32]
    _inverse: _Inverse = field(repr=False)

    @classmethod
    def prepare(
        cls,
        mesh: TetraMesh,
        conductivities: Conductivities | FloatArray | None = None,
        progress: Progress = SILENT,
        backend: Backend = "auto",
        over_volume: bool = False,
    ) -> TetraSolver:
        """Assemble and factorise, once for all coils.

        conductivities: by tissue, or one number or tensor for each element. backend: "direct"
        (PARDISO, single precision), "direct-double", "multigrid" (our own, needs nothing more), or
        "auto": direct where it is installed. over_volume: for sampled vector potentials that may
        have a divergence.
        """
        with stage(progress, "Preparing the head for the field", 3) as step:
            given = standard_conductivities() if conductivities is None else conductivities
            sigma = element_conductivity(mesh, given)
            matrix = stiffness(mesh, sigma)
            parts = connected_parts(matrix)
            step.advance()
            sources = Sources.of(mesh, sigma, over_volume)
            step.advance()
            chosen = backend
            if backend == "auto":
                chosen = "direct" if direct_available() else "multigrid"
            inverse: _Inverse
            if chosen == "multigrid":
                inverse = AggregationMultigrid.build(matrix)
            else:
                inverse = Factor(_pinned(matrix, parts), single=chosen == "direct")
            step.advance()
        return cls(mesh, sigma, matrix, sources, chosen, parts, inverse)

    def rhs(self, dadt_v_per_m: FloatArray) -> FloatArray:
        """(n,) or (n, k) right sides from dA/dt at `sources.points_mm`, (q, 3) or (q, 3, k)."""
        return self.sources.right_side(dadt_v_per_m)

    def solve_many(self, rhs: FloatArray) -> FloatArray:
        """(n,) or (n, k) potentials of right sides of the same shape, volts.

        What a right side sums to over a connected part, it cannot drive: it is spread evenly and
        taken off.
        """
        return np.asarray(self._inverse.solve(self._balanced(rhs)))

    def _balanced(self, rhs: FloatArray) -> FloatArray:
        if self.parts.max() == 0:
            return np.asarray(rhs - rhs.mean(axis=0))
        out = np.array(rhs, dtype=float)
        for part in range(int(self.parts.max()) + 1):
            here = self.parts == part
            out[here] -= out[here].mean(axis=0)
        return out

    def potential(self, positions_mm: FloatArray, moments_m2: FloatArray) -> FloatArray:
        """(n,) phi in volts for 1 A/us in a coil of (d, 3) dipoles given in the mesh's frame."""
        dadt = vector_potential_rate(self.sources.points_mm, positions_mm, moments_m2)
        return self.solve_many(self.rhs(dadt))

    def field(self, at: FieldAt, positions_mm: FloatArray, moments_m2: FloatArray) -> FloatArray:
        """(p, 3) E in V/m for 1 A/us at prepared points."""
        phi = self.potential(positions_mm, moments_m2)
        return at.field(phi, vector_potential_rate(at.points_mm, positions_mm, moments_m2))

    def at(
        self, points_mm: FloatArray, tissue: Tissue | NDArray[np.uint8] | None = None
    ) -> FieldAt:
        """Prepare points for this head; see `FieldAt.of`."""
        return FieldAt.of(self.mesh, points_mm, tissue, self.uneven)

    @property
    def uneven(self) -> NDArray[np.bool_]:
        """(m,) elements of tissues whose conductivity is a tensor or varies."""
        if self.sigma.ndim == 2:
            scale = self.sigma[:, 0]
            odd = np.abs(self.sigma[:, 3:]).max(axis=1) > 1e-9 * scale
            odd |= np.ptp(self.sigma[:, :3], axis=1) > 1e-9 * scale
        else:
            scale, odd = self.sigma, np.zeros(len(self.sigma), dtype=bool)
        for number in np.unique(self.mesh.tissue):
            here = self.mesh.tissue == number
            odd[here] |= bool(odd[here].any() or np.ptp(scale[here]) > 1e-9 * scale[here].max())
        return np.asarray(odd, dtype=bool)


def _pinned(matrix: sparse.csr_array, parts: NDArray[np.int32]) -> sparse.csr_array:
    """The upper triangle with one node of each connected part held at zero."""
    upper = sparse.csr_array(sparse.triu(matrix, format="csr"))
    upper.sort_indices()
    pinned = np.zeros(matrix.shape[0], dtype=bool)
    pinned[np.unique(parts, return_index=True)[1]] = True
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(upper.indptr))
    held = pinned[rows] | pinned[upper.indices]
    upper.data[held & (rows != upper.indices)] = 0.0
    return upper
