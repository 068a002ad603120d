"""The work of `euthymia field --mesh`: the field of a coil over a head of tetrahedra."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType

from euthymia.cli.bars import watching
from euthymia.cli.field_inputs import Points, read_points, read_pose_any_frame
from euthymia.cli.field_measures import Interest, grey_data, grey_facts
from euthymia.cli.field_write import csv_text, write_surface
from euthymia.cli.files import write_whole, write_with
from euthymia.cli.findings import finding_list
from euthymia.cli.options import numbers
from euthymia.cli.output import Cell, aside, facts, remark, section, show, title, write_json
from euthymia.cli.plain import Data, findings_data
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import FloatArray, Pose
from euthymia.core.progress import stage
from euthymia.core.software import software
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.files import coil_named
from euthymia.model.field.conductivity import Conductivities
from euthymia.model.field.metrics import FieldMetrics, field_metrics
from euthymia.model.field.tetra.assembly import element_conductivity
from euthymia.model.field.tetra.locate import locate
from euthymia.model.field.tetra.placed import TetraField, placed_field
from euthymia.model.field.tetra.recovery import FieldAt
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.field.tetra.sources import border_faces
from euthymia.model.field.tetra.tensors import (
    DiffusionTensors,
    TensorAxes,
    anisotropic_conductivity,
)
from euthymia.model.head.volume import BRAIN, Tissue
from euthymia.model.mesh.msh import MshHead, read_msh
from euthymia.model.mesh.tetra import TetraMesh
from euthymia.model.mesh.vtu import write_vtu


@dataclass(frozen=True, slots=True)
class MeshRequest:
    """What was asked for, as typed."""

    mesh: Path
    coil: str
    pose: Path
    didt_a_per_us: float
    points: Path | None
    out: Path | None
    gifti: Path | None
    vtu: Path | None
    tensors: Path | None
    tensor_axes: TensorAxes
    target: str | None
    radius_mm: float


@dataclass(frozen=True, eq=False)
class _Result:
    asked: MeshRequest
    coil: AnyCoil
    pose: Pose
    mesh: TetraMesh
    backend: str
    points: Points | None
    at: FieldAt | None
    field_v_per_m: FloatArray | None
    grey: FieldMetrics | None
    interest: Interest | None
    findings: tuple[Finding, ...]


def run_mesh_field(asked: MeshRequest, conductivities: Conductivities, as_json: bool) -> None:
    """Read the mesh, solve, write and show."""
    coil = coil_named(asked.coil)
    points = read_points(asked.points) if asked.points else None
    pose = read_pose_any_frame(asked.pose)
    with watching() as progress:
        with stage(progress, f"Reading {asked.mesh.name}"):
            head = read_msh(asked.mesh, pose.frame)
        mesh = head.mesh
        if points is not None:
            _refuse_outside(mesh, points)
        interest = _interest(asked, mesh)
        sigma, findings = _conductivity(head, conductivities, asked)
        solver = TetraSolver.prepare(mesh, sigma, progress)
        at = solver.at(points.positions_mm) if points is not None else None
        with stage(progress, "Solving for the field"):
            field = placed_field(solver, coil, pose)
        with stage(progress, "Reading the field off"):
            elements = field.in_elements() * asked.didt_a_per_us
            found = field.at(at) * asked.didt_a_per_us if at is not None else None
            grey = _grey(mesh, elements, interest)
    result = _Result(
        asked, coil, pose, mesh, solver.backend, points, at, found, grey, interest,
        (*findings, _frame_finding(asked, pose)),
    )  # fmt: skip
    files = _write_files(result, field, elements)
    _show(result, files, as_json)


def _refuse_outside(mesh: TetraMesh, points: Points) -> None:
    """Refuse points outside the head before anything takes long."""
    outside = np.flatnonzero(locate(mesh, points.positions_mm)[1] < -1e-6)
    if len(outside):
        first = int(outside[0])
        x, y, z = points.positions_mm[first]
        count = "1 point lies" if len(outside) == 1 else f"{len(outside)} points lie"
        raise InputError(
            f"{points.path}, line {points.lines[first]}",
            f"{count} outside the mesh, the first at {x:g}, {y:g}, {z:g} mm",
            "Give points inside it, in the millimetres of the mesh",
        )


def _conductivity(
    head: MshHead, conductivities: Conductivities, asked: MeshRequest
) -> tuple[FloatArray, tuple[Finding, ...]]:
    sigma = element_conductivity(head.mesh, conductivities)
    own = np.isfinite(head.own_s_per_m)
    sigma = np.where(own, head.own_s_per_m, sigma)
    if asked.tensors is None:
        return sigma, ()
    diffusion = DiffusionTensors.load(asked.tensors, asked.tensor_axes)
    full, share = anisotropic_conductivity(head.mesh, sigma, diffusion)
    finding = Finding(
        "field.tensors",
        Severity.NOTE if share > 0.95 else Severity.CAUTION,
        asked.tensors.name,
        "Conductivity of the brain follows the diffusion tensor where there is one",
        found=f"{share:.0%} of the brain's elements have one",
    )
    return full, (finding,)


def _frame_finding(asked: MeshRequest, pose: Pose) -> Finding:
    return Finding(
        "field.mesh-frame",
        Severity.CAUTION,
        asked.mesh.name,
        "A mesh file does not say whose millimetres it is in: those of the pose are assumed",
        found=f"pose in frame {pose.frame.id[:22]}",
    )


def _interest(asked: MeshRequest, mesh: TetraMesh) -> Interest | None:
    """The place of interest; refused before the solve where no grey element has its middle."""
    if asked.target is None:
        return None
    interest = Interest(np.array(numbers(asked.target, 3, "--target")), asked.radius_mm)
    if len(interest.holds(mesh.centroids_mm[mesh.tissue == Tissue.GREY])) == 0:
        raise InputError(
            f"--target {asked.target}",
            f"there is no grey matter within {asked.radius_mm:g} mm",
            "Move it onto the cortex, or give a larger --radius",
        )
    return interest


def _grey(mesh: TetraMesh, elements: FloatArray, interest: Interest | None) -> FieldMetrics | None:
    """The metrics in grey matter by volume; None without grey matter."""
    grey = mesh.tissue == Tissue.GREY
    if not grey.any():
        return None
    region = None if interest is None else interest.holds(mesh.centroids_mm[grey])
    return field_metrics(elements[grey], mesh.volumes_mm3[grey], region=region)


def _write_files(result: _Result, field: TetraField, elements: FloatArray) -> dict[str, str]:
    asked, mesh, files = result.asked, result.mesh, {}
    if asked.out is not None and result.points is not None and result.field_v_per_m is not None:
        write_whole(asked.out, csv_text(result.points, result.field_v_per_m).encode())
        files["points"] = str(asked.out)
    if asked.vtu is not None:
        values = {
            "tissue": mesh.tissue,
            "E (V/m)": np.asarray(elements, dtype=np.float32),
            "|E| (V/m)": np.linalg.norm(elements, axis=1).astype(np.float32),
        }
        write_with(asked.vtu, lambda to: write_vtu(to, mesh.nodes_mm, mesh.tets, {}, values))
        files["vtu"] = str(asked.vtu)
    if asked.gifti is not None:
        nodes, triangles = brain_surface(mesh)
        at = field.solver.at(nodes, Tissue.GREY)
        write_surface(asked.gifti, nodes, triangles, field.at(at) * asked.didt_a_per_us)
        files["gifti"] = str(asked.gifti)
    return files


def brain_surface(mesh: TetraMesh) -> tuple[FloatArray, NDArray[np.int64]]:
    """Nodes (n, 3) mm and triangles (t, 3) of the outer border of grey and white matter."""
    brain = np.isin(mesh.tissue, [int(tissue) for tissue in BRAIN])
    if not brain.any():
        raise InputError("mesh", "it holds no brain", "Leave --gifti out")
    faces, jump = border_faces(mesh, brain.astype(float))
    faces = np.where((jump > 0)[:, None], faces, faces[:, ::-1])
    used, small = np.unique(faces, return_inverse=True)
    return mesh.nodes_mm[used], small.reshape(-1, 3).astype(np.int64)


def _show(result: _Result, files: dict[str, str], as_json: bool) -> None:
    if as_json:
        write_json(_data(result, files))
        return
    rows: list[tuple[str, Cell]] = [
        ("mesh", f"{result.asked.mesh.name} ({result.mesh.sha256[:12]})"),
        ("tetrahedra", f"{len(result.mesh.tets):,}, {len(result.mesh.nodes_mm):,} unknowns"),
        ("solver", result.backend),
        *_grey_facts(result),
    ]
    at = f"{result.asked.didt_a_per_us:g} A/µs"
    parts: list[RenderableType] = [title(f"Induced field at {at}", result.coil.name), facts(rows)]
    parts.append(section("Findings", finding_list(result.findings)))
    to_stdout = result.points is not None and result.asked.out is None
    if to_stdout and result.points is not None and result.field_v_per_m is not None:
        sys.stdout.write(csv_text(result.points, result.field_v_per_m))
    show(*parts, console=aside() if to_stdout else None)
    if files:
        remark(f"written: {', '.join(files.values())}")


def _grey_facts(result: _Result) -> Iterator[tuple[str, Cell]]:
    grey, interest = result.grey, result.interest
    if interest is not None and grey is not None:
        mean = grey.mean_in_region_v_per_m
        yield "at the target", f"mean |E| {mean:.3g} V/m within {interest.radius_mm:g} mm"
    yield from grey_facts(grey)


def _data(result: _Result, files: dict[str, str]) -> Data:
    grey, interest = result.grey, result.interest
    return {
        "software": software(),
        "mesh": {
            "file": str(result.asked.mesh),
            "sha256": result.mesh.sha256,
            "tetrahedra": len(result.mesh.tets),
            "nodes": len(result.mesh.nodes_mm),
        },
        "coil": {"id": result.coil.id, "name": result.coil.name, "sha256": result.coil.sha256},
        "pose": result.pose.to_json(),
        "didt_a_per_us": result.asked.didt_a_per_us,
        "grey_matter": grey_data(grey),
        "target": {
            "position_mm": interest.centre_mm.tolist(),
            "radius_mm": interest.radius_mm,
            "mean_strength_v_per_m": grey.mean_in_region_v_per_m,
        }
        if interest and grey
        else None,
        "solver": {"backend": result.backend, "unknowns": len(result.mesh.nodes_mm)},
        "points": _points_data(result),
        "files": files,
        "findings": findings_data(result.findings),
    }


def _points_data(result: _Result) -> list[Data] | None:
    if result.points is None or result.at is None or result.field_v_per_m is None:
        return None
    return [
        {
            "position_mm": position.tolist(),
            "tissue": Tissue(int(tissue)).name.lower(),
            "field_v_per_m": vector.tolist(),
            "strength_v_per_m": float(np.linalg.norm(vector)),
        }
        for position, vector, tissue in zip(
            result.points.positions_mm, result.field_v_per_m, result.at.tissue, strict=True
        )
    ]
