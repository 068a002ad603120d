"""A head: its tissues, landmarks, scalp, EEG positions and place in MNI space, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.poses import FloatArray, Frame
from euthymia.model.head.maps import TissueMaps
from euthymia.model.head.place.eeg import EegSystem, eeg_system
from euthymia.model.head.place.landmarks import Landmarks
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.spread import AnatomySpread
from euthymia.model.head.surface.cortex import Cortex, cortex_of
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.surface.scalp import Scalp, ScalpPoint
from euthymia.model.head.volume import LabelVolume, Tissue

_FARTHEST_SNAP_MM = 15.0
"""No place of a fitted brain lies farther from grey matter: beyond it, something is wrong."""


class Origin(StrEnum):
    """Whose anatomy a head shows."""

    OWN_MRI = "own-mri"
    """The patient's, from the patient's own image."""
    LABELS = "labels"
    """That of labels made elsewhere; whose they are is not known here."""
    DEFAULT = "default"
    """Nobody's in particular: the default head as it is."""
    TAPE = "tape"
    """The default head, in the patient's size and proportions."""


@dataclass(frozen=True, eq=False)
class Head:
    """One head, ready for targeting and for the field. Immutable; parts are made when asked for.

    volume: the tissue labels. landmarks: on this scalp, RAS millimetres of the volume's frame.
    mni: its map to MNI space. findings: what the making of it wants a person to know. origin:
    whose anatomy it is. spread: how far the patient's anatomy may lie from it; None for the
    patient's own. hair_mm: room for hair under the coil where it was measured. maps:
    how much of each voxel is each tissue, where it is known, on the grid of the labels.
    """

    volume: LabelVolume
    landmarks: Landmarks
    mni: MniMap
    title: str = ""
    findings: tuple[Finding, ...] = ()
    origin: Origin = Origin.LABELS
    spread: AnatomySpread | None = None
    hair_mm: float | None = None
    maps: TissueMaps | None = None

    @property
    def frame(self) -> Frame:
        """The frame in which all of this head's millimetres are."""
        return self.volume.frame

    @property
    def id(self) -> str:
        """The identity of this head's anatomy: a hash of its label volume."""
        return self.volume.sha256

    @cached_property
    def scalp(self) -> Scalp:
        """The surface on which coils rest."""
        return Scalp.of_volume(self.volume)

    @cached_property
    def eeg(self) -> EegSystem:
        """The 10-10 positions on this scalp."""
        return eeg_system(self.scalp, self.landmarks)

    @cached_property
    def hemispheres(self) -> Cortex:
        """The cortex of each side, with its thickness and its depth below the crowns."""
        return cortex_of(self.volume, self.mni)

    @property
    def cortex(self) -> TriangleSurface:
        """The surface in the middle of the grey matter, both hemispheres together."""
        return self.hemispheres.whole

    def to_mni(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) or (3,) millimetres of this head to MNI; see `mni.uncertainty_mm`."""
        return self.mni.forward(points_mm)

    def from_mni(self, points_mm: ArrayLike) -> FloatArray:
        """(n, 3) or (3,) MNI millimetres to this head's; see `mni.uncertainty_mm`."""
        return self.mni.back(points_mm)

    def snap_to_grey(self, point_mm: ArrayLike) -> tuple[FloatArray, float]:
        """The nearest place in grey matter (centre of a voxel) and how far it lies, millimetres.

        A point that is in grey matter stays where it is, with distance 0.
        """
        point = _three(point_mm)
        if self._is_grey(point):
            return point, 0.0
        nearest, distance = self.nearest_grey(point)
        if distance > _FARTHEST_SNAP_MM:
            x, y, z = np.round(point, 1)
            raise InputError(
                f"point {x}, {y}, {z} mm",
                f"the nearest grey matter is {distance:.0f} mm away",
                "Check the coordinates and the space they are in",
            )
        return nearest, distance

    def nearest_grey(self, point_mm: ArrayLike) -> tuple[FloatArray, float]:
        """The centre of the nearest voxel of grey matter, however far, and its distance, mm."""
        distance, index = self._grey_tree.query(_three(point_mm))
        return np.asarray(self._grey_tree.data[index]), float(distance)

    def scalp_cortex_distance_mm(self, point: ScalpPoint) -> float:
        """Shortest distance from a scalp point to grey matter, millimetres (about +-0.5)."""
        return float(self.scalp_cortex_distances_mm(point.position_mm[None])[0])

    def scalp_cortex_distances_mm(self, points_mm: ArrayLike) -> FloatArray:
        """(n,) shortest distance from (n, 3) points to grey matter, millimetres (about +-0.5)."""
        distances, _ = self._grey_tree.query(np.asarray(points_mm, dtype=float))
        # From the centre of the nearest voxel to its near face.
        return np.maximum(0.0, distances - 0.5 * float(self.volume.spacing_mm.mean()))

    def forward_on_scalp(self, start_mm: ArrayLike, length_mm: float) -> ScalpPoint:
        """The point `length_mm` in front of a start, along the scalp and parallel to the midline.

        What the 5 cm rule asks for: the tape lies in the plane parallel to the midsagittal one.
        """
        return self.scalp.arc(
            start_mm, self.landmarks.forward, length_mm, plane_normal=self.landmarks.right
        )

    @cached_property
    def _grey_tree(self) -> cKDTree:
        return cKDTree(self.volume.to_world(np.argwhere(self.volume.mask(Tissue.GREY))))

    def _is_grey(self, point: FloatArray) -> bool:
        voxel = np.round(self.volume.to_voxel(point[None])[0]).astype(int)
        inside = bool((voxel >= 0).all() and (voxel < self.volume.labels.shape).all())
        return inside and int(self.volume.labels[tuple(voxel)]) == Tissue.GREY


def _three(values: ArrayLike) -> FloatArray:
    point = np.array(values, dtype=float)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise InputError("point", "it is not three finite numbers", "Give x, y, z in millimetres")
    return point
