"""Grey, white and fluid told apart by brightness, place and neighbours.

Each tissue has a Gaussian of brightness around its peak, all of one width, so that the border
between two tissues lies at the middle of their brightnesses, where a voxel holds half of each.
A spatial prior (the family is described by Ashburner and Friston 2005) and the neighbours, by the
mean field (Zhang, Brady and Smith 2001), move it where they have a preference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray

Volume = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_BINS = 150


@dataclass(frozen=True, eq=False)
class Mixture:
    """Peak brightnesses of fluid, grey and white matter and their common standard deviation."""

    means: FloatArray
    width: float

    def log_likelihood(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """(3, ...) log likelihood of each tissue, up to a constant.

        Equal for two tissues at the middle of their brightnesses, where a voxel holds half each.
        """
        # Darker than fluid is fluid, brighter than white is white: the tails are flat.
        clipped = np.clip(values, self.means[0], self.means[2])
        shape = (3,) + (1,) * np.ndim(values)
        offset = (clipped[None] - self.means.reshape(shape)) / self.width
        return np.asarray(-0.5 * offset**2, dtype=np.float32)


def peak(values: NDArray[np.floating], low: float, high: float) -> float:
    """The most frequent brightness between two bounds."""
    counts, edges = np.histogram(values, bins=_BINS, range=(low, high))
    smooth = ndimage.gaussian_filter1d(counts.astype(float), 3.0, mode="constant")
    centres = 0.5 * (edges[1:] + edges[:-1])
    return float(centres[int(np.argmax(smooth))])


def posterior(
    t1: Volume,
    inside: BoolArray,
    prior: Volume,
    model: Mixture,
    *,
    smoothness: float,
    rounds: int,
    more: Volume | None = None,
) -> Volume:
    """(3, nx, ny, nz) probabilities of fluid, grey and white inside a mask; 0 outside.

    prior: (3, nx, ny, nz). smoothness: how much the six neighbours weigh (0 not at all).
    more: (3, nx, ny, nz) log likelihood from another image.
    """
    evidence = model.log_likelihood(t1) + np.log(np.maximum(prior, 1e-3))
    if more is not None:
        evidence += more
    share = _normalised(evidence, inside)
    for _ in range(rounds):
        around = np.stack([_neighbour_sum(part) for part in share])
        share = _normalised(evidence + np.float32(smoothness) * around, inside)
    return share


def _normalised(log_share: Volume, inside: BoolArray) -> Volume:
    share = np.exp(log_share - log_share.max(axis=0))
    share /= share.sum(axis=0)
    return np.asarray(share * inside, dtype=np.float32)


def _neighbour_sum(part: Volume) -> Volume:
    total = np.zeros_like(part)
    for axis in range(3):
        total += ndimage.convolve1d(part, np.array([1.0, 0.0, 1.0]), axis=axis, mode="nearest")
    return total
