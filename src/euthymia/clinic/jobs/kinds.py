"""The kinds of job: a name, the right it needs, and the function that does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from euthymia.clinic.accounts.policy import Action
from euthymia.core.errors import InputError
from euthymia.core.progress import Progress

Arguments: TypeAlias = dict[str, Any]
"""What the starter gave, and always: job_id, user_id, patient_id (text, number or None)."""

Work: TypeAlias = Callable[[Arguments, Progress], dict[str, Any]]
"""Does the job in a worker; what it returns is kept as JSON. An `url` in it leads to the result.

A job may be begun twice (its worker died, or somebody retried it): the work must bear that.
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job. action: the right to start it, to watch it, and to cancel it.

    due: asked by workers every few minutes; if it says yes, the program starts one by itself.
    """

    name: str
    label: str
    action: Action
    work: Work
    due: Callable[[], bool] | None = None


_KINDS: dict[str, Kind] = {}


def job_kind(
    name: str, *, label: str, action: Action, due: Callable[[], bool] | None = None
) -> Callable[[Work], Work]:
    """Register a function as the work of that kind; for modules named `work` in a room."""

    def mark(work: Work) -> Work:
        known = _KINDS.get(name)
        if known is not None and known.work.__module__ != work.__module__:
            raise ValueError(f"two kinds of job are called {name}")
        _KINDS[name] = Kind(name, label, action, work, due)
        return work

    return mark


def kinds_by_themselves() -> tuple[Kind, ...]:
    """The kinds that the program starts when they are due."""
    return tuple(kind for kind in _KINDS.values() if kind.due is not None)


def kind_of(name: str) -> Kind:
    """The kind of that name; refused if this version does not know it."""
    try:
        return _KINDS[name]
    except KeyError:
        raise InputError(
            f"job {name}", "this version does not know that kind of work", "Start it anew"
        ) from None


def label_of(name: str) -> str:
    """What that kind does, in words; its bare name if it is not known."""
    return _KINDS[name].label if name in _KINDS else name
