"""How much of a voxel on a border is each of the tissues that meet there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.model.head.maps import TissueMaps, keeping_labels
from euthymia.model.head.volume import LabelVolume, Tissue

Volume = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_BLUR_VOXELS = 0.6
_GUESS_SD = 0.2
"""How far the share that the labels around a voxel suggest is off."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about borders beyond the labels.

    t1: (nx, ny, nz) grey matter 1. means: (3,) brightness of fluid, grey and white. noise: its
    standard deviation. inner_mm, outer_mm, skin_mm: (nx, ny, nz) depth below the skull's two
    surfaces and below the skin, negative outside, right near the surface.
    """

    t1: Volume
    means: FloatArray
    noise: float
    inner_mm: Volume
    outer_mm: Volume
    skin_mm: Volume


def partial_volumes(volume: LabelVolume, evidence: Evidence) -> TissueMaps:
    """The shares of the tissues: only a voxel that has a neighbour of another tissue is mixed.

    Between fluid, grey and white the T1 says how much of each a voxel holds, the less the noisier
    it is; between the layers of skull and scalp the depth below their surface says it; everywhere
    else the labels around. Every voxel keeps its label as the tissue of the greatest share.
    """
    box = _head_box(volume.labels)
    labels = volume.labels[box]
    here = Evidence(
        evidence.t1[box],
        evidence.means,
        evidence.noise,
        evidence.inner_mm[box],
        evidence.outer_mm[box],
        evidence.skin_mm[box],
    )
    shares = np.zeros((len(Tissue), *volume.labels.shape), dtype=np.float32)
    shares[Tissue.AIR] = 1.0
    shares[(slice(None), *box)] = _mixed(labels, here, float(volume.spacing_mm.mean()))
    return TissueMaps.of_shares(shares, volume.affine, volume.frame)


def _head_box(labels: NDArray[np.uint8]) -> tuple[slice, ...]:
    """The box of the head and two voxels around it, where the grid has them."""
    found = ndimage.find_objects((labels > 0).astype(np.uint8))
    if not found:
        return tuple(slice(0, n) for n in labels.shape)
    sides = zip(found[0], labels.shape, strict=True)
    return tuple(slice(max(part.start - 2, 0), min(part.stop + 2, n)) for part, n in sides)


def _mixed(labels: NDArray[np.uint8], evidence: Evidence, voxel_mm: float) -> Volume:
    """(n tissues, nx, ny, nz) shares within a box."""
    one = np.stack([labels == tissue for tissue in Tissue])
    allowed = np.stack([ndimage.binary_dilation(part) for part in one])
    shares = np.stack(
        [
            ndimage.gaussian_filter(part.astype(np.float32), _BLUR_VOXELS, truncate=2.0)
            for part in one
        ]
    )
    shares *= allowed
    shares /= np.maximum(shares.sum(axis=0), 1e-6)
    _mix_brain(shares, allowed, evidence)
    two = allowed.sum(axis=0) == 2
    for within, beyond, depth in (
        (Tissue.CSF, Tissue.SKULL, evidence.inner_mm),
        (Tissue.SKULL, Tissue.SCALP, evidence.outer_mm),
        (Tissue.SCALP, Tissue.AIR, evidence.skin_mm),
    ):
        # Where the labels were moved away from that surface, it says nothing.
        here = allowed[within] & allowed[beyond] & two & (np.abs(depth) < voxel_mm)
        share = np.clip(0.5 + depth[here] / voxel_mm, 0.0, 1.0)
        shares[within][here], shares[beyond][here] = share, 1.0 - share
    return keeping_labels(shares, one)


def _mix_brain(shares: Volume, allowed: BoolArray, evidence: Evidence) -> None:
    """Replace the shares where only fluid, grey and white meet by what the T1 says."""
    fluid, grey, white = Tissue.CSF, Tissue.GREY, Tissue.WHITE
    others = allowed.sum(axis=0) - allowed[[fluid, grey, white]].sum(axis=0)
    mean = dict(zip((fluid, grey, white), evidence.means, strict=True))
    middle = evidence.t1 < mean[grey]
    for darker, brighter, here in (
        (fluid, grey, allowed[fluid] & allowed[grey] & (middle | ~allowed[white])),
        (grey, white, allowed[grey] & allowed[white] & (~middle | ~allowed[fluid])),
        (fluid, white, allowed[fluid] & allowed[white] & ~allowed[grey]),
    ):
        where = here & (others == 0)
        contrast = float(mean[brighter] - mean[darker])
        seen = np.clip((evidence.t1[where] - mean[darker]) / contrast, 0.0, 1.0)
        trust = _GUESS_SD**2 / (_GUESS_SD**2 + (evidence.noise / contrast) ** 2)
        for tissue in (fluid, grey, white):
            told = {darker: 1.0 - seen, brighter: seen}.get(tissue, np.zeros_like(seen))
            part = shares[tissue]
            part[where] = trust * told + (1.0 - trust) * part[where]
