"""Writing a PNG file from an array, so that figures can hold pictures."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPE = {1: 0, 3: 2, 4: 6}


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


def _filtered(rows: NDArray[np.uint8], channels: int) -> bytes:
    """Each row with the filter byte and the difference (left, up or none) that is smallest."""
    left = np.zeros_like(rows)
    left[:, channels:] = rows[:, :-channels]
    above = np.zeros_like(rows)
    above[1:] = rows[:-1]
    choices = np.stack([rows, rows - left, rows - above])
    cost = np.abs(choices.astype(np.int8).astype(np.int16)).sum(axis=2)
    best = cost.argmin(axis=0)
    picked = choices[best, np.arange(len(rows))]
    return np.column_stack([best.astype(np.uint8), picked]).tobytes()


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """PNG bytes of (height, width, 1, 3 or 4) uint8: grey, RGB or RGBA. No time, no metadata."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in _COLOUR_TYPE:
        raise InputError(
            "picture",
            f"its array is {pixels.shape} of {pixels.dtype}",
            "Give height x width x 1, 3 or 4 channels of 8 bits",
        )
    height, width, channels = pixels.shape
    if height == 0 or width == 0:
        raise InputError("picture", "it has no pixels", "Give at least one pixel")
    rows = np.ascontiguousarray(pixels).reshape(height, width * channels)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE[channels], 0, 0, 0)
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(_filtered(rows, channels), 6)),
            _chunk(b"IEND", b""),
        ]
    )
