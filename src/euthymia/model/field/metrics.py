"""Numbers that describe a field on the cortex: peak, mean in a region, components, focality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray

PEAK_PERCENTILE = 99.9
"""The peak is this percentile of |E|: the largest value of all hangs on single elements."""

SHARES = (0.5, 0.75, 0.9)

_Parts = tuple[float | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class FieldMetrics:
    """A field in numbers, V/m at the output of the field; measures are mm2 or mm3 as the weights.

    peak: the 99.9th percentile of |E|. mean_in_region: of |E|. normal, inward and outward:
    the mean of |E . n|, and its largest values into and out of the cortex (99.9th percentiles).
    tangential: the mean of |E - (E . n) n|. beyond: share of the peak -> measure with at least it.
    All in the region where one is given, but for the peak and `beyond`.
    """

    peak_v_per_m: float
    mean_in_region_v_per_m: float
    normal_v_per_m: float | None
    inward_v_per_m: float | None
    outward_v_per_m: float | None
    tangential_v_per_m: float | None
    beyond: dict[float, float]


def field_metrics(
    field_v_per_m: ArrayLike,
    weights: ArrayLike,
    normals: ArrayLike | None = None,
    region: NDArray[np.int64] | None = None,
    shares: tuple[float, ...] = SHARES,
) -> FieldMetrics:
    """The metrics of (p, 3) V/m at points that stand for (p,) areas (mm2) or volumes (mm3).

    normals: (p, 3) outward unit normals of the cortex. region: indices of the points of interest,
    by default all.
    """
    e = np.asarray(field_v_per_m, dtype=float)
    w = np.asarray(weights, dtype=float)
    if e.ndim != 2 or e.shape[1] != 3 or w.shape != (len(e),):
        raise InputError(
            "field", f"shapes {e.shape} and {w.shape} do not match", "Give (p, 3) and (p,)"
        )
    if not np.isfinite(e).all() or not (w >= 0).all() or w.sum() <= 0:
        raise InputError("field", "it holds NaN or weights below zero", "Leave such points out")
    strength = np.linalg.norm(e, axis=1)
    peak = weighted_percentile(strength, w, PEAK_PERCENTILE)
    chosen = np.arange(len(e)) if region is None else np.asarray(region)
    if len(chosen) == 0 or w[chosen].sum() <= 0:
        raise InputError("region of interest", "it is empty", "Move it onto the cortex")
    part = w[chosen]
    parts: _Parts = (None, None, None, None)
    if normals is not None:
        parts = _components(e[chosen], part, np.asarray(normals, dtype=float)[chosen])
    return FieldMetrics(
        peak,
        float(np.average(strength[chosen], weights=part)),
        *parts,
        {share: float(w[strength >= share * peak].sum()) for share in shares},
    )


def _components(e: FloatArray, w: FloatArray, normals: FloatArray) -> _Parts:
    along = np.einsum("pk,pk->p", e, normals)
    across = np.linalg.norm(e - along[:, None] * normals, axis=1)
    return (
        float(np.average(np.abs(along), weights=w)),
        weighted_percentile(np.maximum(-along, 0.0), w, PEAK_PERCENTILE),
        weighted_percentile(np.maximum(along, 0.0), w, PEAK_PERCENTILE),
        float(np.average(across, weights=w)),
    )


def weighted_percentile(values: FloatArray, weights: FloatArray, percent: float) -> float:
    """The value below which `percent` of the weight lies, linear between the values."""
    order = np.argsort(values)
    w = weights[order]
    middle = np.cumsum(w) - w / 2
    return float(np.interp(percent / 100 * w.sum(), middle, values[order]))
