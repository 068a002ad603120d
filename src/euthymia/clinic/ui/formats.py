"""How numbers, days and times are written, the same on every page."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

NBSP = "\u00a0"
"""Keeps a number and its unit on one line."""


def not_known() -> str:
    """What stands where there is no value: never a zero, never nothing."""
    return _("not known")


def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def day(value: date | datetime | None) -> str:
    """ "28 Nov 2026"."""
    if value is None:
        return not_known()
    return date_format(_local(value), "j\u00a0M\u00a0Y")


def weekday(value: date | datetime | None) -> str:
    """ "Sat 28 Nov"."""
    if value is None:
        return not_known()
    return date_format(_local(value), "D\u00a0j\u00a0M")


def clock(value: datetime | None) -> str:
    """ "14:05", on the 24-hour clock of the site."""
    if value is None:
        return not_known()
    return date_format(_local(value), "H:i")


def moment(value: date | datetime | None) -> str:
    """ "28 Nov 2026, 14:05"; a day without a time is written as a day."""
    if isinstance(value, datetime):
        return f"{day(value)}, {clock(value)}"
    return day(value)


def number(value: Any, digits: int = 0) -> str:
    """A number with a true minus sign and thousands parted; "not known" for None and NaN."""
    known = _finite(value)
    if known is None:
        return not_known()
    text = f"{known:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def percent(share: Any, digits: int = 0) -> str:
    """A share between 0 and 1 as "52 %"."""
    known = _finite(share)
    if known is None:
        return not_known()
    return f"{number(100 * known, digits)}{NBSP}%"


def quantity(value: Any, unit: str = "", digits: int = 0) -> str:
    """A number with its unit: "98 V/m"."""
    text = number(value, digits)
    return f"{text}{NBSP}{unit}" if unit and _finite(value) is not None else text


def interval(
    middle: Any, low: Any, high: Any, *, unit: str = "", digits: int = 0, share: bool = False
) -> str:
    """ "52 % (49 to 55)"; shares are given between 0 and 1.

    Where the bounds are not known it says so: an estimate never stands without its uncertainty.
    """
    factor, unit = (100.0, "%") if share else (1.0, unit)
    values = [_finite(each) for each in (middle, low, high)]
    if values[0] is None:
        return not_known()
    head = quantity(values[0] * factor, unit, digits)
    if values[1] is None or values[2] is None:
        return _("%(estimate)s (range not known)") % {"estimate": head}
    bounds = {"low": number(values[1] * factor, digits), "high": number(values[2] * factor, digits)}
    return f"{head} ({_('%(low)s to %(high)s') % bounds})"


def _finite(value: Any) -> float | None:
    """The value as a float, or None where it is no number."""
    if value is None or isinstance(value, bool):
        return None
    try:
        known = float(value)
    except (TypeError, ValueError):
        return None
    return known if math.isfinite(known) else None
