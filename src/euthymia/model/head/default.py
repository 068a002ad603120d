"""The default head: one real person's head, for everyone who has no MRI."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import numpy as np

from euthymia.core.poses import COLIN27
from euthymia.model.head.head import Head
from euthymia.model.head.maps import TissueMaps, unpacked
from euthymia.model.head.place.landmarks import Landmarks, read_landmarks
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.volume import LabelVolume, load_image

LABELS = "default_head_labels.nii.gz"
MAPS = "default_head_maps.nii.gz"
LANDMARKS = "default_head_landmarks.toml"

UNCERTAINTY_MM = 5.0
"""How far off a group's MNI coordinate may lie on this one linearly fitted brain.

Computed when the head was derived: a free fit to the ICBM 2009a template moves half of the grey
matter by less than 3 mm and 95 % of it by less than 5 mm. The spread between the patients of the
group comes on top.
"""


@cache
def default_head() -> Head:
    """Colin27, segmented by `tools/derive_default_head.py` from the average of 27 scans.

    Its millimetres are those of MNI space (a linear fit), so the map to MNI is the identity. MNI
    space is larger than most heads: the arc from nasion to inion is 39 cm here. Where the image
    cuts ears, nose and neck, soft tissue closes the surface.
    """
    folder = files("euthymia.model.head") / "data"
    with as_file(folder / LABELS) as path:
        volume = LabelVolume.load(path, COLIN27)
    return Head(volume, default_landmarks(), default_mni_map(), "Default head (Colin27)")


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
    """The identity: the default head already lies in MNI space."""
    return MniMap(
        np.eye(4),
        UNCERTAINTY_MM,
        "Colin27 fitted linearly to MNI305 by the Montreal Neurological Institute",
    )
