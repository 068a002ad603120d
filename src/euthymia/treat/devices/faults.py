"""Everything that can go wrong with the simulated stimulator, to be switched on at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """One way in which a stimulator, its coil or the way to it fails."""

    LINK_LOST = "link lost"
    """It answers no more; it goes on with what it was told until its own watchdog stops it."""
    GARBLED_ANSWERS = "garbled answers"
    """Its answers cannot be understood."""
    SLOW_ANSWERS = "slow answers"
    """It answers later than anyone waits."""
    DEVICE_FAULT = "device fault"
    """It reports a fault of its own, and disarms."""
    COIL_OVERHEATED = "coil overheated"
    """The coil's temperature jumps above its limit."""
    COIL_UNPLUGGED = "coil unplugged"
    """The coil is no longer connected."""
    OUTPUT_DIFFERS = "output differs"
    """It is set to another output than asked for, and says so."""
    OUTPUT_SAGS = "output sags"
    """Its output falls during a train."""
    NEVER_READY = "never ready"
    """It arms, but does not charge."""
    DISARMS_ITSELF = "disarms itself"
    """It disarms while it should be armed, as when the coil's switch is let go."""
    MISSES_PULSES = "misses pulses"
    """It leaves pulses of a train out."""
    STOPS_EARLY = "stops early"
    """It ends a train before its last pulse."""
    FIRES_LATE = "fires late"
    """Its trains begin later than told."""
    EXTRA_PULSES = "extra pulses"
    """It goes on after the last pulse of a train."""
    COUNTER_JUMPS = "counter jumps"
    """Its counter holds pulses that this session did not ask for."""
    RESTARTS = "restarts"
    """It restarts, and has forgotten all its settings."""


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault, and the second of the clock from which it holds."""

    fault: Fault
    at_s: float = 0.0
