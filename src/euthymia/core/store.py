"""Results kept by the content they were made from, so that the same work is not done twice."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of arrays, each file named by a hash of everything its content depends on.

    A change of any input is another name, so nothing is ever out of date. Files are written
    beside their place and moved there, so a killed run leaves no half file; a damaged file is
    made again. `folder` None keeps nothing.
    """

    folder: Path | None

    @classmethod
    def default(cls) -> Store:
        """The user's cache folder, or the one that EUTHYMIA_CACHE names."""
        named = os.environ.get("EUTHYMIA_CACHE")
        return cls(Path(named) if named else Path(platformdirs.user_cache_dir("euthymia")))

    def arrays(self, step: str, inputs: Mapping[str, Any], make: Callable[[], Arrays]) -> Arrays:
        """The arrays of a step for these inputs: read if they are here, else made and kept.

        inputs: plain values and hashes (JSON) that decide the result, a version of the step
        among them.
        """
        if self.folder is None:
            return make()
        path = self._path(self.folder, step, inputs)
        found = _read(path)
        if found is None:
            found = make()
            _write(path, found)
        return found

    def holds(self, step: str, inputs: Mapping[str, Any]) -> bool:
        """Whether the arrays of a step for these inputs were kept; they are not read for it."""
        return self.folder is not None and self._path(self.folder, step, inputs).is_file()

    @staticmethod
    def _path(folder: Path, step: str, inputs: Mapping[str, Any]) -> Path:
        return folder / f"{step}-{key_of(inputs)[:40]}.npz"


def key_of(inputs: Mapping[str, Any]) -> str:
    """SHA-256 of the inputs as canonical JSON."""
    text = json.dumps(inputs, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> Arrays | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(path: Path, arrays: Arrays) -> None:
    """Keep the arrays; a full or read-only disk costs the next run time, never this one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
