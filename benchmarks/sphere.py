"""The field engine against the closed form on the layered sphere, over resolutions.

    .venv/bin/python benchmarks/sphere.py [SPACING_MM ...]

The sphere (80, 83, 89, 95 mm) is voxelised, off centre by 0.3 voxels, and goes the way of every
head: label volume, grid, solve. A figure-8 coil lies 4 mm above the scalp. Printed for each
spacing: unknowns, iterations, relative L2 error of E in all of the brain, in its shallow half (the
side of the coil), in its outermost millimetres and in its inside, the error of |E| at the peak,
and the observed order of convergence of the first.
"""

from __future__ import annotations

import math
import sys
import time

import numpy as np

from euthymia.core.poses import Frame, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.solver import HeadSolver
from euthymia.model.field.sphere import LAYERS_MM, layered_sphere, sphere_field
from euthymia.model.head.volume import Tissue

GAP_MM = 4.0
SAMPLES = 20_000


def main(spacings_mm: list[float]) -> None:
    """Print the table."""
    figure8 = coil("magstim-70mm-fig8")
    scalp_mm, brain_mm = LAYERS_MM[-1][0], LAYERS_MM[0][0]
    pose = Pose.facing([0, 0, scalp_mm + GAP_MM], [0, 0, -1], [0, 1, 0], Frame("layered-sphere"))
    positions = pose.to_world(figure8.positions_mm)
    moments = figure8.moments_m2 @ pose.rotation.T
    print("mm     unknowns  it.  brain   z>40    rim 2mm inside  peak    order  seconds")
    before: tuple[float, float] | None = None
    for spacing in spacings_mm:
        started = time.perf_counter()
        solver = HeadSolver.prepare(layered_sphere(spacing, 0.3 * spacing))
        field = solver.field(figure8, pose)
        seconds = time.perf_counter() - started
        cells = field.cells(Tissue.GREY)
        cells = np.random.default_rng(0).permutation(cells)[:SAMPLES]
        points = solver.grid.centres_mm(cells)
        found = field.inside(Tissue.GREY, cells)
        exact = sphere_field(points, positions, moments)
        radius = np.linalg.norm(points, axis=1)

        def error(where: np.ndarray, found=found, exact=exact) -> float:  # type: ignore[no-untyped-def,type-arg]
            return float(np.linalg.norm((found - exact)[where]) / np.linalg.norm(exact[where]))

        whole = error(radius >= 0)
        peak = np.linalg.norm(exact, axis=1) >= np.percentile(np.linalg.norm(exact, axis=1), 99.9)
        order = math.log(before[1] / whole) / math.log(before[0] / spacing) if before else math.nan
        print(
            f"{spacing:<6g} {len(solver.hierarchy.levels[0].nodes):>8} "
            f"{field.convergence.iterations:>4}  {whole:6.2%}  {error(points[:, 2] > 40):6.2%}  "
            f"{error(radius > brain_mm - 2):6.2%}  {error(radius < brain_mm - 2):6.2%}  "
            f"{error(peak):6.2%}  {order:5.2f}  {seconds:6.1f}",
            flush=True,
        )
        before = spacing, whole


if __name__ == "__main__":
    main([float(argument) for argument in sys.argv[1:]] or [3.0, 2.0, 1.5, 1.0])
