"""The field engine on the default head: what each part costs, as shares of one direct solve.

    .venv/bin/python benchmarks/engine.py [PLACEMENTS]

Printed: unknowns; the cost of preparing the head and of the three solves and the table of a target
in units of one direct solve of the same run; placements rated in the time of one direct solve; and
how far reciprocity and direct solves differ over random placements around F3.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from euthymia.model.coil.catalogue import coil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.field.reciprocity import Region, sensitivity
from euthymia.model.field.solver import HeadSolver
from euthymia.model.head.default import default_head
from euthymia.model.head.volume import Tissue
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.placement import tangential
from euthymia.plan.target.search import scalp_patch, source_cloud
from euthymia.plan.target.search_range import SearchRange


def main(count: int) -> None:
    """Print the figures."""
    head, figure8, reach = default_head(), coil("magstim-70mm-fig8"), SearchRange()
    started = time.perf_counter()
    solver = HeadSolver.prepare(head.volume)
    preparing = time.perf_counter() - started
    point, _ = head.snap_to_grey(targets().coordinate("fox-2013").mni_mm)
    clearance = Clearance.of(head.volume)
    start = head.scalp.nearest(point)
    places = scalp_patch(head.scalp, start, reach)
    draw = np.random.default_rng(0)
    poses = clearance.rested(
        figure8,
        [
            tangential(places[draw.integers(len(places))], head.frame, float(draw.uniform(0, 180)))
            for _ in range(count)
        ],
        reach.gap_mm,
    )
    region = Region.sphere(solver, point, 5.0, Tissue.GREY)
    solver.field(figure8, poses[0])  # compiles
    solving, direct, iterations = [], [], []
    for pose in poses:
        started = time.perf_counter()
        field = solver.field(figure8, pose)
        solving.append(time.perf_counter() - started)
        direct.append(field.inside(Tissue.GREY, region.cells).mean(axis=0))
        iterations.append(field.convergence.iterations)
    solve = float(np.median(solving))
    cloud = source_cloud(figure8, clearance, places, head.frame, reach, poses)
    started = time.perf_counter()
    table = sensitivity(solver, region, cloud)
    tabulating = time.perf_counter() - started
    rotations = np.stack([pose.rotation for pose in poses])
    positions = np.stack([pose.position_mm for pose in poses])
    found = table.mean_field(figure8, rotations, positions)
    few, many = figure8.lumped(), 2000
    picks = draw.integers(count, size=many)
    table.mean_field(few, rotations, positions)
    started = time.perf_counter()
    table.mean_field(few, rotations[picks], positions[picks])
    rating = (time.perf_counter() - started) / many
    error = np.linalg.norm(found - direct, axis=1) / np.linalg.norm(direct, axis=1)
    print(f"unknowns                                  {len(solver.hierarchy.levels[0].nodes):,}")
    print(f"one direct solve                          {solve:.1f} s, {max(iterations)} iterations")
    print(f"preparing the head                        {preparing / solve:.1f} direct solves")
    print(f"three solves and table for a target       {tabulating / solve:.1f} direct solves")
    print(f"placements rated in one direct solve      {solve / rating:,.0f}")
    print(
        f"reciprocity against {count} direct solves      median {np.median(error):.2%}, "
        f"worst {error.max():.2%}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
