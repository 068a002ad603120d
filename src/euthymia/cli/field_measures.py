"""The numbers that describe a solved field: in grey matter, on the cortex, around a target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.cli.output import Cell
from euthymia.cli.plain import Data
from euthymia.core.poses import FloatArray
from euthymia.model.field.metrics import FieldMetrics, field_metrics
from euthymia.model.field.solver import InducedField
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.volume import Tissue

_MM2_IN_CM2 = 100.0
_MM3_IN_ML = 1000.0
_NOWHERE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Interest:
    """The place of interest: a ball around a (3,) point of grey matter, millimetres."""

    centre_mm: FloatArray
    radius_mm: float

    def holds(self, points_mm: FloatArray) -> NDArray[np.int64]:
        """Indices of the (n, 3) points that lie in it."""
        away = np.linalg.norm(points_mm - self.centre_mm, axis=1)
        return np.flatnonzero(away <= self.radius_mm)


@dataclass(frozen=True, eq=False)
class FieldMeasures:
    """The metrics of a field; None where the head has no such part, or no target was named.

    grey, grey_there: all grey matter and that around the target, measures in mm3.
    cortex, cortex_there: the same on the mid-grey surface, measures in mm2, with components.
    """

    grey: FieldMetrics | None = None
    grey_there: FieldMetrics | None = None
    cortex: FieldMetrics | None = None
    cortex_there: FieldMetrics | None = None


def measures_of(
    field: InducedField,
    didt_a_per_us: float,
    surface: TriangleSurface | None,
    on_surface_v_per_m: FloatArray | None,
    interest: Interest | None,
) -> FieldMeasures:
    """The metrics at that rate of change.

    on_surface_v_per_m: (n, 3) the field at the vertices of the surface, at the same rate.
    """
    cells = field.cells(Tissue.GREY)
    e = field.inside(Tissue.GREY, cells) * didt_a_per_us
    voxel_mm3 = np.full(len(cells), float(np.prod(field.grid.spacing_mm)))
    grey = field_metrics(e, voxel_mm3) if len(cells) else None
    grey_there = cortex = cortex_there = None
    if interest is not None:
        there = interest.holds(field.grid.centres_mm(cells))
        grey_there = field_metrics(e, voxel_mm3, region=there) if len(there) else None
    if surface is not None and on_surface_v_per_m is not None:
        on, areas = on_surface_v_per_m, surface.vertex_areas_mm2
        cortex = field_metrics(on, areas, surface.normals)
        there = interest.holds(surface.vertices_mm) if interest is not None else _NOWHERE
        if len(there):
            cortex_there = field_metrics(on, areas, surface.normals, there)
    return FieldMeasures(grey, grey_there, cortex, cortex_there)


def grey_data(metrics: FieldMetrics | None) -> Data | None:
    """Metrics in grey matter as plain numbers."""
    if metrics is None:
        return None
    return {
        "peak_v_per_m": metrics.peak_v_per_m,
        "peak_is": "99.9th percentile by volume",
        "above_half_peak_ml": metrics.beyond[0.5] / _MM3_IN_ML,
        "above_share_of_peak_ml": {
            f"{share:g}": mm3 / _MM3_IN_ML for share, mm3 in metrics.beyond.items()
        },
    }


def grey_facts(metrics: FieldMetrics | None) -> Iterator[tuple[str, Cell]]:
    """Peak and focality in grey matter, for the screen."""
    if metrics is None:
        yield "peak", "none: there is no grey matter"
        return
    peak = f"{metrics.peak_v_per_m:.3g} V/m (99.9th percentile of |E| in grey matter)"
    yield "peak", peak
    yield "grey matter", _focality(metrics)


def _focality(metrics: FieldMetrics) -> str:
    """ "12.1 ml with half of the peak and more, 3.2 ml with 75 %, 0.8 ml with 90 %"."""
    first, *rest = ((share, mm3 / _MM3_IN_ML) for share, mm3 in metrics.beyond.items())
    parts = [f"{first[1]:.1f} ml with {first[0]:.0%} of the peak and more"]
    return ", ".join([*parts, *(f"{ml:.1f} ml with {share:.0%}" for share, ml in rest)])


def cortex_facts(measures: FieldMeasures) -> Iterator[tuple[str, Cell]]:
    """Components and areas on the cortex, for the screen."""
    if measures.cortex is not None:
        yield "on the cortex", _components(measures.cortex)
        areas = (
            f"{mm2 / _MM2_IN_CM2:.0f} cm² with {share:.0%}"
            for share, mm2 in measures.cortex.beyond.items()
        )
        yield "its area", f"{', '.join(areas)} of its peak and more"
    if measures.cortex_there is not None:
        yield "there, on the cortex", _components(measures.cortex_there)


def _components(metrics: FieldMetrics) -> str:
    return (
        f"{metrics.mean_in_region_v_per_m:.3g} V/m in the mean: {metrics.normal_v_per_m:.3g} "
        f"across it, {metrics.tangential_v_per_m:.3g} along it; at most "
        f"{metrics.inward_v_per_m:.3g} inwards, {metrics.outward_v_per_m:.3g} outwards"
    )


def cortex_data(metrics: FieldMetrics | None, whole: bool = True) -> Data | None:
    """Metrics on the mid-grey surface as plain numbers; `whole` for all of it."""
    if metrics is None:
        return None
    data: Data = {
        "mean_v_per_m": metrics.mean_in_region_v_per_m,
        "normal_v_per_m": metrics.normal_v_per_m,
        "tangential_v_per_m": metrics.tangential_v_per_m,
        "most_inward_v_per_m": metrics.inward_v_per_m,
        "most_outward_v_per_m": metrics.outward_v_per_m,
        "means_are": "by area; normal that of |E . n|, tangential that of |E - (E . n) n|",
        "most_is": "99.9th percentile by area",
    }
    if whole:
        data["peak_v_per_m"] = metrics.peak_v_per_m
        data["above_share_of_peak_cm2"] = {
            f"{share:g}": mm2 / _MM2_IN_CM2 for share, mm2 in metrics.beyond.items()
        }
    return data
