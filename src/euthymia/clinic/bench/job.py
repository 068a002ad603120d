"""The job that prepares a head for the bench, and how far it has come."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django_tasks import task

from euthymia.clinic.bench.choice import HeadChoice, from_json, to_json
from euthymia.clinic.bench.preparing import prepare_bench
from euthymia.core.errors import EuthymiaError
from euthymia.core.progress import CallbackProgress, Report
from euthymia.core.store import Store

SILENT_FOR_S = 600
"""A job that has said nothing for so long counts as broken off; it can be started again."""

_TELL_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a preparation has come; failed: why it ended without a head, in one sentence."""

    percent: float
    failed: str = ""


def begin(choice: HeadChoice) -> None:
    """Start to prepare a head, unless that is under way."""
    if cache.add(_key(choice), {"percent": 0.0, "failed": ""}, SILENT_FOR_S):
        prepare_head.enqueue(to_json(choice))
        return
    if (found := standing(choice)) is not None and found.failed:
        cache.set(_key(choice), {"percent": 0.0, "failed": ""}, SILENT_FOR_S)
        prepare_head.enqueue(to_json(choice))


def standing(choice: HeadChoice) -> Standing | None:
    """How far the preparation has come; None where none is under way."""
    found = cache.get(_key(choice))
    return None if found is None else Standing(found["percent"], found["failed"])


@task()
def prepare_head(chosen: dict[str, Any]) -> None:
    """Prepare a head; takes minutes. A refusal is kept for the page that waits."""
    choice = from_json(chosen)
    key = _key(choice)
    try:
        prepare_bench(choice, Store.default(), CallbackProgress(_teller(key)))
    except EuthymiaError as refusal:
        cache.set(key, {"percent": 0.0, "failed": str(refusal)}, SILENT_FOR_S)
        return
    cache.delete(key)


def _teller(key: str) -> Callable[[Report], None]:
    told = -_TELL_EVERY_S

    def tell(report: Report) -> None:
        nonlocal told
        if time.monotonic() - told < _TELL_EVERY_S:
            return
        told = time.monotonic()
        cache.set(key, {"percent": 100.0 * report.fraction, "failed": ""}, SILENT_FOR_S)

    return tell


def _key(choice: HeadChoice) -> str:
    return f"bench-{hashlib.sha256(choice.key.encode()).hexdigest()[:40]}"
