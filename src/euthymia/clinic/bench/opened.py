"""A bench that is ready: one head with its engine, and the answers that need nothing else."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Pose
from euthymia.core.progress import SILENT, Progress, stage
from euthymia.core.store import Store
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.catalogue import coil as known_coil
from euthymia.model.coil.catalogue import coil_ids
from euthymia.model.coil.clearance import Clearance
from euthymia.model.field.realtime.engine import RealTimeHead, RealTimeRegion
from euthymia.model.field.realtime.head import CORTEX_SPACING_MM, real_time_head
from euthymia.model.head.head import Head
from euthymia.model.head.surface.cortex import cortex_surface
from euthymia.model.head.surface.meshes import TriangleSurface
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.regions import point_region
from euthymia.plan.target.search_objectives import RegionObjective

_REGIONS_KEPT = 32
_ONE_BY_ONE = RLock()

_Made = TypeVar("_Made")


@dataclass(frozen=True, eq=False)
class Target:
    """A place in grey matter that the field is read at.

    id: of the catalogue, or empty for a point of one's own. moved_mm: how far the published
    coordinate lay from grey matter. region: the points of the cortex within 5 mm.
    """

    id: str
    title: str
    point_mm: FloatArray
    moved_mm: float
    region: RealTimeRegion

    @cached_property
    def objective(self) -> RegionObjective:
        """The mean of |E| over the region, what placements are rated by."""
        return RegionObjective(self.region)


@dataclass(frozen=True, eq=False)
class OpenBench:
    """One head, prepared: its engine, its clearance and its surfaces, shared by all requests.

    cortex: its vertices are the engine's points. Everything here may be read by many threads.
    """

    head: Head
    engine: RealTimeHead
    clearance: Clearance
    cortex: TriangleSurface
    coils: dict[str, AnyCoil]
    _targets: dict[str, Target] = field(default_factory=dict)
    _made: dict[Hashable, Any] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    @classmethod
    def of(
        cls,
        head: Head,
        store: Store,
        progress: Progress = SILENT,
        engine: RealTimeHead | None = None,
        coils: dict[str, AnyCoil] | None = None,
    ) -> OpenBench:
        """Open the bench of a head; prepares the engine first where the store has none.

        coils: those the clinic has, by id; by default all of the catalogue.
        """
        if engine is None:
            engine = real_time_head(head, store=store, progress=progress)
        with stage(progress, "Opening the bench", 3) as step:
            _ = head.scalp
            step.advance()
            clearance = Clearance.of(head.volume)
            step.advance()
            cortex = cortex_surface(head.volume, spacing_mm=CORTEX_SPACING_MM)
            step.advance()
        if cortex.vertices_mm.shape != engine.points_mm.shape:
            raise InputError(
                head.title or "head",
                "its engine was prepared on another surface of the cortex",
                "Prepare it again",
            )
        return cls(head, engine, clearance, cortex, coils or catalogue_coils())

    def coil(self, key: str) -> AnyCoil:
        """The coil of that id; an unknown one is refused with the known ones."""
        try:
            return self.coils[key]
        except KeyError:
            raise InputError(
                f"coil {key!r}", "the bench has no such coil", f"Use one of {', '.join(self.coils)}"
            ) from None

    def target(self, key: str) -> Target:
        """A published target on this head."""
        with self._lock:
            if key not in self._targets:
                row = targets().coordinate(key)
                point, moved = self.head.snap_to_grey(self.head.from_mni(row.mni_mm))
                region = point_region(self.engine, point)
                self._targets[key] = Target(key, row.title, point, moved, region)
            return self._targets[key]

    def target_at(self, point_mm: tuple[float, float, float]) -> Target:
        """A target at a point of this head, snapped to grey matter."""
        key = ",".join(f"{value:.1f}" for value in point_mm)
        with self._lock:
            if key not in self._targets:
                if len(self._targets) > _REGIONS_KEPT:
                    self._targets.clear()
                point, moved = self.head.snap_to_grey(point_mm)
                region = point_region(self.engine, point)
                x, y, z = point.tolist()
                title = f"Point ({x:.0f}, {y:.0f}, {z:.0f}) mm of this head"
                self._targets[key] = Target("", title, point, moved, region)
            return self._targets[key]

    @cached_property
    def points_tree(self) -> cKDTree:
        """The search tree over the engine's points."""
        return cKDTree(self.engine.points_mm)

    def once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, kept for a key as long as the bench is open.

        Two who ask at once may both make it: nobody waits for a search that another began.
        """
        if key not in self._made:
            made = make()
            with self._lock:
                self._made.setdefault(key, made)
        found: _Made = self._made[key]
        return found

    def strength(self, coil: AnyCoil, pose: Pose) -> tuple[NDArray[np.float32], float, float]:
        """(p,) |E| in V/m for 1 A/us, the told relative error, and the gap in mm."""
        with computing():
            found = self.engine.field(coil, pose)
        return found.strength, found.relative_error, found.gap_mm


def computing() -> AbstractContextManager[object]:
    """Entered around parallel kernels: lets threads in one by one where the machine demands it.

    Where numba has neither OpenMP nor TBB it ends the whole process when two threads compute.
    """
    try:
        safe = numba.threading_layer() in ("omp", "tbb")
    except ValueError:  # no kernel has run yet, so it is not known
        safe = False
    return nullcontext() if safe else _ONE_BY_ONE


def catalogue_coils() -> dict[str, AnyCoil]:
    """All coils of the catalogue by their id."""
    return {key: known_coil(key) for key in coil_ids()}
