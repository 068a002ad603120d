"""The days of the steps from referral to the first session, counted back from the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from euthymia.clinic.example.assumptions import assumptions
from euthymia.clinic.example.history import between
from euthymia.clinic.example.weeks import OpenDays

STEPS = ("referred", "assessed", "requested", "answered", "planned", "signed", "first")


@dataclass(frozen=True, slots=True)
class Way:
    """The day of each step; None for one that was not reached."""

    referred: date
    assessed: date | None = None
    requested: date | None = None
    answered: date | None = None
    planned: date | None = None
    signed: date | None = None
    first: date | None = None


def way_to(step: str, day: date, days: OpenDays, draw: Random) -> Way:
    """The way that reached a step on a day, with the days before it as they usually lie."""
    known = assumptions().days
    gaps = dict(
        zip(
            STEPS[1:],
            (
                known.referred_to_assessed,
                known.assessed_to_request,
                known.request_to_answer,
                known.answer_to_planned,
                known.planned_to_signed,
                known.signed_to_first_session,
            ),
            strict=True,
        )
    )
    found: dict[str, date] = {}
    for name in reversed(STEPS[: STEPS.index(step) + 1]):
        found[name] = day
        if name in gaps:
            day = days.at_or_before(day - timedelta(days=between(draw, gaps[name])))
    return Way(**found)
