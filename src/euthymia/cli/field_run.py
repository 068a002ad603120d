"""The work of `euthymia field`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from euthymia.cli.bars import watching
from euthymia.cli.field_inputs import (
    conductivities_of,
    read_points,
    read_pose,
    tissues_at,
)
from euthymia.cli.field_measures import Interest, measures_of
from euthymia.cli.field_place import Aim, aim_at
from euthymia.cli.field_view import FieldResult, field_data, show_field
from euthymia.cli.field_write import (
    cortex_of,
    csv_text,
    field_at,
    has_cortex,
    on_surface,
    write_image,
    write_surface,
)
from euthymia.cli.files import require_output_file, write_whole
from euthymia.cli.options import numbers, positive
from euthymia.cli.output import aside, remark, write_json
from euthymia.core.errors import InputError
from euthymia.core.progress import Progress, stage
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.files import coil_named
from euthymia.model.field.brain_field import BrainField
from euthymia.model.field.reciprocity import Region
from euthymia.model.field.solver import HeadSolver, InducedField
from euthymia.model.head.named import head_named, volume_named
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.model.head.volume import LabelVolume, Tissue

REGION_RADIUS_MM = 5.0
"""As in a plan: the field at a target is the mean in grey matter around it."""


@dataclass(frozen=True, slots=True)
class FieldRequest:
    """What was asked for, as typed."""

    coil: str
    pose: Path | None
    at: str | None
    handle_deg: float | None
    gap_mm: float | None
    head: str
    didt_a_per_us: float
    points: Path | None
    out: Path | None
    nifti: Path | None
    surfaces: tuple[Path, ...] = ()
    conductivity: tuple[str, ...] = ()
    target: str | None = None
    radius_mm: float = REGION_RADIUS_MM


def run_field(asked: FieldRequest, as_json: bool) -> None:
    """Check everything that can be checked, then solve, write and show."""
    _check(asked)
    coil = coil_named(asked.coil)
    points = read_points(asked.points) if asked.points else None
    conductivities = conductivities_of(list(asked.conductivity))
    with watching() as progress:
        volume, aim = _aimed(asked, coil, progress)
        tissues = tissues_at(points, volume) if points else None
        with stage(progress, "Finding the cortex"):
            cortex = _cortex(asked, volume)
        solver = HeadSolver.prepare(volume, conductivities, progress)
        region = _region(solver, aim, asked.radius_mm)
        with stage(progress, "Solving for the field"):
            field = solver.field(coil, aim.pose)
        with stage(progress, "Reading the field off"):
            didt = asked.didt_a_per_us
            vectors = on_surface(field, cortex) * didt if cortex is not None else None
            interest = _interest(aim, asked.radius_mm)
            result = FieldResult(
                request_head=asked.head,
                volume=volume,
                coil=coil,
                aim=aim,
                didt_a_per_us=didt,
                brain=BrainField.of(field).scaled(didt),
                convergence=field.convergence,
                unknowns=len(solver.hierarchy.levels[0].nodes),
                points=points,
                tissues=tissues,
                field_v_per_m=field_at(field, points, didt) if points else None,
                target_v_per_m=_mean_vector(field, region) * didt if region is not None else None,
                interest=interest,
                measures=measures_of(field, didt, cortex, vectors, interest),
            )
        if cortex is not None and vectors is not None:
            for place in asked.surfaces:
                write_surface(place, cortex.vertices_mm, cortex.faces, vectors)
    _write(asked, result, as_json)


def _check(asked: FieldRequest) -> None:
    """Refuse what cannot be meant, before anything takes time."""
    if (asked.pose is None) == (asked.at is None):
        raise InputError(
            "place of the coil",
            "both --pose and --at are given" if asked.pose else "neither --pose nor --at is given",
            "Give one of them",
        )
    if asked.pose is not None and (asked.handle_deg is not None or asked.gap_mm is not None):
        raise InputError(
            "--handle and --gap", "a pose says all of this itself", "Use them with --at only"
        )
    positive(asked.didt_a_per_us, "--didt", "A/us; turn the coil by 180 degrees for the reverse")
    positive(asked.radius_mm, "--radius", "mm")
    if asked.target is not None:
        numbers(asked.target, 3, "--target")
    if asked.out is not None and asked.points is None:
        raise InputError("--out", "there are no points to write about", "Name them with --points")
    if asked.out is not None:
        require_output_file(asked.out)
    if asked.nifti is not None:
        require_output_file(asked.nifti, ".nii.gz", ".nii")
    for place in asked.surfaces:
        require_output_file(place, ".gii", ".vtu")


def _aimed(asked: FieldRequest, coil: AnyCoil, progress: Progress) -> tuple[LabelVolume, Aim]:
    """The labels, and where the coil is on them."""
    if asked.pose is not None:
        volume = volume_named(asked.head, progress)
        aim = Aim(read_pose(asked.pose, volume.frame), f"pose of {asked.pose.name}")
        return volume, _meant(asked, aim)
    head = head_named(asked.head, progress)
    assert asked.at is not None  # `_check` has seen to it
    with stage(progress, "Placing the coil"):
        aim = aim_at(asked.at, head, coil, asked.handle_deg, asked.gap_mm)
        return head.volume, _meant(asked, aim)


def _cortex(asked: FieldRequest, volume: LabelVolume) -> TriangleSurface | None:
    """The surface that the field is read off on; None where the labels have none to read from."""
    if asked.surfaces:
        return cortex_of(volume)
    try:
        return cortex_of(volume) if has_cortex(volume) else None
    except InputError:
        return None  # a finding says so: the rest of the result stands without it


def _meant(asked: FieldRequest, aim: Aim) -> Aim:
    """The same placement, rated at the point of `--target` where one is given."""
    if asked.target is None:
        return aim
    return replace(aim, target_mm=np.array(numbers(asked.target, 3, "--target")), moved_mm=0.0)


def _interest(aim: Aim, radius_mm: float) -> Interest | None:
    return None if aim.target_mm is None else Interest(aim.target_mm, radius_mm)


def _region(solver: HeadSolver, aim: Aim, radius_mm: float) -> Region | None:
    """Grey matter around the target; refused before the solve where there is none."""
    if aim.target_mm is None:
        return None
    return Region.sphere(solver, aim.target_mm, radius_mm, Tissue.GREY)


def _mean_vector(field: InducedField, region: Region) -> float:
    """V/m for 1 A/us: magnitude of the mean field in a region of grey matter."""
    return float(np.linalg.norm(field.inside(Tissue.GREY, region.cells).mean(axis=0)))


def _write(asked: FieldRequest, result: FieldResult, as_json: bool) -> None:
    """Write the files that were asked for and show the rest."""
    files = {place.suffix[1:]: str(place) for place in asked.surfaces}
    points, vectors = result.points, result.field_v_per_m
    text = csv_text(points, vectors) if points is not None and vectors is not None else ""
    if asked.out is not None:
        write_whole(asked.out, text.encode())
        files["points"] = str(asked.out)
    if asked.nifti is not None:
        write_image(asked.nifti, result.brain, result.volume)
        files["image"] = str(asked.nifti)
    if as_json:
        write_json(field_data(result, files))
    elif points is not None and asked.out is None:
        # The points are the result; what is to be known about them goes beside it.
        sys.stdout.write(text)
        show_field(result, aside())
    else:
        show_field(result)
    if files and not as_json:
        remark(f"written: {', '.join(files.values())}")
