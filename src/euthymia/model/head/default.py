"""The default head: one real person's head, for everyone who has no MRI."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import numpy as np

from euthymia.core.poses import COLIN27
from euthymia.model.head.head import Head, Origin
from euthymia.model.head.maps import TissueMaps, unpacked
from euthymia.model.head.place.landmarks import Landmarks, read_landmarks
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.spread import anatomy_spread
from euthymia.model.head.volume import LabelVolume, load_image

LABELS = "default_head_labels.nii.gz"
MAPS = "default_head_maps.nii.gz"
LANDMARKS = "default_head_landmarks.toml"
MNI_MAP = "default_head_mni.npz"


@cache
def default_head() -> Head:
    """Colin27, segmented by `tools/derive_default_head.py` from the average of 27 scans.

    Its millimetres are those of MNI305 by a linear fit, and its map to MNI space takes out what
    such a fit leaves over. It is larger than most heads: the arc from nasion to inion is 39 cm
    here. Where the image cuts ears, nose and neck, soft tissue closes the surface.
    """
    folder = files("euthymia.model.head") / "data"
    with as_file(folder / LABELS) as path:
        volume = LabelVolume.load(path, COLIN27)
    return Head(
        volume,
        default_landmarks(),
        default_mni_map(),
        "Default head (Colin27)",
        origin=Origin.DEFAULT,
        spread=anatomy_spread(shaped_by_tape=False),
    )


@cache
def default_maps() -> TissueMaps:
    """How much of each voxel of the default head is each tissue, in steps of 1/5.

    On the grid of its label volume, and with the same labels.
    """
    folder = files("euthymia.model.head") / "data"
    with as_file(folder / MAPS) as path:
        image = load_image(path, "the default head's tissue maps")
        return unpacked(np.asarray(image.dataobj), np.asarray(image.affine, float), COLIN27)


def default_landmarks() -> Landmarks:
    """The landmarks of the default head, as published with its 10-05 montage."""
    folder = files("euthymia.model.head") / "data"
    with as_file(folder / LANDMARKS) as path:
        return read_landmarks(path).landmarks


def default_mni_map() -> MniMap:
    """The nonlinear map of Colin27 to the ICBM 2009a template (`tools/derive_default_mni.py`)."""
    folder = files("euthymia.model.head") / "data"
    with as_file(folder / MNI_MAP) as path:
        return MniMap.load(path)
