"""Placements on many heads: the work of one head, to be given to processes or machines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from euthymia.core.batch import Rows
from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import Frame, Pose
from euthymia.model.coil.files import coil_named
from euthymia.model.field.metrics import field_metrics
from euthymia.model.field.solver import HeadSolver
from euthymia.model.head.default import default_head
from euthymia.model.head.volume import LabelVolume, Tissue

VERSION = 1
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Placement:
    """One line of a table: a coil (id or file) at a pose, and the place of interest if any.

    frame: the id of the frame that the pose says it is in. matrix_mm: the (4, 4) pose by rows.
    target_mm: in grey matter, in the same frame.
    """

    coil: str
    frame: str
    matrix_mm: tuple[float, ...]
    target_mm: tuple[float, float, float] | None = None
    radius_mm: float = 5.0
    didt_a_per_us: float = 1.0


@dataclass(frozen=True, slots=True)
class HeadJob:
    """All placements of one head: "default", or a file of tissue labels."""

    head: str
    placements: tuple[Placement, ...]

    @property
    def name(self) -> str:
        return self.head

    def inputs(self) -> Mapping[str, Any]:
        """The contents of the files, and the placements."""
        coils = {each.coil for each in self.placements}
        return {
            "version": VERSION,
            "head": self.head if self.head == DEFAULT else _sha256(Path(self.head)),
            "coils": {name: _coil_identity(name) for name in sorted(coils)},
            "placements": [
                [
                    each.coil,
                    each.frame,
                    each.matrix_mm,
                    each.target_mm,
                    each.radius_mm,
                    each.didt_a_per_us,
                ]
                for each in self.placements
            ],
        }


def rate_head(job: HeadJob) -> Rows:
    """One row a placement: |E| in grey matter, and around the target, V/m.

    The head is prepared once. A placement that is refused gets a row that says so.
    """
    volume = default_head().volume if job.head == DEFAULT else LabelVolume.load(Path(job.head))
    solver = HeadSolver.prepare(volume)
    rows: Rows = []
    for number, placement in enumerate(job.placements):
        row: dict[str, Any] = {"head": job.head, "placement": number, "coil": placement.coil}
        try:
            row |= _rated(solver, placement)
        except InputError as refusal:
            row["refused"] = str(refusal)
        rows.append(row)
    return rows


def _rated(solver: HeadSolver, placement: Placement) -> dict[str, Any]:
    pose = Pose.from_matrix(np.reshape(placement.matrix_mm, (4, 4)), Frame(placement.frame))
    coil = coil_named(placement.coil)
    field = solver.field(coil, pose)
    cells = field.cells(Tissue.GREY)
    e = field.inside(Tissue.GREY, cells) * placement.didt_a_per_us
    near = None
    if placement.target_mm is not None:
        away = solver.grid.centres_mm(cells) - np.array(placement.target_mm)
        near = np.flatnonzero(np.linalg.norm(away, axis=1) <= placement.radius_mm)
    weights = np.full(len(cells), float(np.prod(solver.grid.spacing_mm)))
    found = field_metrics(e, weights, region=near)
    return {
        "didt_a_per_us": placement.didt_a_per_us,
        "peak_v_per_m": found.peak_v_per_m,
        "mean_v_per_m": found.mean_in_region_v_per_m,
        "volume_above_half_mm3": found.beyond[0.5],
        "relative_residual": field.convergence.relative_residual,
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(require_file(path, "a file of tissue labels").read_bytes()).hexdigest()


def _coil_identity(name: str) -> str:
    return coil_named(name).sha256
