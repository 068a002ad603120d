"""The colours of a field strength: one map from dark violet to yellow, even to the eye.

It is computed, not tabulated: a path through OKLab (Ottosson 2020) whose lightness only rises and
whose hue runs from violet through blue and green to yellow, walked at constant perceived speed, as
strong in colour as the screen allows but for a small margin. Printed in grey it is still a scale.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError

FloatArray = NDArray[np.float64]

_LMS_FROM_LAB = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_RGB_FROM_LMS = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
_LAB_FROM_LMS = np.linalg.inv(_LMS_FROM_LAB)
_LMS_FROM_RGB = np.linalg.inv(_RGB_FROM_LMS)

_DARKEST, _LIGHTEST = 0.24, 0.92
_HUES_DEG = (305.0, 285.0, 240.0, 185.0, 140.0, 104.0)
_SHARE_OF_GAMUT = 0.92
_MOST_CHROMA = 0.17


def oklab_to_linear(lab: FloatArray) -> FloatArray:
    """(n, 3) OKLab to (n, 3) linear sRGB, which may lie outside 0 to 1."""
    return np.asarray((lab @ _LMS_FROM_LAB.T) ** 3 @ _RGB_FROM_LMS.T)


def linear_to_oklab(rgb: FloatArray) -> FloatArray:
    """(n, 3) linear sRGB to (n, 3) OKLab."""
    return np.asarray(np.cbrt(rgb @ _LMS_FROM_RGB.T) @ _LAB_FROM_LMS.T)


def encode(linear: FloatArray) -> FloatArray:
    """Linear light 0 to 1 to the sRGB values 0 to 1 that files hold."""
    clipped = np.clip(linear, 0.0, 1.0)
    return np.where(
        clipped <= 0.0031308,
        12.92 * clipped,
        1.055 * np.maximum(clipped, 1e-9) ** (1 / 2.4) - 0.055,
    )


def decode(srgb: FloatArray) -> FloatArray:
    """The sRGB values 0 to 1 that files hold to linear light."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _strongest_chroma(lightness: FloatArray, hue: FloatArray) -> FloatArray:
    """The largest chroma that the screen can show at each lightness and hue, by bisection."""
    low, high = np.zeros_like(lightness), np.full_like(lightness, 0.4)
    for _ in range(30):
        middle = (low + high) / 2
        lab = np.column_stack([lightness, middle * np.cos(hue), middle * np.sin(hue)])
        rgb = oklab_to_linear(lab)
        inside = ((rgb >= 0) & (rgb <= 1)).all(axis=1)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return low


@cache
def table(steps: int = 256) -> FloatArray:
    """(steps, 3) sRGB values 0 to 1 from the weakest field to the strongest; read-only."""
    fine = np.linspace(0.0, 1.0, 2048)
    lightness = _DARKEST + (_LIGHTEST - _DARKEST) * fine
    hue = np.radians(np.interp(fine, np.linspace(0, 1, len(_HUES_DEG)), _HUES_DEG))
    chroma = np.minimum(_SHARE_OF_GAMUT * _strongest_chroma(lightness, hue), _MOST_CHROMA)
    chroma = np.convolve(np.pad(chroma, 128, mode="edge"), np.ones(257) / 257, mode="valid")
    chroma = np.minimum(chroma, _strongest_chroma(lightness, hue))
    lab = np.column_stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)])
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(lab, axis=0), axis=1))])
    even = np.linspace(0.0, way[-1], steps)
    walked = np.column_stack([np.interp(even, way, lab[:, axis]) for axis in range(3)])
    colours = encode(oklab_to_linear(walked))
    colours.setflags(write=False)
    return colours


def colours(fractions: FloatArray) -> FloatArray:
    """(..., 3) sRGB values 0 to 1 for fractions 0 to 1 of the scale; beyond it the ends hold."""
    values = np.asarray(fractions, dtype=float)
    if np.isnan(values).any():
        raise InputError("colours of a field", "a value is NaN", "Mask what has no value first")
    known = table()
    place = np.clip(values, 0.0, 1.0) * (len(known) - 1)
    low = np.minimum(place.astype(int), len(known) - 2)
    share = (place - low)[..., None]
    return np.asarray(known[low] * (1 - share) + known[low + 1] * share)


def hex_colour(rgb: FloatArray) -> str:
    """(3,) sRGB values 0 to 1 as "#rrggbb"."""
    return "#" + "".join(f"{round(float(part) * 255):02x}" for part in np.clip(rgb, 0, 1))


def colour_at(fraction: float) -> str:
    """The colour of one fraction of the scale as "#rrggbb"."""
    return hex_colour(colours(np.array([fraction]))[0])


def lightness(srgb: FloatArray) -> FloatArray:
    """(n,) OKLab lightness, 0 black to 1 white, of (n, 3) sRGB values 0 to 1."""
    return linear_to_oklab(decode(srgb))[:, 0]


def ink_on(rgb_hex: str) -> str:
    """Black or white, whichever reads better on the colour "#rrggbb"."""
    parts = np.array([[int(rgb_hex[i : i + 2], 16) / 255 for i in (1, 3, 5)]])
    return "#ffffff" if float(lightness(parts)[0]) < 0.66 else "#1c2128"
