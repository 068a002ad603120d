"""The coil over one train: deviations from its plan and the field at the target, summed up."""

from __future__ import annotations

import numpy as np

from euthymia.core.poses import Pose
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import PoseSummary
from euthymia.treat.session.guards import CoilView
from euthymia.treat.session.prescription import TrainStep


class PoseLog:
    """The coil's deviations and the field at the target over one train, sample by sample."""

    def __init__(self, bench: Bench, step: TrainStep) -> None:
        self._bench = bench
        self._step = step
        self._distances: list[float] = []
        self._angles: list[float] = []
        self._fields: list[float | None] = []

    def note(self, view: CoilView | None, pose: Pose | None) -> None:
        """One look at the coil; nothing where it was not tracked."""
        if view is None or view.distance_mm is None or view.angle_deg is None:
            return
        self._distances.append(view.distance_mm)
        self._angles.append(view.angle_deg)
        if self._bench.field is None or pose is None:
            return
        self._fields.append(self._bench.field.field_v_per_m(pose, self._step.output_pct_mso))

    @property
    def summary(self) -> PoseSummary | None:
        if not self._distances:
            return None
        return PoseSummary(
            mean_mm=round(float(np.mean(self._distances)), 2),
            worst_mm=round(max(self._distances), 2),
            mean_deg=round(float(np.mean(self._angles)), 2),
            worst_deg=round(max(self._angles), 2),
            samples=len(self._distances),
        )

    @property
    def field_v_per_m(self) -> float | None:
        """Mean over the train; None if it was unknown for any pose, as the rest would mislead."""
        known = [field for field in self._fields if field is not None]
        if not known or len(known) < len(self._fields):
            return None
        return round(float(np.mean(known)), 2)
