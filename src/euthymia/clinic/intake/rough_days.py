"""A day as anybody says it: 2021-03-14, "March 2021", "spring 2021", "2021-03-01 to 2021-05-31"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from euthymia.assess.medication.told.dates import ABOUT, Period, moment
from euthymia.assess.medication.trial import DayBounds
from euthymia.clinic import clock

_ABOUT = re.compile(rf"^{ABOUT}\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RoughDay:
    """A day that was told: exactly, or within bounds of which one may be open."""

    exact: date | None = None
    between: DayBounds | None = None

    @property
    def text(self) -> str:
        """A text that is read as the same day again."""
        if self.exact is not None:
            return self.exact.isoformat()
        if self.between is None:
            return ""
        first, last = self.between.earliest, self.between.latest
        if first is None:
            return f"by {last.isoformat()}" if last else ""
        return f"{first.isoformat()} to {last.isoformat()}" if last else f"from {first.isoformat()}"


def read_rough_day(text: str, on: date) -> RoughDay | None:
    """The day that the words mean on a day; None where they cannot be read.

    Nothing told lies ahead: a time that is not over yet ends on `on`.
    """
    said = " ".join(text.split())
    for opening, open_end in (("by ", "earliest"), ("from ", "latest")):
        if said.casefold().startswith(opening):
            period = _period(said[len(opening) :], on)
            if period is None:
                return None
            bounds = {
                "earliest": DayBounds(None, period.last),
                "latest": DayBounds(period.first, None),
            }
            return RoughDay(between=bounds[open_end])
    parts = re.split(r"\s+(?:to|and|or)\s+", said)
    periods = [_period(part, on) for part in parts]
    if not 1 <= len(parts) <= 2 or any(period is None for period in periods):
        return None
    known = [period for period in periods if period is not None]
    if known[-1].last < known[0].first:
        return None
    whole = Period(known[0].first, known[-1].last)
    if whole.exact:
        return RoughDay(exact=whole.exact)
    return RoughDay(between=whole.bounds)


def _period(text: str, on: date) -> Period | None:
    bare = _ABOUT.sub("", text.strip())
    found = moment(bare, on)
    if found is None:
        return None
    found = found.widened() if bare != text.strip() else found
    return Period(found.first, on) if found.first <= on < found.last else found


class RoughDayField(forms.CharField):
    """A text field that takes a day in anybody's words."""

    def __init__(self, **named: Any) -> None:
        named.setdefault("required", False)
        named.setdefault("max_length", 60)
        super().__init__(**named)

    def clean(self, value: Any) -> RoughDay:
        """The day; refused where the words cannot be read."""
        text = super().clean(value)
        if not text:
            return RoughDay()
        found = read_rough_day(text, clock.today())
        if found is None:
            raise ValidationError(
                _("“%(text)s” is not read as a day. Write it as in 2021-03-14, March 2021, "
                  "spring 2021, or 2021-03-01 to 2021-05-31."),
                params={"text": text},
            )  # fmt: skip
        return found


ROUGH_HELP = lazy("As exactly as it is known: 2021-03-14, March 2021, spring 2021, about 2019.")
