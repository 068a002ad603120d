"""The place in a head that a text names: a target of the catalogue, or millimetres."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray
from euthymia.model.head.head import Head
from euthymia.plan.target.catalogue import targets


def place_named(target: str, head: Head) -> FloatArray:
    """The place, (3,) in RAS millimetres of the head: in grey matter for a target's id, as given
    for "X,Y,Z"."""
    parts = target.split(",")
    if len(parts) == 1:
        point, _ = head.snap_to_grey(head.from_mni(targets().coordinate(target).mni_mm))
        return np.asarray(point)
    try:
        place = np.array([float(part) for part in parts])
    except ValueError:
        place = np.empty(0)
    if place.shape != (3,) or not np.isfinite(place).all():
        raise InputError(
            f"target {target!r}", "it is no place", "Give X,Y,Z in RAS millimetres of the head"
        )
    return place
