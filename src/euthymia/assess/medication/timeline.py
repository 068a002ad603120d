"""Days that are known only within bounds: what they allow for the time between any two of them.

A trial is a row of boundaries: the first day at the first dose, the first day at the next dose, and
so on to the day after the last. Each may be known exactly, within bounds or not at all, and so may
the time between two of them. `tightened` draws every conclusion there is (all-pairs shortest paths
over the difference constraints), so that the shortest and the longest time between two boundaries
are exact, not merely safe.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Matrix: TypeAlias = list[list[float]]


@dataclass(frozen=True, slots=True)
class Gap:
    """From one boundary to a later one lie at least `least` and at most `most` days (None: open).

    `later` or `earlier` None is the origin of the calendar, which pins a boundary to a date.
    """

    earlier: int | None
    later: int | None
    least: float | None
    most: float | None


def tightened(boundaries: int, gaps: Iterable[Gap]) -> Matrix | None:
    """The most days from each boundary to each other, or None where the gaps contradict each other.

    The entry [i][j] bounds from above the time from boundary i to boundary j; minus [j][i] bounds
    it from below. The last row and column belong to the origin of the calendar. Infinite: open.
    """
    size = boundaries + 1
    most: Matrix = [[math.inf] * size for _ in range(size)]
    for place in range(size):
        most[place][place] = 0
    for gap in gaps:
        first = boundaries if gap.earlier is None else gap.earlier
        second = boundaries if gap.later is None else gap.later
        if gap.most is not None:
            most[first][second] = min(most[first][second], gap.most)
        if gap.least is not None:
            most[second][first] = min(most[second][first], -gap.least)
    for middle in range(size):
        through = most[middle]
        for row in most:
            reach = row[middle]
            if reach < math.inf:
                for place, onwards in enumerate(through):
                    row[place] = min(row[place], reach + onwards)
    return None if any(most[place][place] < 0 for place in range(size)) else most
