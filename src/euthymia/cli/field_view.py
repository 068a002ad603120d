"""A solved field on the screen and as a plain dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, RenderableType

from euthymia.cli.field_inputs import Points
from euthymia.cli.field_measures import (
    FieldMeasures,
    Interest,
    cortex_data,
    cortex_facts,
    grey_data,
    grey_facts,
)
from euthymia.cli.field_place import Aim
from euthymia.cli.findings import finding_list
from euthymia.cli.output import Cell, facts, section, show, table, title
from euthymia.cli.plain import Data, findings_data
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import FloatArray
from euthymia.core.software import software
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.field.brain_field import BrainField
from euthymia.model.field.multigrid import Convergence
from euthymia.model.head.named import coarse_findings
from euthymia.model.head.volume import LabelVolume, Tissue


@dataclass(frozen=True, eq=False)
class FieldResult:
    """A solved field with everything it was solved for; fields in V/m at `didt_a_per_us`.

    field_v_per_m: (n, 3) at the points. target_v_per_m: magnitude of the mean field in grey
    matter within the radius of interest around the target.
    """

    request_head: str
    volume: LabelVolume
    coil: AnyCoil
    aim: Aim
    didt_a_per_us: float
    brain: BrainField
    convergence: Convergence
    unknowns: int
    points: Points | None
    tissues: NDArray[np.uint8] | None
    field_v_per_m: FloatArray | None
    target_v_per_m: float | None
    interest: Interest | None
    measures: FieldMeasures

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be known about the result."""
        return tuple(_findings(self))


def field_data(result: FieldResult, files: dict[str, str]) -> Data:
    """What `euthymia field --json` prints."""
    aim, measures = result.aim, result.measures
    return {
        "software": software(),
        "head": {
            "name": result.request_head,
            "labels_sha256": result.volume.sha256,
            "frame": result.volume.frame.id,
        },
        "coil": {
            "id": result.coil.id,
            "name": result.coil.name,
            "sha256": result.coil.sha256,
            "max_didt_a_per_us": result.coil.max_didt_a_per_us,
        },
        "place": aim.words,
        "pose": aim.pose.to_json(),
        "didt_a_per_us": result.didt_a_per_us,
        "grey_matter": grey_data(measures.grey),
        "cortex": cortex_data(measures.cortex),
        "target": _target_data(result),
        "solver": {
            "unknowns": result.unknowns,
            "iterations": result.convergence.iterations,
            "relative_residual": result.convergence.relative_residual,
        },
        "points": _points_data(result),
        "files": files,
        "findings": findings_data(result.findings),
    }


def _target_data(result: FieldResult) -> Data | None:
    interest, there = result.interest, result.measures.grey_there
    if interest is None or there is None:
        return None
    return {
        "position_mm": [round(float(value), 2) for value in interest.centre_mm],
        "moved_mm": round(result.aim.moved_mm, 2),
        "radius_mm": interest.radius_mm,
        "field_v_per_m": result.target_v_per_m,
        "field_is": "magnitude of the mean in grey matter within the radius",
        "mean_strength_v_per_m": there.mean_in_region_v_per_m,
        "cortex": cortex_data(result.measures.cortex_there, whole=False),
    }


def show_field(result: FieldResult, console: Console | None = None) -> None:
    """Print the field in short, and at the points by tissue."""
    at = "1 A/µs" if result.didt_a_per_us == 1 else f"{result.didt_a_per_us:g} A/µs"
    parts: list[RenderableType] = [
        title(f"Induced field at {at}", result.coil.name),
        facts(_facts(result)),
    ]
    if result.points is not None:
        parts.append(section("At the points, by tissue", _by_tissue(result)))
    if result.findings:
        parts.append(section("Findings", finding_list(result.findings)))
    show(*parts, console=console)


def _facts(result: FieldResult) -> Iterator[tuple[str, Cell]]:
    x, y, z = result.aim.pose.position_mm
    yield "head", f"{result.request_head} ({result.volume.sha256[:12]})"
    yield "place", result.aim.words
    yield "coil centre", f"{x:.1f}, {y:.1f}, {z:.1f} mm (RAS, {result.volume.frame.id[:18]})"
    measures, interest = result.measures, result.interest
    if interest is not None and measures.grey_there is not None:
        moved = result.aim.moved_mm
        way = f", moved {moved:.1f} mm into grey matter" if moved else ""
        yield (
            "at the target",
            f"{result.target_v_per_m:.3g} V/m (mean vector within {interest.radius_mm:g} mm{way}); "
            f"mean |E| {measures.grey_there.mean_in_region_v_per_m:.3g} V/m",
        )
    yield from grey_facts(measures.grey)
    yield from cortex_facts(measures)
    solved = result.convergence
    yield (
        "solved",
        (
            f"{result.unknowns:,} unknowns, {solved.iterations} iterations, residual "
            f"{solved.relative_residual:.1e}"
        ),
    )


def _by_tissue(result: FieldResult) -> RenderableType:
    assert result.field_v_per_m is not None and result.tissues is not None
    strength = np.linalg.norm(result.field_v_per_m, axis=1)
    rows = []
    for tissue in Tissue:
        here = strength[result.tissues == tissue]
        if len(here):
            numbers = (np.min(here), np.median(here), np.max(here))
            rows.append((tissue.label, str(len(here)), *(f"{float(v):.3g}" for v in numbers)))
    columns = ("tissue", "points", "least V/m", "median", "most")
    return table(columns, rows, numeric=range(1, 5))


def _points_data(result: FieldResult) -> list[Data] | None:
    if result.points is None or result.field_v_per_m is None or result.tissues is None:
        return None
    return [
        {
            "position_mm": position.tolist(),
            "tissue": Tissue(int(tissue)).name.lower(),
            "field_v_per_m": vector.tolist(),
            "strength_v_per_m": float(np.linalg.norm(vector)),
        }
        for position, vector, tissue in zip(
            result.points.positions_mm, result.field_v_per_m, result.tissues, strict=True
        )
    ]


def _findings(result: FieldResult) -> Iterator[Finding]:
    limit = result.coil.max_didt_a_per_us
    if limit is not None and result.didt_a_per_us > limit:
        yield Finding(
            "field.beyond-device",
            Severity.CAUTION,
            result.coil.name,
            f"Its current does not change that fast on {result.coil.stimulator or 'its device'}",
            found=f"{result.didt_a_per_us:g} A/us",
            limit=f"{limit:g} A/us",
        )
    if result.measures.cortex is None:
        yield Finding(
            "field.no-cortex",
            Severity.NOTE,
            "cortex",
            "The labels show no surface between grey and white matter: the field is not split into "
            "its parts across and along the cortex",
        )
    yield from coarse_findings(result.volume)
