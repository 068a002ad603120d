"""A T2 beside the T1: fluid bright beside dark bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.place.registration import ants_or_refuse, to_ants
from euthymia.model.head.tissue.brain import Priors
from euthymia.model.head.tissue.mixture import Mixture

Volume = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_WEIGHT = 0.5
"""What a T2 says counts half as much as the T1: the two were not taken at the same moment."""

_LEAST_CONTRAST = 1.3
"""Fluid is brighter than grey matter by at least this factor in a T2."""


@dataclass(frozen=True, eq=False)
class T2:
    """A T2 on the grid of the T1 with what it shows of fluid, grey and white.

    values: (nx, ny, nz). means: (3,) brightness. width: of grey matter's.
    """

    values: Volume
    means: FloatArray
    width: float

    @classmethod
    def of(
        cls,
        values: NDArray[np.floating],
        t1: Volume,
        core: BoolArray,
        priors: Priors,
        model: Mixture,
    ) -> T2:
        """The T2 of a head whose T1 is known; refuses an image in which fluid is not bright."""
        t2 = np.asarray(values, dtype=np.float32)
        if t2.shape != t1.shape:
            raise InputError(
                "T2 image",
                f"its grid {t2.shape} is not that of the T1 {t1.shape}",
                "Bring it onto the grid of the T1 first",
            )
        fluid, grey, white = model.means
        # Fluid where the T1 shows it nearly pure; grey and white where the prior agrees.
        wet = priors.cavity & (t1 < fluid + 0.25 * (grey - fluid)) & (t1 > 0.6 * fluid)
        sure = [
            core & (priors.tissues[tissue] > 0.6) & (np.abs(t1 - mean) < 0.3 * (white - grey))
            for tissue, mean in ((1, grey), (2, white))
        ]
        if min(wet.sum(), *(part.sum() for part in sure)) < 500:
            raise InputError("T2 image", "it does not show the brain", "Give a whole-head T2")
        # Fluid beside bone is dimmed by it: its brightness is that of the brightest half.
        means = np.array([np.percentile(t2[wet], 75), *(np.median(t2[part]) for part in sure)])
        spread = 1.4826 * float(np.median(np.abs(t2[sure[0]] - means[1])))
        if means[0] < _LEAST_CONTRAST * means[1]:
            raise InputError(
                "T2 image",
                "fluid is not brighter than grey matter in it",
                "Check that it is T2-weighted and lies on the T1, or leave it out",
            )
        return cls(t2, means, max(spread, 0.28 * float(means[0] - means[1])))

    @property
    def to_fluid(self) -> Volume:
        """(nx, ny, nz) brightness with fluid at 1."""
        return np.asarray(np.minimum(self.values / np.float32(self.means[0]), 1.0))

    def log_likelihood(self) -> Volume:
        """(3, nx, ny, nz) log likelihood of fluid, grey and white, up to a constant."""
        clipped = np.clip(self.values, self.means.min(), self.means.max())
        offset = (clipped[None] - self.means.reshape(3, 1, 1, 1)) / self.width
        return np.asarray(-0.5 * _WEIGHT * offset**2, dtype=np.float32)


def laid_on_t1(t2: Volume, t2_affine: FloatArray, t1: Volume, t1_affine: FloatArray) -> Volume:
    """The T2 moved rigidly onto the T1 and sampled on its grid (mutual information, ANTs)."""
    ants = ants_or_refuse()
    fixed, moving = to_ants(ants, t1, t1_affine), to_ants(ants, t2, t2_affine)
    found = ants.registration(fixed, moving, type_of_transform="Rigid", aff_metric="mattes")
    return np.asarray(found["warpedmovout"].numpy(), dtype=np.float32)
