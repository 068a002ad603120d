"""Exact times and rates, so that a thousand trains do not drift by one pulse.

Every interval in this room is a `Fraction` of a second. 18 Hz has an interval of 1/18 s, which
neither a float nor a whole number of microseconds can hold; a fraction can.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TypeAlias

from euthymia.core.errors import InputError

Number: TypeAlias = int | float | str | Fraction
"""What a person may write for a time or a rate: 4, 0.1, "1/18", Fraction(1, 18)."""


def exact(value: Number, what: str) -> Fraction:
    """The number as it is written, as a fraction: 0.1 is one tenth, not its binary neighbour.

    `what` names the number in the refusal of anything that is not a finite number.
    """
    if isinstance(value, bool):
        raise _refusal(what, repr(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _refusal(what, str(value))
        return Fraction(repr(value))
    try:
        return Fraction(value)
    except (ValueError, TypeError, ZeroDivisionError):
        raise _refusal(what, repr(value)) from None


def positive(value: Number, what: str) -> Fraction:
    """The number as a fraction; refuses zero and anything below it."""
    number = exact(value, what)
    if number <= 0:
        raise InputError(what, f"{show(number)} is not above zero", "Give a number above zero")
    return number


def at_least_one(count: int, what: str) -> None:
    """Refuse a count that is not a whole number of at least one."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InputError(what, f"{count!r} is not a count of one or more", "Give 1, 2, 3, …")


def is_decimal(value: Fraction) -> bool:
    """Whether a short decimal number says the fraction exactly (1/8 does, 1/18 does not)."""
    return Fraction(repr(float(value))) == value


def show(value: Fraction, digits: int = 3) -> str:
    """The number for a person to read: exact where short, else rounded ("4", "1106.5", "0.056")."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.{digits}f}".rstrip("0").rstrip(".")


def clock(seconds: Fraction) -> str:
    """A session length as consoles show it, minutes and whole seconds: "37:30", "3:09".

    Rounded, a half second downwards: 188.8 s is shown as 3:09 and 1106.5 s as 18:26.
    """
    whole = math.ceil(seconds - Fraction(1, 2))
    return f"{whole // 60}:{whole % 60:02d}"


def _refusal(what: str, found: str) -> InputError:
    return InputError(what, f"{found} is not a number", "Give a number such as 10, 0.1 or 1/18")
