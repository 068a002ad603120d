"""Any coil file by its name: .ccd, .tcd, .nii, .nii.gz."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from euthymia.core.errors import InputError
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.catalogue import coil as known_coil
from euthymia.model.coil.ccd import read_ccd
from euthymia.model.coil.tcd import read_tcd
from euthymia.model.coil.volume_file import read_potential_volume

SUFFIXES = (".ccd", ".tcd", ".nii", ".nii.gz")


def read_coil(path: Path, settings: Mapping[int, float] | None = None) -> AnyCoil:
    """The coil of a file; `settings` for the movements of a deformable one."""
    name = path.name.lower()
    if name.endswith(".tcd"):
        return read_tcd(path).coil(settings)
    if settings:
        raise InputError(str(path), "it has no movable parts", "Leave the settings out")
    if name.endswith(".ccd"):
        return read_ccd(path)
    if name.endswith((".nii", ".nii.gz")):
        return read_potential_volume(path)
    raise InputError(str(path), "it is no known kind of coil file", f"Give {', '.join(SUFFIXES)}")


def coil_named(name: str, settings: Mapping[int, float] | None = None) -> AnyCoil:
    """The coil of an id of the catalogue, or of a file."""
    path = Path(name)
    if name.lower().endswith(SUFFIXES) or len(path.parts) > 1 or path.is_file():
        return read_coil(path, settings)
    return known_coil(name)
