"""The cortex as a smooth triangle surface, for pictures and for sampling the field."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InputError
from euthymia.model.head.grid.morphology import (
    closed,
    depth_inside_mm,
    distance_to_mm,
    filled,
    largest,
)
from euthymia.model.head.surface.meshes import TriangleSurface, largest_piece, surface_of_level
from euthymia.model.head.tissue.segment import crop_to
from euthymia.model.head.volume import BRAIN, LabelVolume, Tissue

_TAUBIN_ROUNDS = 8


def cortex_surface(
    volume: LabelVolume, *, depth: float = 0.5, spacing_mm: float = 1.5
) -> TriangleSurface:
    """The surface at a relative depth of the grey matter: 0 its outside, 1 its border to white.

    By default it runs in the middle, where the field of grey matter is best sampled. Both
    hemispheres, the cerebellum and the brain stem together; ventricles are filled. About
    `spacing_mm` between vertices; smoothed without shrinking (Taubin).
    """
    if not 0.0 <= depth <= 1.0:
        raise InputError(
            "depth of the cortical surface", f"{depth} is not a share of the cortex", "Give 0 to 1"
        )
    volume = crop_to(volume, BRAIN, margin_mm=12.0)
    spacing = volume.spacing_mm
    brain = _without_ventricles(volume)
    white = brain & ~volume.mask(Tissue.GREY)
    # Signed distances, negative inside; the wanted surface is where their blend is zero.
    from_outside = distance_to_mm(brain, spacing) - depth_inside_mm(brain, spacing)
    from_white = distance_to_mm(white, spacing) - depth_inside_mm(white, spacing)
    blend = (1.0 - depth) * from_outside + depth * from_white
    level = np.clip(-blend, -3.0, 3.0).astype(np.float32)
    surface = surface_of_level(
        level, volume.affine, level=0.0, spacing_mm=spacing_mm, smoothing_mm=0.6
    )
    return largest_piece(surface).taubin_smoothed(_TAUBIN_ROUNDS)


def _without_ventricles(volume: LabelVolume) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Grey and white matter in one piece, with the ventricles filled."""
    brain = volume.mask(*BRAIN)
    inner = volume.mask(Tissue.CSF) & (
        depth_inside_mm(filled(closed(brain, 8.0, volume.spacing_mm)), volume.spacing_mm) > 22.0
    )
    return largest(filled(brain | inner))
