"""The search for a placement on the default head: its time, and what brute force finds.

    .venv/bin/python benchmarks/search.py [SOLVES]

Printed: placements rated and seconds, for a point target with a real-time head; the gain over the
EEG position F3; and by how much the best of many direct solves, of neighbours of the optimum and of
random placements, beats what the search found (at most 1 % is wanted).
"""

from __future__ import annotations

import sys
import time

import numpy as np

from euthymia.core.store import Store
from euthymia.model.coil.catalogue import coil
from euthymia.model.coil.clearance import Clearance
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.field.realtime.head import Bench
from euthymia.model.field.realtime.preparation import direct_field, prepared
from euthymia.model.head.default import default_head
from euthymia.model.mesh.head import MeshSize
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.placement import HAIR_MM, tangential
from euthymia.plan.target.regions import point_region
from euthymia.plan.target.search import search
from euthymia.plan.target.search_objectives import RegionObjective
from euthymia.plan.target.search_range import SearchRange


def main(solves: int) -> None:
    """Print the figures."""
    whole, figure8 = default_head(), coil("magventure-c-b60")
    bench = Bench(whole, standard_conductivities(), MeshSize())
    head = prepared(Store.default(), {"benchmark": bench.solver.mesh.sha256}, bench.prepared)
    clearance, scalp = Clearance.of(whole.volume), whole.scalp
    point, _ = whole.snap_to_grey(whole.from_mni(targets().coordinate("fox-2013").mni_mm))
    region = point_region(head, point)
    objective = RegionObjective(region)
    reach = SearchRange(tilts=True, angle_step_deg=10.0)
    start = scalp.nearest(point)

    def run():  # type: ignore[no-untyped-def]
        return search(scalp, clearance, figure8, objective, start, whole.frame, reach,
                      forward=whole.landmarks.forward, tolerances=True)  # fmt: skip

    run()  # compiles
    started = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - started
    print(f"search        {found.evaluated:,} placements in {seconds:.2f} s, "
          f"{found.strength:.3f} V/m per A/us; keeps 95 %: {found.tolerance}")  # fmt: skip
    flat = tangential(whole.eeg["F3"], whole.frame, forward=whole.landmarks.forward)
    f3 = clearance.rested(figure8, [flat], HAIR_MM)
    rule = objective.rate(figure8, f3[0].rotation[None], f3[0].position_mm[None])[0]
    print(f"gain over F3  {found.strength / rule - 1:.1%}")
    draw = np.random.default_rng(1)
    poses = [
        found.pose.turned(float(turn)).turned(float(tilt), "x").shifted((float(x), float(y), 0.0))
        for x, y, turn, tilt in draw.normal(size=(solves // 2, 4)) * (2.0, 2.0, 8.0, 3.0)
    ]
    for _ in range(solves - len(poses)):
        aside = start.position_mm + draw.uniform(-20, 20, 3)
        poses.append(tangential(scalp.nearest(aside), whole.frame, float(draw.uniform(0, 180))))
    best = -np.inf
    for pose in clearance.rested(figure8, [found.pose, *poses], HAIR_MM):
        field = direct_field(bench.solver, bench.at, figure8, pose)[region.indices]
        value = float(np.linalg.norm(field, axis=1).mean())
        if pose.isclose(found.pose, 0.2):
            print(f"direct solve at the optimum differs by {value / found.strength - 1:+.2%}")
        best = max(best, value)
    print(f"brute force   best of {solves} direct solves is {best / found.strength - 1:+.2%} "
          "of what the search found")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
