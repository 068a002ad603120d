"""A registry in one look: all courses, and by protocol, target and stage, beside published ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from euthymia.learn.evidence.catalogue import PublishedRegistry, registries
from euthymia.learn.registry.compare import Comparison, compare
from euthymia.learn.registry.outcomes import Outcomes, outcomes, remitted, responded
from euthymia.learn.registry.rows import Courses


@dataclass(frozen=True, slots=True)
class Group:
    """The courses that share a value of a column, with their outcomes."""

    column: str
    name: str
    response: Outcomes
    remission: Outcomes


@dataclass(frozen=True, slots=True)
class Beside:
    """One published share beside ours on the same scale and the same definition."""

    registry: PublishedRegistry
    kind: str
    scale: str
    published: str
    ours: Outcomes


@dataclass(frozen=True, eq=False)
class RegistrySummary:
    """What the registry shows. cautions: what keeps it from being a trial.

    patients: different pseudonyms; synthetic: courses of invented patients among them.
    """

    courses: int
    patients: int
    synthetic: int
    completed: int
    response: Outcomes
    remission: Outcomes
    groups: tuple[Group, ...]
    sites: Comparison | None
    operators: Comparison | None
    beside: tuple[Beside, ...]
    cautions: tuple[str, ...]


GROUPED = ("protocol", "target", "stage", "indication", "scale")


def summarise(courses: Courses, cuts: Mapping[str, float]) -> RegistrySummary:
    """Everything at once; `cuts` gives each scale's highest score of remission."""
    had, known = responded(courses)
    gone, gone_known = remitted(courses, cuts)
    whole = (
        outcomes(courses, "response", had, known),
        outcomes(courses, "remission", gone, gone_known),
    )
    groups = []
    for column in GROUPED:
        for name, own in courses.groups(column):
            part = courses.where(own)
            groups.append(
                Group(
                    column,
                    name,
                    outcomes(part, "response", had[own], known[own]),
                    outcomes(part, "remission", gone[own], gone_known[own]),
                )
            )
    enough = bool(known.any())
    planned, delivered = courses["sessions_planned"], courses["sessions_delivered"]
    with np.errstate(invalid="ignore"):
        completed = int((delivered >= planned).sum())
    return RegistrySummary(
        len(courses),
        len(np.unique(courses["pseudonym"])),
        int(courses["synthetic"].sum()),
        completed,
        *whole,
        tuple(groups),
        compare(courses, "site", had, known) if enough else None,
        compare(courses, "operator", had, known) if enough else None,
        tuple(_beside(groups)),
        tuple(_cautions(courses, whole[0])),
    )


def _beside(groups: Sequence[Group]) -> list[Beside]:
    by_scale = {group.name: group for group in groups if group.column == "scale"}
    found = []
    for registry in registries():
        for result in registry.results:
            group = by_scale.get(result.scale)
            if group is None or result.kind not in ("response", "remission"):
                continue
            ours = group.response if result.kind == "response" else group.remission
            found.append(Beside(registry, result.kind, result.scale, result.text, ours))
    return found


def _cautions(courses: Courses, response: Outcomes) -> list[str]:
    said = [
        "Nobody was compared with sham: part of every improvement is time and expectation.",
    ]
    if response.missing:
        share = response.missing / response.courses
        said.append(
            f"{response.missing} of {response.courses} outcomes ({share:.0%}) are missing; the "
            "share of those seen may flatter."
        )
    if len(np.unique(courses["pseudonym"])) < len(courses):
        said.append("Some patients have several courses; their outcomes are not independent.")
    if courses["synthetic"].any():
        said.append(f"{int(courses['synthetic'].sum())} courses are of invented patients.")
    return said


def gather(
    files: Sequence[Path], read: Callable[[Path], Courses], executor: Executor | None = None
) -> Courses:
    """One table from many files, read here or by an executor (processes, or a dask client's).

    The order of the rows is that of the files, whoever reads them.
    """
    parts = list(map(read, files) if executor is None else executor.map(read, files))
    return Courses.joined(parts)
