"""A bench that is made in seconds: the default head in coarse voxels, and an invented engine.

The engine's field is no electric field: at each point of the cortex it is the coil's dB/dt, drawn
softly from the nearest of some samples. It is linear, smooth and strongest under the coil, which is
all that the bench itself relies on; what a true engine gives is tested beside it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from euthymia.clinic.bench.answer import Answer, answered
from euthymia.clinic.bench.asked import Asked
from euthymia.clinic.bench.choice import DefaultChoice
from euthymia.clinic.bench.opened import OpenBench
from euthymia.clinic.bench.room import BenchRoom
from euthymia.core.store import Store
from euthymia.model.coil.clearance import Clearance
from euthymia.model.field.realtime.engine import RealTimeHead
from euthymia.model.field.realtime.head import CORTEX_SPACING_MM
from euthymia.model.head.default import default_head
from euthymia.model.head.head import Head, Origin
from euthymia.model.head.surface.cortex import cortex_surface
from euthymia.model.head.volume import LabelVolume

COIL = "magventure-c-b60"
TARGET = "fox-2013"
TOLD_ERROR = 0.004
_EVERY = 2
_SAMPLES = 110
_SOFT_MM = 9.0


@cache
def head() -> Head:
    """The default head with every second voxel."""
    whole = default_head()
    affine = np.array(whole.volume.affine)
    affine[:3, :3] *= _EVERY
    labels = whole.volume.labels[::_EVERY, ::_EVERY, ::_EVERY]
    return Head(
        LabelVolume(labels, affine, whole.frame), whole.landmarks, whole.mni,
        "Default head, coarse", origin=Origin.DEFAULT, spread=whole.spread,
    )  # fmt: skip


@cache
def engine() -> RealTimeHead:
    """The invented engine: one mode for each component of each sample."""
    points = cortex_surface(head().volume, spacing_mm=CORTEX_SPACING_MM).vertices_mm
    samples = points[:: len(points) // _SAMPLES][:_SAMPLES]
    away = np.linalg.norm(points[:, None] - samples[None], axis=2)
    share = np.exp(-0.5 * ((away - away.min(axis=1, keepdims=True)) / _SOFT_MM) ** 2)
    share /= share.sum(axis=1, keepdims=True)
    count = 3 * len(samples)
    rows = np.zeros((len(points), 3, len(samples), 3))
    for axis in range(3):
        rows[:, axis, :, axis] = 1e-4 * share
    scales = np.full(count, 1e-4 / 32767.0, dtype=np.float32)
    return RealTimeHead(
        head().frame, points, samples, np.ones(count, dtype=np.float32),
        np.eye(count + 1, count, dtype=np.float32),
        np.rint(rows.reshape(-1, count) / scales).astype(np.int16), scales, 0.0, TOLD_ERROR,
        Clearance.of(head().volume),
    )  # fmt: skip


@cache
def bench() -> OpenBench:
    """The open bench."""
    return OpenBench.of(head(), Store(None), engine=engine())


def room_with_bench() -> BenchRoom:
    """A room in which the bench of the default head is open."""
    room = BenchRoom(Store(None))
    room.keep(DefaultChoice(), bench())
    return room


def question(**changes: object) -> Asked:
    """A question over the target; changes: its fields."""
    return Asked.model_validate(
        {"coil": COIL, "target": TARGET, "output_pct": 60.0, "preset": f"target:{TARGET}"} | changes
    )


def answer(**changes: object) -> Answer:
    """The answer to it."""
    return answered(question(**changes), bench())
