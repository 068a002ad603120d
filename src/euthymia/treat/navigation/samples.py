"""Poses as they come from a tracker, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from euthymia.core.poses import Pose


@dataclass(frozen=True, slots=True)
class PoseSample:
    """Where the coil was at one moment of the session's clock; pose None while it is not seen."""

    at_s: float
    pose: Pose | None


class PoseStream(Protocol):
    """A source of poses."""

    def latest(self) -> PoseSample | None:
        """The newest sample; None before the first. Never waits."""

    def close(self) -> None:
        """End the stream. Never raises."""
