"""Checking in several processes: keys are handed out in portions, faults come back in order.

Nothing of Django is imported here before a process has set it up.
"""

# ruff: noqa: PLC0415 - the models can be imported only when Django is set up

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeAlias

from euthymia.core.errors import InputError

if TYPE_CHECKING:
    from euthymia.clinic.operation.verifying import Fault

CHARTS, DOCUMENTS = "charts", "documents"
_AT_ONCE = 40

Found: TypeAlias = "tuple[list[Fault], int]"
"""The faults of a portion, and how many keys were in it."""
Check: TypeAlias = Callable[[str, Sequence[Any]], Iterator[Found]]


def usual_workers() -> int:
    """As many processes as leave one core to the clinic."""
    return max(1, (os.cpu_count() or 2) - 1)


@contextmanager
def checking(workers: int) -> Iterator[Check]:
    """What checks keys of a part, portion by portion: here, or in processes of its own."""
    if workers <= 1:
        yield lambda part, keys: (_check(part, some) for some in _portions(keys))
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_begin) as pool:

        def check(part: str, keys: Sequence[Any]) -> Iterator[Found]:
            portions = list(_portions(keys))
            try:
                yield from pool.map(_check, [part] * len(portions), portions)
            except BrokenProcessPool:
                raise InputError(
                    "verify",
                    "a process that checked was ended from outside",
                    "Try again with fewer --workers; each needs some 200 MB of memory",
                ) from None

        try:
            yield check
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _portions(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


def _begin() -> None:
    """Set a new process up; it gives way to those who work in the clinic."""
    import django

    Thread(target=_end_with_parent, daemon=True).start()
    if sys.platform != "win32":
        os.nice(5)
    django.setup()


def _end_with_parent() -> None:
    """End this process when the one that began it has ended, in whatever way."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _check(part: str, keys: Sequence[Any]) -> Found:
    from euthymia.clinic.operation import verifying

    check = verifying.faults_of_patients if part == CHARTS else verifying.faults_of_documents
    return check(keys), len(keys)
