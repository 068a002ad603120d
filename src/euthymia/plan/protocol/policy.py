"""What the check does with what it finds: caps and severities, from `data/policy.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import BeforeValidator

from euthymia.core.findings import Severity
from euthymia.core.references import Citation
from euthymia.plan.protocol.datafiles import NO_EXTRAS, read_table
from euthymia.plan.protocol.limits import Spacing, Verdict


def _severity(name: object) -> object:
    return Severity[name.upper()] if isinstance(name, str) else name


NamedSeverity = Annotated[Severity, BeforeValidator(_severity)]


@dataclass(frozen=True, slots=True)
class Caps:
    """Soft caps on pulses; there is no consensus on a maximum."""

    pulses_per_session: int
    pulses_per_day: int
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Grade:
    """A severity for cleared protocols and one for all others."""

    cleared: NamedSeverity
    not_cleared: NamedSeverity
    source: Citation

    __pydantic_config__ = NO_EXTRAS

    def of(self, *, cleared: bool) -> Severity:
        return self.cleared if cleared else self.not_cleared


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence to show, and its source."""

    message: str
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class VisualThreshold:
    """How much higher a threshold by visible twitch is than one by EMG, as a ratio."""

    ratio: float
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class FirstSessions:
    """The first sessions of a course, which are watched more closely."""

    sessions: int
    message: str
    source: Citation

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class CheckPolicy:
    """The rules of the check that are not tables; `dataclasses.replace` makes a site's own."""

    caps: Caps
    exceeding_a_table: Grade
    outside_a_table: Grade
    theta_burst: Remark
    visual_threshold: VisualThreshold
    seizure_h_coil: Remark
    first_sessions: FirstSessions

    __pydantic_config__ = NO_EXTRAS

    def train_severity(self, verdict: Verdict, *, cleared: bool) -> Severity:
        """How much it weighs what a train table says; `cleared`: of a cleared protocol."""
        match verdict:
            case Verdict.WITHIN:
                return Severity.NOTE
            case Verdict.BEYOND_TESTED:
                return Severity.CAUTION
            case Verdict.OUTSIDE:
                return self.outside_a_table.of(cleared=cleared)
            case Verdict.EXCEEDS:
                return self.exceeding_a_table.of(cleared=cleared)

    def spacing_severity(self, spacing: Spacing, *, cleared: bool) -> Severity:
        """How much it weighs what the interval table says."""
        match spacing:
            case Spacing.SAFE:
                return Severity.NOTE
            case Spacing.INSUFFICIENT:
                return Severity.NOTE if cleared else Severity.CAUTION
            case Spacing.UNSAFE:
                return self.exceeding_a_table.of(cleared=cleared)
            case Spacing.OUTSIDE:
                return Severity.CAUTION


@cache
def default_policy() -> CheckPolicy:
    """The policy that ships with the system."""
    return read_table("policy.toml", CheckPolicy)
