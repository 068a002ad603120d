"""The real-time engine on the default head: preparation, speed, and error against direct solves.

    .venv/bin/python benchmarks/realtime.py [PLACEMENTS]

Printed: what the preparation takes (seconds, peak memory); the time of an answer for the whole
cortex and for regions of 20 mm across and of 20 mm radius, in milliseconds and as shares of one
direct solve of the same run; and the relative L2 error on the cortex over random placements of five
coils on the whole usable scalp, 4 to 10 mm off, beside the error that the engine itself told.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from euthymia.core.store import Store
from euthymia.model.coil.catalogue import coil
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.field.realtime.head import Bench
from euthymia.model.field.realtime.preparation import direct_field, prepared, random_placements
from euthymia.model.head.default import default_head
from euthymia.model.mesh.head import MeshSize

COILS = (
    "magstim-70mm-fig8", "magventure-c-b60", "magventure-mc-b70", "magstim-90mm-circular",
    "magstim-double-cone",
)  # fmt: skip


def milliseconds(work: Callable[[], object], count: int = 40) -> float:
    """The median time of some work."""
    work()
    times = []
    for _ in range(count):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1e3 * float(np.median(times))


def main(count: int) -> None:
    """Print the figures."""
    started = time.perf_counter()
    bench = Bench(default_head(), standard_conductivities(), MeshSize())
    steps = {}

    def step(name: str, work: Callable[[], object]) -> object:
        begun = time.perf_counter()
        done = work()
        steps[name] = time.perf_counter() - begun
        print(f"  {name:34s} {steps[name]:7.1f} s", flush=True)
        return done

    step("cortex", lambda: bench.cortex)
    step("mesh and factor", lambda: bench.solver)
    step("recovery", lambda: bench.at)
    step("surroundings", lambda: bench.surroundings)
    made = bench.prepared()
    head = prepared(Store.default(), {"benchmark": bench.solver.mesh.sha256}, lambda: made)
    whole, spent = time.perf_counter() - started, time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"nodes, tetrahedra      {len(bench.solver.mesh.nodes_mm):,}, "
          f"{len(bench.solver.mesh.tets):,}")  # fmt: skip
    print(f"preparation            {whole:.0f} s ({spent:.0f} s of processor time), peak "
          f"{peak:.1f} GiB; {head.modes} modes, "
          f"{len(head.points_mm):,} points, {head.rows.nbytes / 2**20:.0f} MiB")  # fmt: skip
    coils = [coil(COILS[n % len(COILS)]) for n in range(count)]
    poses = random_placements(bench.surroundings, np.random.default_rng(2026), coils)
    errors, told = [], []
    for some, pose in zip(coils, poses, strict=True):
        found = head.field(some, pose)
        exact = direct_field(bench.solver, bench.at, some, pose)
        errors.append(np.linalg.norm(found.field_v_per_m - exact) / np.linalg.norm(exact))
        told.append(found.relative_error)
    error, estimate = np.array(errors), np.array(told)
    print(f"error, {count} placements  median {np.median(error):.3%}, worst {error.max():.3%}")
    for n, key in enumerate(COILS):
        print(f"  {key:22s} median {np.median(error[n :: len(COILS)]):.3%}, "
              f"worst {error[n :: len(COILS)].max():.3%}")  # fmt: skip
    print(f"told error             median {np.median(estimate):.3%}, at least the true one in "
          f"{np.mean(estimate >= error):.0%}; least ratio {np.min(estimate / error):.2f}",
          flush=True)  # fmt: skip
    top = head.points_mm[head.points_mm[:, 2].argmax()]
    small, large = head.sphere(top, 10.0), head.sphere(top, 20.0)
    for key in COILS[:3]:
        some, pose = coil(key), poses[0]
        solve = milliseconds(
            lambda: direct_field(bench.solver, bench.at, some, pose),  # noqa: B023
            3,
        )
        row = [
            milliseconds(lambda: each.field(some, pose))  # noqa: B023
            for each in (head, small, large)
        ]
        print(f"{key:22s} cortex {row[0]:.1f} ms, 20 mm across ({len(small.indices)} points) "
              f"{row[1]:.2f} ms, 20 mm radius ({len(large.indices)}) {row[2]:.2f} ms; direct solve "
              f"{solve:.0f} ms, {solve / row[0]:.0f} times the cortex")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
