"""Two ways from a voxel head to its field: a grid of laminates, and tetrahedra cut from a lattice.

    .venv/bin/python benchmarks/voxels.py [SPACING_MM]

The layered sphere (80, 83, 89, 95 mm) as labels, off centre by 0.3 voxels, goes both ways; a
figure-8 coil lies 4 mm above the scalp. Errors are relative L2 of E in the tissue of the voxel, at
20,000 voxels of the brain: all, within 2 mm of its surface, and on the coil's side (z > 40 mm).
Then the default head is meshed: sizes, smallest dihedral angle, volumes against the labels. Seconds
are of processor time on all cores together; peak memory is that of the process so far.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.solver import HeadSolver
from euthymia.model.field.sphere import layered_sphere, sphere_field
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.head.default import default_head
from euthymia.model.head.volume import LabelVolume, Tissue
from euthymia.model.mesh.head import MeshSize, mesh_head
from euthymia.model.mesh.quality import quality

SIZES = (MeshSize(5.0, 12.0), MeshSize())
GREY_MM, SAMPLES = 80.0, 20_000


def main(spacing_mm: float) -> None:
    """Print both tables."""
    volume = layered_sphere(spacing_mm, 0.3 * spacing_mm)
    figure8 = coil("magstim-70mm-fig8")
    pose = Pose.facing([0, 0, 99], [0, 0, -1], [0, 1, 0], volume.frame)
    dipoles = pose.to_world(figure8.positions_mm), figure8.moments_m2 @ pose.rotation.T
    cells = np.argwhere(volume.mask(Tissue.GREY))
    points = volume.to_world(np.random.default_rng(0).permutation(cells)[:SAMPLES])
    exact = sphere_field(points, *dipoles)
    warm = layered_sphere(4.0)
    HeadSolver.prepare(warm).field(figure8, pose)
    TetraSolver.prepare(mesh_head(warm, MeshSize(8.0, 16.0)))
    print("way            unknowns  prepare  solve   brain  rim 2mm  z>40   angle  peak GiB")
    with_mesh = [f"tetra {size.fine_mm:g}-{size.coarse_mm:g} mm" for size in SIZES]
    for size, name in zip(SIZES, with_mesh, strict=True):
        started = time.process_time()
        mesh = mesh_head(volume, size)
        solver = TetraSolver.prepare(mesh)
        at = solver.at(points, Tissue.GREY)
        ready = time.process_time()
        found = solver.field(at, *dipoles)
        done = time.process_time()
        angle = f"{quality(mesh).smallest_dihedral_deg:5.1f}"
        _row(name, len(mesh.nodes_mm), ready - started, done - ready, found, exact, points, angle)
    started = time.process_time()
    grid = HeadSolver.prepare(volume)
    ready = time.process_time()
    field = grid.field(figure8, pose)
    here = np.rint(grid.grid.volume.to_voxel(points)).astype(np.int64)
    found = field.inside(Tissue.GREY, here)
    done = time.process_time()
    unknowns = len(grid.hierarchy.levels[0].nodes)
    _row("grid", unknowns, ready - started, done - ready, found, exact, points, "    -")
    _default_head(default_head().volume)


def _row(
    name: str, unknowns: int, prepare: float, solve: float, found: FloatArray, exact: FloatArray,
    points: FloatArray, angle: str,
) -> None:  # fmt: skip
    def error(where: np.ndarray) -> float:  # type: ignore[type-arg]
        return float(np.linalg.norm((found - exact)[where]) / np.linalg.norm(exact[where]))

    radius = np.linalg.norm(points, axis=1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{name:<15}{unknowns:>8} {prepare:8.1f} {solve:6.2f}  {error(radius > 0):6.2%}  "
        f"{error(radius > GREY_MM - 2):6.2%}  {error(points[:, 2] > 40):6.2%}  {angle} "
        f"{memory:7.1f}",
        flush=True,
    )


def _default_head(volume: LabelVolume) -> None:
    started, wall = time.process_time(), time.perf_counter()
    mesh = mesh_head(volume)
    seconds, waited = time.process_time() - started, time.perf_counter() - wall
    shape = quality(mesh)
    print(
        f"default head: {len(mesh.nodes_mm):,} nodes, {len(mesh.tets):,} tetrahedra, made in "
        f"{seconds:.0f} s of processor time ({waited:.0f} s by the clock); smallest dihedral "
        f"angle {shape.smallest_dihedral_deg:.1f} deg, largest {shape.largest_dihedral_deg:.1f}"
    )
    shares = (f"{t.label} {mesh.volume_ml(t) / volume.volume_ml(t):.3f}" for t in Tissue if t)
    print("volume against the labels:", ", ".join(shares))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
