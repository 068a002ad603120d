"""A small sphere prepared for real time, once for all tests of one worker that need it."""

from __future__ import annotations

from functools import cache

import numpy as np

from euthymia.model.field.realtime.engine import RealTimeHead
from euthymia.model.field.realtime.preparation import prepare
from euthymia.model.field.realtime.surroundings import Surroundings
from euthymia.model.field.sphere import LAYERS_MM, layered_sphere
from euthymia.model.field.tetra.recovery import FieldAt
from euthymia.model.field.tetra.solver import TetraSolver
from euthymia.model.mesh.sphere import shell_mesh

CORTEX_MM = 78.0


@cache
def surroundings() -> Surroundings:
    return Surroundings.of(layered_sphere(4.0), samples=350, dipoles=1400)


@cache
def solver() -> tuple[TetraSolver, FieldAt]:
    prepared_sphere = TetraSolver.prepare(shell_mesh(LAYERS_MM, 9.0))
    direction = np.random.default_rng(1).normal(size=(1200, 3))
    points = CORTEX_MM * direction / np.linalg.norm(direction, axis=1)[:, None]
    return prepared_sphere, prepared_sphere.at(points)


@cache
def head() -> RealTimeHead:
    return prepare(*solver(), surroundings(), modes=300, loops=1500)
