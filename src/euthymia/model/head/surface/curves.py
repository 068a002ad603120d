"""Closed curves on the scalp: lengths, walks, and points at fractions of the way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from euthymia.core.poses import FloatArray


@dataclass(frozen=True, eq=False)
class Path:
    """An open polyline: (k, 3) points in millimetres, in order."""

    points_mm: FloatArray

    @property
    def length_mm(self) -> float:
        return float(_steps(self.points_mm).sum())

    def at(self, fraction: float) -> FloatArray:
        """(3,) the point at that fraction, 0 to 1, of the length."""
        ends = np.concatenate([[0.0], np.cumsum(_steps(self.points_mm))])
        place = np.clip(fraction, 0.0, 1.0) * ends[-1]
        return np.array([np.interp(place, ends, self.points_mm[:, axis]) for axis in range(3)])


@dataclass(frozen=True, eq=False)
class Curve:
    """A closed polyline on the scalp: (k, 3) points in millimetres; the last joins the first."""

    points_mm: FloatArray

    @property
    def length_mm(self) -> float:
        """Length once round."""
        return float(_steps(self._closed).sum())

    @cached_property
    def _closed(self) -> FloatArray:
        return np.vstack([self.points_mm, self.points_mm[:1]])

    @cached_property
    def _ends(self) -> FloatArray:
        return np.concatenate([[0.0], np.cumsum(_steps(self._closed))])

    def place_mm(self, point_mm: ArrayLike) -> float:
        """How far along the curve, from its first point, the point closest to a (3,) point is."""
        point = np.asarray(point_mm, dtype=float)
        starts, ends = self.points_mm, np.roll(self.points_mm, -1, axis=0)
        along = ends - starts
        squared = np.maximum(np.sum(along**2, axis=1), 1e-30)
        share = np.clip(np.sum((point - starts) * along, axis=1) / squared, 0.0, 1.0)
        feet = starts + share[:, None] * along
        best = int(np.argmin(np.sum((feet - point) ** 2, axis=1)))
        return float(self._ends[best] + share[best] * np.sqrt(squared[best]))

    def at_mm(self, place_mm: float) -> FloatArray:
        """(3,) the point that far along the curve, counted round and round."""
        return self._at(np.array([place_mm])).reshape(3)

    def _at(self, places_mm: FloatArray) -> FloatArray:
        """(n, 3) the points that far along the curve."""
        places = places_mm % self._ends[-1]
        columns = [np.interp(places, self._ends, self._closed[:, axis]) for axis in range(3)]
        return np.column_stack(columns)

    def walk(self, start_mm: ArrayLike, toward_mm: ArrayLike, length_mm: float) -> FloatArray:
        """(3,) where a walk of `length_mm` ends that sets out from a point in a direction."""
        place = self.place_mm(start_mm)
        # The first few millimetres decide the sense; single short segments can point anywhere.
        forward = self.at_mm(place + 3.0) - self.at_mm(place - 3.0)
        sense = 1.0 if forward @ np.asarray(toward_mm, dtype=float) >= 0 else -1.0
        return self.at_mm(place + sense * length_mm)

    def shorter(self, a_mm: ArrayLike, b_mm: ArrayLike) -> float:
        """Length of the shorter of the two ways from a to b, millimetres."""
        one = abs(self.place_mm(b_mm) - self.place_mm(a_mm))
        return min(one, self.length_mm - one)

    def between(self, a_mm: ArrayLike, b_mm: ArrayLike, through_mm: ArrayLike) -> Path:
        """The part of the curve from a to b that passes `through_mm`."""
        total = self.length_mm
        a = self.place_mm(a_mm)
        b = (self.place_mm(b_mm) - a) % total
        through = (self.place_mm(through_mm) - a) % total
        ends = (self._ends[:-1] - a) % total
        if through <= b:
            inner = np.sort(ends[(ends > 0) & (ends < b)])
            places = np.concatenate([[0.0], inner, [b]])
        else:
            inner = np.sort(ends[ends > b])[::-1]
            places = np.concatenate([[0.0], inner, [b]])
            places[0] = total
        return Path(self._at(a + places))


def curve_through(curves: list[FloatArray], near_mm: FloatArray) -> Curve:
    """Of several curves, the one that passes closest to a (3,) point.

    Curves within half a millimetre of the closest count as equal; the longest of them is taken.
    """
    gaps = [float(np.linalg.norm(points - near_mm, axis=1).min()) for points in curves]
    close = [points for points, gap in zip(curves, gaps, strict=True) if gap <= min(gaps) + 0.5]
    return Curve(max(close, key=lambda points: float(_steps(points).sum())))


def _steps(points: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(np.diff(points, axis=0), axis=1))
