"""A sparse Cholesky factorisation through MKL's PARDISO, where `pypardiso` is installed.

The optional part `fast` brings it. Only the library's address is taken from the package; the calls
are made here, because the symmetric matrix type and single precision halve memory and time twice.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from euthymia.core.errors import MissingPartError

_POSITIVE_DEFINITE = 2
_ANALYSE_AND_FACTOR, _SOLVE, _RELEASE = 12, 33, -1


def direct_available() -> bool:
    """Whether PARDISO can be called here."""
    try:
        _library()
    except MissingPartError:
        return False
    return True


def _library() -> Any:
    try:
        from pypardiso import PyPardisoSolver  # type: ignore[import-untyped]  # noqa: PLC0415

        return PyPardisoSolver().libmkl
    except (ImportError, OSError, AttributeError) as problem:
        raise MissingPartError(
            "the direct solver", f"pypardiso cannot be loaded ({problem})",
            "Install euthymia[fast], or use the multigrid backend",
        ) from problem  # fmt: skip


class Factor:
    """The Cholesky factor of a symmetric positive definite matrix."""

    def __init__(self, upper: sparse.csr_array, single: bool = True) -> None:
        """Factorise; `upper` is the upper triangle with sorted columns and a full diagonal."""
        self._mkl = _library()
        self._type = np.float32 if single else np.float64
        self._n = upper.shape[0]
        self._data = upper.data.astype(self._type)
        self._rows = upper.indptr.astype(np.int32)
        self._columns = upper.indices.astype(np.int32)
        self._pt = np.zeros(64, dtype=np.int64)
        self._iparm = np.zeros(64, dtype=np.int32)
        for place, value in ((0, 1), (1, 2), (9, 13), (27, int(single)), (34, 1)):
            self._iparm[place] = value
        nothing = np.zeros(1, dtype=self._type)
        self._call(_ANALYSE_AND_FACTOR, 1, nothing, nothing)
        self._finalizer = weakref.finalize(
            self, _release, self._mkl, self._pt, self._n, self._iparm
        )

    def solve(self, b: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """(n,) or (n, k) solutions of the right sides (n,) or (n, k), in the factor's precision."""
        right = np.asfortranarray(b, dtype=self._type)
        out = np.empty_like(right, order="F")
        self._call(_SOLVE, 1 if right.ndim == 1 else right.shape[1], right, out)
        return out

    def _call(self, phase: int, count: int, b: NDArray[Any], x: NDArray[Any]) -> None:
        error = _pardiso(
            self._mkl, self._pt, phase, self._n, (self._data, self._rows, self._columns),
            count, self._iparm, b, x,
        )  # fmt: skip
        if error != 0:
            raise ArithmeticError(f"PARDISO gave up in phase {phase} with code {error}")


def _pardiso(  # type: ignore[no-untyped-def]
    mkl, pt, phase: int, n: int, matrix, count: int, iparm, b, x
) -> int:
    def number(value: int) -> Any:
        return ctypes.byref(ctypes.c_int32(value))

    error = ctypes.c_int32(0)
    data, rows, columns = (array.ctypes.data_as(ctypes.c_void_p) for array in matrix)
    call = mkl.pardiso
    call.argtypes, call.restype = None, None
    call(
        pt.ctypes.data_as(ctypes.c_void_p), number(1), number(1), number(_POSITIVE_DEFINITE),
        number(phase), number(n), data, rows, columns, None, number(count),
        iparm.ctypes.data_as(ctypes.c_void_p), number(0),
        b.ctypes.data_as(ctypes.c_void_p), x.ctypes.data_as(ctypes.c_void_p), ctypes.byref(error),
    )  # fmt: skip
    return error.value


def _release(mkl: Any, pt: NDArray[Any], n: int, iparm: NDArray[Any]) -> None:
    nothing = np.zeros(1)
    empty = np.zeros(1, dtype=np.int32)
    _pardiso(mkl, pt, _RELEASE, n, (nothing, empty, empty), 1, iparm, nothing, nothing)
