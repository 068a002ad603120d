"""The field of a coil at the motor hand area, where its threshold was or would be measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import Pose
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.core.quantities import Estimate
from euthymia.core.store import Arrays, Store
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.coil.coil import Coil
from euthymia.model.field.conductivity import (
    BLUR_VOXELS,
    Conductivities,
    standard_conductivities,
)
from euthymia.model.field.solver import HeadSolver
from euthymia.model.head.head import Head
from euthymia.model.head.volume import Tissue
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.compute import Bench, aim_at_hand_area
from euthymia.plan.target.placement import HAIR_MM
from euthymia.plan.target.placing import field_estimate
from euthymia.plan.target.search_range import SearchRange

VERSION = 1
"""Raise it when the computation changes in any way that changes numbers."""


@dataclass(frozen=True, eq=False)
class HandAreaField:
    """A coil where it is strongest at the left motor hand area.

    field: |E| there (size of the mean in grey matter within 5 mm), V/m per A/us, with its interval.
    The placement comes from the search, the field from a direct solve at it.
    """

    coil: Coil
    pose: Pose
    field: Estimate


def hand_area_fields(
    head: Head,
    coils: tuple[AnyCoil, ...],
    *,
    conductivities: Conductivities | None = None,
    gap_mm: float | None = None,
    store: Store | None = None,
    progress: Progress = SILENT,
) -> tuple[HandAreaField, ...]:
    """Each coil at its best placement over the hand area of one head.

    gap_mm: room for hair, by default the head's own where it was measured. The head is prepared
    once, and only where the store does not know all the answers.
    """
    known = tuple(_of_dipoles(coil) for coil in coils)
    table = (conductivities or standard_conductivities()).of_volume(head.volume)
    hair = HAIR_MM if head.hair_mm is None else head.hair_mm
    reach = SearchRange(gap_mm=hair if gap_mm is None else gap_mm)
    preparing = _Preparing(head, table, progress)
    found = []
    for coil in known:
        arrays = (store or Store(None)).arrays(
            "hand-area", _inputs(head, coil, table, reach), partial(preparing.aimed, coil, reach)
        )
        found.append(
            HandAreaField(
                coil,
                Pose.from_matrix(arrays["pose"], head.frame),
                field_estimate(float(arrays["strength"]), arrays["scatter"], head.spread),
            )
        )
    return tuple(found)


@dataclass(eq=False)
class _Preparing:
    """A head that is prepared when the first coil needs it."""

    head: Head
    conductivities: Conductivities
    progress: Progress
    _parts: tuple[Clearance, HeadSolver] | None = None

    def aimed(self, coil: Coil, reach: SearchRange) -> Arrays:
        """The best placement of one coil, as arrays."""
        if self._parts is None:
            with stage(self.progress, "Preparing the scalp"):
                clearance = Clearance.of(self.head.volume)
            solver = HeadSolver.prepare(self.head.volume, self.conductivities, self.progress)
            self._parts = clearance, solver
        clearance, solver = self._parts
        aimed = aim_at_hand_area(Bench(self.head, coil, clearance, solver, self.progress), reach)
        with stage(self.progress, "Solving for the field at the hand area"):
            solved = solver.field(coil, aimed.result.pose)
        direct = np.linalg.norm(solved.inside(Tissue.GREY, aimed.region.cells).mean(axis=0))
        return {
            "pose": aimed.result.pose.matrix,
            "strength": np.array(direct),
            "scatter": aimed.scatter * (direct / aimed.result.strength),
        }


def _of_dipoles(coil: AnyCoil) -> Coil:
    if not isinstance(coil, Coil):
        raise InputError(
            f"coil {coil.id}",
            "it is not made of magnetic dipoles, which the search over the hand area needs",
            "Give a coil of the catalogue or a .ccd file",
        )
    return coil


def _inputs(
    head: Head, coil: Coil, conductivities: Conductivities, reach: SearchRange
) -> dict[str, Any]:
    """Everything the result depends on, for the store."""
    return {
        "version": VERSION,
        "head": head.id,
        "landmarks": np.round(head.landmarks.stacked, 3).tolist(),
        "motor": np.round(head.from_mni(targets().motor.mni_mm), 3).tolist(),
        "coil": coil.sha256,
        "face": np.round(coil.face_mm, 3).tolist(),
        "conductivities": conductivities.sha256,
        "blur": BLUR_VOXELS,
        "reach": [reach.radius_mm, reach.step_mm, reach.angle_step_deg, reach.largest_tilt_deg],
        "gap": reach.gap_mm,
    }
