"""Which head `euthymia field` was asked about: a voxel head, a label volume or a mesh."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from euthymia.cli.field_inputs import conductivities_of
from euthymia.cli.field_mesh import MeshRequest, run_mesh_field
from euthymia.cli.field_run import REGION_RADIUS_MM, FieldRequest, run_field
from euthymia.cli.files import require_output_file
from euthymia.cli.options import numbers, positive
from euthymia.core.errors import InputError
from euthymia.model.field.tetra.tensors import TensorAxes
from euthymia.model.head.named import DEFAULT


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """All options of the command, as typed."""

    coil: str
    pose: Path | None
    at: str | None
    handle_deg: float | None
    gap_mm: float | None
    head: str
    mesh: Path | None
    labels: Path | None
    didt_a_per_us: float
    points: Path | None
    out: Path | None
    nifti: Path | None
    gifti: Path | None
    vtu: Path | None
    conductivity: tuple[str, ...]
    tensors: Path | None
    tensor_axes: str
    target: str | None
    radius_mm: float | None

    def run(self, as_json: bool) -> None:
        """Do what was asked, on voxels or on tetrahedra."""
        named = [self.head != DEFAULT, self.mesh is not None, self.labels is not None]
        if sum(named) > 1:
            raise InputError(
                "--head, --labels and --mesh", "several heads are named", "Name one of them"
            )
        if self.tensor_axes not in ("world", "voxel", "fsl"):
            raise InputError(
                f"--tensor-axes {self.tensor_axes!r}", "they are not known",
                "Use world, voxel or fsl",
            )  # fmt: skip
        if self.mesh is not None:
            self._on_mesh(self.mesh, as_json)
            return
        if self.tensors is not None:
            raise InputError(
                "--tensors", "a voxel head is solved with one conductivity a tissue",
                "Use them with --mesh",
            )  # fmt: skip
        head = str(self.labels) if self.labels is not None else self.head
        surfaces = tuple(place for place in (self.gifti, self.vtu) if place is not None)
        asked = FieldRequest(
            self.coil, self.pose, self.at, self.handle_deg, self.gap_mm, head,
            self.didt_a_per_us, self.points, self.out, self.nifti, surfaces, self.conductivity,
            self.target, REGION_RADIUS_MM if self.radius_mm is None else self.radius_mm,
        )  # fmt: skip
        run_field(asked, as_json)

    def _on_mesh(self, mesh: Path, as_json: bool) -> None:
        if self.pose is None or self.at is not None:
            raise InputError(
                "--mesh", "a mesh has no named places", "Give the place of the coil with --pose"
            )
        if self.nifti is not None:
            raise InputError(
                "--nifti", "a mesh has no voxels", "Write --vtu or --gifti, or give --points"
            )
        if self.handle_deg is not None or self.gap_mm is not None:
            raise InputError(
                "--handle and --gap", "a pose says all of this itself", "Leave them out"
            )
        positive(self.didt_a_per_us, "--didt", "A/us; turn the coil by 180 degrees for the reverse")
        if self.out is not None and self.points is None:
            raise InputError("--out", "there are no points to write", "Name them with --points")
        if self.target is not None:
            numbers(self.target, 3, "--target")
        if self.radius_mm is not None:
            positive(self.radius_mm, "--radius", "mm")
        for place, endings in ((self.out, ()), (self.gifti, (".gii",)), (self.vtu, (".vtu",))):
            if place is not None:
                require_output_file(place, *endings)
        asked = MeshRequest(
            mesh, self.coil, self.pose, self.didt_a_per_us, self.points, self.out, self.gifti,
            self.vtu, self.tensors, cast(TensorAxes, self.tensor_axes), self.target,
            REGION_RADIUS_MM if self.radius_mm is None else self.radius_mm,
        )  # fmt: skip
        run_mesh_field(asked, conductivities_of(list(self.conductivity)), as_json)
