"""Public holidays by country and subdivision, as the `holidays` package knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from euthymia.core.errors import InputError


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays that a site keeps.

    country: ISO 3166 code ("US"); subdivision: the package's code of a state or province ("NY").
    open_on: names, or beginnings of names, of holidays on which the site treats all the same.
    Raises InputError for a country or subdivision that is not known.
    """

    country: str
    subdivision: str | None = None
    open_on: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _country(self.country, self.subdivision)

    def name_on(self, day: date) -> str | None:
        """The name of the holiday kept on that date; None on any other date."""
        names = _names(self.country, self.subdivision, day)
        kept = [name for name in names if not self._works_on(name)]
        return "; ".join(kept) or None

    def knows(self, day: date) -> bool:
        """Whether the holidays of that date's year are known at all."""
        calendar = _country(self.country, self.subdivision)
        return bool(calendar.start_year <= day.year <= calendar.end_year)

    @property
    def text(self) -> str:
        return f"{self.country}-{self.subdivision}" if self.subdivision else self.country

    def _works_on(self, name: str) -> bool:
        return any(name.casefold().startswith(worked.casefold()) for worked in self.open_on)


@cache
def _country(country: str, subdivision: str | None) -> Any:
    # imported late: the package takes a tenth of a second, which every start-up would pay
    import holidays  # noqa: PLC0415

    try:
        return holidays.country_holidays(country, subdiv=subdivision, language="en_US")
    except NotImplementedError:
        where = f"{country}, {subdivision}" if subdivision else country
        raise InputError(
            f"public holidays of {where}",
            "country or subdivision is not known",
            "Use ISO codes, for example US and NY, or DE and BY",
        ) from None


@cache
def _names(country: str, subdivision: str | None, day: date) -> tuple[str, ...]:
    return tuple(_country(country, subdivision).get_list(day))
