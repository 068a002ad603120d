"""What time it is in the clinic: the one place that asks, so that tests can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

_SET: ContextVar[datetime | None] = ContextVar("euthymia_clinic_time", default=None)


def now() -> datetime:
    """The present moment in the clinic's wall-clock time, with its offset from UTC."""
    return timezone.localtime(_SET.get() or timezone.now())


def today() -> date:
    """The present day in the clinic."""
    return now().date()


def today_at(time_zone: str) -> date:
    """The present day at a site with that time zone."""
    return now().astimezone(ZoneInfo(time_zone)).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be that moment; for tests and for building the example clinic."""
    token = _SET.set(moment)
    try:
        yield
    finally:
        _SET.reset(token)
