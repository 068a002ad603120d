"""The limits that guard a session, read from `data/guards.toml` with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from euthymia.core.references import Citation
from euthymia.treat.datafiles import NO_EXTRAS, read_table


@dataclass(frozen=True, slots=True)
class PoseLimits:
    """How far the coil may be from its plan, and how old a pose may be."""

    distance_mm: float
    angle_deg: float
    for_s: float
    stale_s: float
    back_for_s: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class CoilLimits:
    """How warm the coil may be."""

    highest_c: float
    go_on_below_c: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class OutputLimits:
    """How far the output that is read back may be from the one that was set."""

    mismatch_pct: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class TimingLimits:
    """How far a train may be from its plan in time."""

    slack_s: float
    rest_slack_s: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class FieldLimits:
    """Up to where the field at the target counts as known: the told error and the coil's lift."""

    largest_error_pct: float
    farthest_gap_mm: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class OperatorLimits:
    """How long a session runs without a sign of its operator, and without a way to it."""

    silent_s: float
    lost_s: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class PartialRule:
    """What becomes of the rest of a session that was broken off."""

    resume_within_min: float
    counts_as_given_pct: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class RampRule:
    """The outputs of the first sessions of a course, as fractions of the prescribed one."""

    fractions: tuple[float, ...]
    source: Citation

    __pydantic_config__ = NO_EXTRAS

    def fraction(self, session: int) -> float:
        """The fraction for a session, counted from 1; 1.0 after the ramp."""
        return self.fractions[session - 1] if session <= len(self.fractions) else 1.0


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """All limits of a session; `dataclasses.replace` makes a site's own."""

    pose: PoseLimits
    coil: CoilLimits
    output: OutputLimits
    timing: TimingLimits
    field: FieldLimits
    operator: OperatorLimits
    partial: PartialRule
    ramp: RampRule

    __pydantic_config__ = NO_EXTRAS


@cache
def default_limits() -> SessionLimits:
    """The limits that ship with the system."""
    return read_table("euthymia.treat.session", "guards.toml", SessionLimits)
