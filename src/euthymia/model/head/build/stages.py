"""The stages of a build: each kept under a hash of its inputs, its parameters and its own code."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from euthymia.core.progress import SILENT, Progress
from euthymia.core.store import Arrays, Store, key_of

_ROOM = "euthymia.model.head"
_LIBRARIES = ("numpy", "scipy", "scikit-image")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name, the modules whose code decides its result, and the tools that it uses.

    What these modules import from the room of heads counts as their code, too.
    """

    name: str
    modules: tuple[str, ...]
    tools: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """SHA-256 of the code: a changed line is another stage."""
        return code_of(self.modules)

    @property
    def versions(self) -> dict[str, str]:
        """The versions of all libraries that may change its numbers."""
        return {name: installed(name) for name in (*_LIBRARIES, *self.tools)}


@dataclass(frozen=True, eq=False)
class Made:
    """What a stage made: its arrays, and the SHA-256 of their content."""

    arrays: Arrays
    sha256: str

    @classmethod
    def of(cls, arrays: Arrays) -> Made:
        return cls(arrays, sha256_of(arrays))

    def __getitem__(self, name: str) -> Any:
        return self.arrays[name]


@dataclass(eq=False)
class Bench:
    """Where stages are run: it knows the store and who watches, and notes what was really made.

    ran: the names of the stages that were computed in this run, in order; a stage that was read
    from the store is not among them. keys: under which hash each stage stands.
    """

    store: Store = field(default_factory=lambda: Store(None))
    progress: Progress = SILENT
    ran: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)

    def run(
        self,
        stage: Stage,
        make: Callable[[], Arrays],
        *,
        inputs: Mapping[str, str],
        parameters: Mapping[str, Any] | None = None,
    ) -> Made:
        """The arrays of a stage: read where they were made before from the same, else made.

        inputs: the hashes of what goes in, by name. parameters: plain values (JSON).
        A stage whose inputs were made anew with the same content as before is not made anew.
        """
        decides = {
            "inputs": dict(inputs),
            "parameters": dict(parameters or {}),
            "code": stage.code,
            "versions": stage.versions,
        }
        self.keys[stage.name] = key_of(decides)

        def noted() -> Arrays:
            self.ran.append(stage.name)
            return make()

        arrays = self.store.arrays(f"head-{stage.name}", decides, noted)
        return Made.of(arrays)


def sha256_of(arrays: Arrays) -> str:
    """The hash of named arrays: names, types, shapes and content."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def installed(package: str) -> str:
    """The version of a package, or "absent"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def code_of(modules: tuple[str, ...]) -> str:
    """SHA-256 of modules and of everything that they import from the room of heads."""
    digest = hashlib.sha256()
    for name in sorted(_with_imports(modules)):
        digest.update(name.encode() + _source(name))
    return digest.hexdigest()


def _with_imports(modules: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imported(name)
    return found


@cache
def _imported(name: str) -> tuple[str, ...]:
    """The modules of the room that one of its modules imports, at its head or inside a function."""
    found = []
    for node in ast.walk(ast.parse(_source(name))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_ROOM):
            found.append(str(node.module))
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith(_ROOM)]
    return tuple(found)


@cache
def _source(name: str) -> bytes:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"a stage names the module {name}, which is not there")
    return Path(spec.origin).read_bytes()
