"""Tetrahedra against the closed form on the five-shell sphere: error, order, time of each part.

    .venv/bin/python benchmarks/tetra.py [EDGE_MM ...] [--coil COIL.ccd] [--backend multigrid]

Shells at 70, 78, 80, 86 and 92 mm; the coil's casing 4 mm above the scalp; 20,000 points spread
evenly over the whole sphere at r = 74 mm. For each mesh: tetrahedra, nodes; preparing the head and
the points; then for a coil at a new place, the head prepared: dA/dt, right side, solve, field at
the points and all four together (median of seven, and the fastest). Errors are relative L2 over
all points: of the element's constant slope, and recovered inside the tissue.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np

from euthymia.core.poses import FloatArray, Pose
from euthymia.model.coil.catalogue import coil as named_coil
from euthymia.model.coil.ccd import read_ccd
from euthymia.model.field.dipoles import vector_potential_rate
from euthymia.model.field.sphere import sphere_field
from euthymia.model.field.tetra.assembly import gradients
from euthymia.model.field.tetra.recovery import FieldAt
from euthymia.model.field.tetra.solver import Backend, TetraSolver
from euthymia.model.mesh.sphere import FIVE_SHELLS_MM, SPHERE_FRAME, shell_mesh

RADIUS_MM, POINTS, GAP_MM, REPEATS = 74.0, 20_000, 4.0, 7


def main(coil_file: Path | None, edges_mm: list[float], backend: Backend) -> None:
    """Print the table."""
    coil = read_ccd(coil_file) if coil_file else named_coil("magstim-70mm-fig8")
    scalp = FIVE_SHELLS_MM[-1][0]
    pose = Pose.facing([0, 0, scalp + GAP_MM], [0, 0, -1], [0, 1, 0], SPHERE_FRAME)
    dipoles = pose.to_world(coil.positions_mm), coil.moments_m2 @ pose.rotation.T
    direction = np.random.default_rng(0).normal(size=(POINTS, 3))
    points = RADIUS_MM * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    exact = sphere_field(points, *dipoles)
    print(
        "   tets    nodes  head s  points s  dA/dt ms  rhs  solve  field    all  fastest"
        "   element  recovered  order"
    )
    before: tuple[int, float] | None = None
    for edge in edges_mm:
        mesh = shell_mesh(FIVE_SHELLS_MM, edge)
        started = time.perf_counter()
        solver = TetraSolver.prepare(mesh, backend=backend)
        prepared = time.perf_counter()
        at = solver.at(points)
        ready = time.perf_counter()
        laps, found, raw = _measure(solver, at, dipoles)
        error, plain = (
            float(np.linalg.norm(e - exact) / np.linalg.norm(exact)) for e in (found, raw)
        )
        order = math.nan
        if before is not None:
            order = 3 * math.log(before[1] / error) / math.log(len(mesh.tets) / before[0])
        before = len(mesh.tets), error
        parts = np.median(laps, axis=0) * 1e3
        print(
            f"{len(mesh.tets):>8} {len(mesh.nodes_mm):>7} {prepared - started:7.1f} "
            f"{ready - prepared:8.1f} {parts[0]:10.0f} {parts[1]:4.0f} {parts[2]:6.0f} "
            f"{parts[3]:6.0f} {np.median(laps.sum(axis=1)) * 1e3:6.0f} "
            f"{laps.sum(axis=1).min() * 1e3:7.0f} {plain:10.2%} {error:9.3%} {order:7.2f}",
            flush=True,
        )


def _measure(
    solver: TetraSolver, at: FieldAt, dipoles: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(r, 4) seconds of each part, and the field recovered and by element."""
    laps = np.empty((REPEATS, 4))
    solver.field(at, *dipoles)  # compiles
    for lap in laps:
        times = [time.perf_counter()]
        dadt = vector_potential_rate(solver.sources.points_mm, *dipoles)
        times.append(time.perf_counter())
        rhs = solver.rhs(dadt)
        times.append(time.perf_counter())
        phi = solver.solve_many(rhs)
        times.append(time.perf_counter())
        there = vector_potential_rate(at.points_mm, *dipoles)
        found = at.field(phi, there)
        times.append(time.perf_counter())
        lap[:] = np.diff(times)
    slopes = gradients(solver.mesh)[at.element]
    corners = np.asarray(phi, dtype=float)[solver.mesh.tets[at.element]]
    return laps, found, -there - np.einsum("pij,pi->pj", slopes, corners)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--coil", type=Path)
    parser.add_argument("edges", type=float, nargs="*", default=[8.0, 6.0, 4.35, 3.0])
    parser.add_argument("--backend", default="auto")
    asked = parser.parse_args()
    main(asked.coil, asked.edges or [8.0, 6.0, 4.35, 3.0], asked.backend)
