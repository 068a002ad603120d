"""The navigator of a session: a pose stream against the planned pose."""

from __future__ import annotations

import math

from euthymia.core.poses import Pose
from euthymia.treat.clock import Clock
from euthymia.treat.navigation.deviation import Deviation
from euthymia.treat.navigation.samples import PoseStream
from euthymia.treat.session.guards import CoilView


class Navigator:
    """What the engine sees of navigation (`session.bench.CoilSource`)."""

    def __init__(self, stream: PoseStream, planned: Pose, clock: Clock) -> None:
        self._stream = stream
        self._planned = planned
        self._clock = clock

    def look(self) -> tuple[CoilView, Pose | None]:
        """The newest pose against the plan; an age without end before the first one."""
        sample = self._stream.latest()
        if sample is None:
            return CoilView(math.inf, None, None), None
        age_s = self._clock.now_s() - sample.at_s
        if sample.pose is None:
            return CoilView(age_s, None, None), None
        planned, actual = self._planned, sample.pose
        distance, angle = planned.distance_mm(actual), planned.angle_deg(actual)
        return CoilView(age_s, distance, angle), actual

    def deviation(self) -> Deviation | None:
        """The deviation in full, for a screen; None while the coil is not seen."""
        sample = self._stream.latest()
        if sample is None or sample.pose is None:
            return None
        return Deviation.between(self._planned, sample.pose)
