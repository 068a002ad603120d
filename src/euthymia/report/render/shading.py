"""Light on what the rasteriser found: shading, creases, outlines, skins, and one picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray
from euthymia.report.colourmap import decode, encode
from euthymia.report.render.raster import Camera, Float32, Layer, Mesh, rasterise

# Directions in the camera's axes: right, up, towards the viewer.
_KEY_LIGHT = (-0.45, 0.62, 0.64)
_FILL_LIGHT = (0.75, 0.05, 0.66)
_AMBIENT, _KEY, _FILL, _SHINE = 0.38, 0.60, 0.22, 0.10
_SHININESS = 28.0
_CREASE_SCALES_MM = (1.5, 4.0, 9.0)
_CREASE_DEPTH = 0.60
_OUTLINE_STEP_MM = 7.0
_OUTLINE_DARKNESS = 0.45


@dataclass(frozen=True, eq=False)
class Skin:
    """A translucent surface: almost clear where it faces the viewer, denser at its rim.

    `face_opacity` and `rim_opacity` are 0 to 1; a larger `falloff` makes a narrower rim.
    """

    mesh: Mesh
    face_opacity: float
    rim_opacity: float
    falloff: float = 2.5


def render(
    solids: tuple[Mesh, ...],
    skins: tuple[Skin, ...],
    camera: Camera,
    size: tuple[int, int],
    supersampling: int = 2,
) -> NDArray[np.uint8]:
    """(height, width, 3) sRGB picture of solid meshes and skins on white; size: width, height."""
    width, height = size
    fine_width, fine_height = width * supersampling, height * supersampling
    px_per_mm = fine_height / camera.height_mm
    solid = rasterise(solids, camera, fine_width, fine_height)
    dark = _creases(solid, px_per_mm) * _outline(solid)
    lit = _light(solid)[..., :3] * dark[..., None]
    picture = np.where(solid.covered[..., None], lit, np.float32(1))
    layers = [(skin, rasterise((skin.mesh,), camera, fine_width, fine_height)) for skin in skins]
    for skin, layer in _farthest_first(layers):
        opacity = (skin.face_opacity, skin.rim_opacity, skin.falloff)
        _blend(picture, solid.depth_mm, layer.depth_mm, _light(layer), opacity)
    return np.rint(encode(_reduced(picture, supersampling).astype(float)) * 255).astype(np.uint8)


def _reduced(picture: Float32, step: int) -> Float32:
    """The picture with every square of `step` by `step` pixels as one, their mean."""
    corners = [picture[row::step, column::step] for row in range(step) for column in range(step)]
    return np.asarray(sum(corners[1:], start=corners[0]) / np.float32(step**2), dtype=np.float32)


def _farthest_first(layers: list[tuple[Skin, Layer]]) -> list[tuple[Skin, Layer]]:
    """The skins ordered by the depth at which most of each lies, so that near ones come last."""

    def middle(pair: tuple[Skin, Layer]) -> float:
        covered = pair[1].covered
        return float(np.median(pair[1].depth_mm[covered])) if covered.any() else math.inf

    return sorted(layers, key=middle, reverse=True)


def _light(layer: Layer) -> Float32:
    """(h, w, 4): the lit colour, and how squarely the surface faces the viewer, 0 to 1."""
    key = np.array(_KEY_LIGHT, dtype=np.float32)
    fill = np.array(_FILL_LIGHT, dtype=np.float32)
    key, fill = key / np.linalg.norm(key), fill / np.linalg.norm(fill)
    halfway = key + np.array([0, 0, 1], dtype=np.float32)
    halfway = halfway / np.linalg.norm(halfway)
    lit = np.zeros((*layer.depth_mm.shape, 4), dtype=np.float32)
    _light_pixels(layer.depth_mm, layer.surface, np.stack([key, fill, halfway]), lit)
    return lit


def _light_every_pixel(depth: Float32, surface: Float32, lights: Float32, lit: Float32) -> None:
    """Diffuse light from two sides, an even ambient and a small shine (Blinn and Phong)."""
    for y in range(depth.shape[0]):
        for x in range(depth.shape[1]):
            if not depth[y, x] < np.inf:
                continue
            a, b, c = surface[y, x, 0], surface[y, x, 1], surface[y, x, 2]
            size = max(math.sqrt(a * a + b * b + c * c), 1e-6)
            # A surface seen from behind is lit all the same.
            size = -size if c < 0 else size
            a, b, c = a / size, b / size, c / size
            key = max(a * lights[0, 0] + b * lights[0, 1] + c * lights[0, 2], 0.0)
            fill = max(a * lights[1, 0] + b * lights[1, 1] + c * lights[1, 2], 0.0)
            half = max(a * lights[2, 0] + b * lights[2, 1] + c * lights[2, 2], 0.0)
            light = _AMBIENT + _KEY * key + _FILL * fill
            shine = _SHINE * half**_SHININESS
            for channel in range(3):
                lit[y, x, channel] = surface[y, x, 3 + channel] * light + shine
            lit[y, x, 3] = c


def _blend_every_pixel(
    picture: Float32,
    solid_depth: Float32,
    depth: Float32,
    lit: Float32,
    opacity: tuple[float, float, float],
) -> None:
    """Lay a skin over the picture wherever it lies in front of the solids.

    opacity: where it faces the viewer, at its rim, and how fast it goes from one to the other.
    """
    face, rim, falloff = opacity
    for y in range(depth.shape[0]):
        for x in range(depth.shape[1]):
            if depth[y, x] < solid_depth[y, x]:
                share = face + (rim - face) * (1.0 - min(lit[y, x, 3], 1.0)) ** falloff
                for channel in range(3):
                    below = picture[y, x, channel]
                    picture[y, x, channel] = below + share * (lit[y, x, channel] - below)


_light_pixels = numba.njit(cache=True)(_light_every_pixel)
_blend = numba.njit(cache=True)(_blend_every_pixel)


def _creases(layer: Layer, px_per_mm: float) -> Float32:
    """Darkening where a surface lies deeper than its surroundings (Luft 2006): folds show.

    Depth is compared with its blurred self at three scales, over the covered pixels only.
    """
    covered = layer.covered.astype(np.float32)
    depth = np.where(layer.covered, layer.depth_mm, np.float32(0))
    total = np.zeros_like(depth)
    for scale_mm in _CREASE_SCALES_MM:
        # A wide blur needs no fine picture: work on a reduced copy.
        step = max(1, int(scale_mm * px_per_mm / 3))
        sigma = scale_mm * px_per_mm / step
        weight = covered[::step, ::step]
        mass = ndimage.gaussian_filter(weight, sigma, mode="constant", truncate=3.0)
        mean = ndimage.gaussian_filter(
            depth[::step, ::step] * weight, sigma, mode="constant", truncate=3.0
        )
        blurred = _enlarged(mean / np.maximum(mass, np.float32(1e-3)), step, depth.shape)
        total += np.clip((depth - blurred) / np.float32(1.6 * scale_mm), 0, 1)
    share = total * np.float32(1.5 / len(_CREASE_SCALES_MM))
    return np.asarray(1 - np.float32(_CREASE_DEPTH) * np.minimum(share, 1), dtype=np.float32)


def _enlarged(values: Float32, step: int, shape: tuple[int, ...]) -> Float32:
    """A picture taken at every `step`-th pixel brought back to the full shape, linearly."""
    for axis in (0, 1):
        place = np.arange(shape[axis], dtype=np.float32) / np.float32(step)
        low = np.minimum(place.astype(int), max(values.shape[axis] - 2, 0))
        high = np.minimum(low + 1, values.shape[axis] - 1)
        share = np.clip(place - low, 0, 1).reshape((-1, 1) if axis == 0 else (1, -1))
        near, far = np.take(values, low, axis), np.take(values, high, axis)
        values = np.asarray(near + share * (far - near), dtype=np.float32)
    return values


def _outline(layer: Layer) -> Float32:
    """A thin dark line where the depth jumps, so that nearer things stand out."""
    depth = np.where(layer.covered, layer.depth_mm, np.float32(1e4))
    nearest = ndimage.minimum_filter(depth, size=3, mode="nearest")
    jump = np.clip((depth - nearest) / np.float32(_OUTLINE_STEP_MM), 0, 1)
    return np.asarray(1 - np.float32(_OUTLINE_DARKNESS) * jump, dtype=np.float32)


def linear(red: float, green: float, blue: float) -> FloatArray:
    """(3,) linear light of an sRGB colour given by parts 0 to 1."""
    return decode(np.array([red, green, blue]))
