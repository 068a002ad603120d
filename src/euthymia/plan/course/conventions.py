"""The calendar's cited conventions, read from `data/conventions.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from euthymia.core.references import Citation


class _Convention(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Citation


class MissedSessions(_Convention):
    """What becomes of a session that was not given."""

    deliver_planned_number: bool
    consecutive_for_prompt: int = Field(ge=1)


class LongGap(_Convention):
    """From how many days between two treatment days the motor threshold is measured anew."""

    days: int = Field(ge=1)


class Accelerated(_Convention):
    """Which courses of several sessions a day run on consecutive days."""

    consecutive_days_up_to_weeks: int = Field(ge=1)


class Conventions(BaseModel):
    """All conventions of the course room."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    missed_sessions: MissedSessions
    long_gap: LongGap
    accelerated: Accelerated


@cache
def conventions() -> Conventions:
    """The conventions as shipped."""
    text = (files("euthymia.plan.course") / "data" / "conventions.toml").read_text(encoding="utf-8")
    return Conventions.model_validate(tomllib.loads(text))
