"""Simulated scans of a head whose tissues are known, to test a segmentation with.

The head is bent, turned and scaled first, so that what guides the segmentation does not know its
shape. The scan adds what spoils real ones: partial volume (each voxel is the mean of finer
samples), a slow bias field of the receiving coils and Rician noise. Sizes follow the convention
of simulated brain images: noise is a share of the brightness of white matter, and a bias of 0.2
makes the field run from 0.9 to 1.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame
from euthymia.model.head.grid.morphology import depth_inside_mm, distance_to_mm, filled
from euthymia.model.head.volume import BONE, LabelVolume, Tissue

Volume = NDArray[np.float32]

_SKIN, _FAT, _MUSCLE, _GALEA = range(len(Tissue), len(Tissue) + 4)
"""What the scalp is drawn from, numbered after the tissues."""

_T1 = {
    Tissue.AIR: 0.01,
    Tissue.WHITE: 1.40,
    Tissue.GREY: 1.0,
    Tissue.CSF: 0.38,
    Tissue.SKULL: 0.15,
    Tissue.SCALP: 1.0,
    Tissue.EYES: 0.45,
    Tissue.SPONGY: 0.60,
    _SKIN: 0.75,
    _FAT: 1.80,
    _MUSCLE: 0.70,
    _GALEA: 0.50,
}
_T2 = {
    Tissue.AIR: 0.01,
    Tissue.WHITE: 0.75,
    Tissue.GREY: 1.0,
    Tissue.CSF: 2.2,
    Tissue.SKULL: 0.08,
    Tissue.SCALP: 0.8,
    Tissue.EYES: 2.0,
    Tissue.SPONGY: 0.50,
    _SKIN: 0.55,
    _FAT: 1.10,
    _MUSCLE: 0.40,
    _GALEA: 0.25,
}
"""Usual brightness in T1- and T2-weighted images; grey matter is 1."""

_SAMPLE_MM = 0.5
_CONTROL_MM = 32.0
_MARGIN_MM = 12.0
_SKIN_MM = 2.0
_GALEA_MM = 1.0
_DEEP_MM = 5.0


@dataclass(frozen=True, slots=True)
class Shape:
    """How a head is changed: turned about a slanted axis, scaled, and bent smoothly.

    bend_mm: root mean square of the smooth random displacement.
    """

    rotation_deg: float = 0.0
    scale: float = 1.0
    bend_mm: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Scanner:
    """What a scan does to a head: its voxels, its noise and its bias field."""

    voxel_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    noise: float = 0.03
    bias: float = 0.2
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Phantom:
    """A head of known tissues in its own millimetres, ready to be scanned.

    truth: its labels in voxels of one millimetre.
    """

    truth: LabelVolume
    _fine: NDArray[np.uint8]
    _model_affine: FloatArray
    _to_model: FloatArray
    _bends_mm: Volume
    _corner_mm: FloatArray

    @classmethod
    def of(cls, volume: LabelVolume, shape: Shape) -> Phantom:
        """The head of some labels, changed in shape."""
        centre = volume.to_world([np.array(volume.labels.shape) / 2.0])[0]
        axis = np.array([0.8, 0.4, 0.45]) / np.linalg.norm([0.8, 0.4, 0.45])
        turn = Rotation.from_rotvec(np.radians(shape.rotation_deg) * axis).as_matrix()
        to_model = np.eye(4)
        to_model[:3, :3] = turn.T / shape.scale
        to_model[:3, 3] = centre - to_model[:3, :3] @ centre
        low, high = _box(volume, np.asarray(np.linalg.inv(to_model)), 3.0 * shape.bend_mm)
        bends = _bends(low, high, shape)
        fine = _drawn_scalp(volume)
        affine = np.eye(4)
        affine[:3, 3] = low
        size = tuple(int(n) for n in np.ceil(high - low))
        half = Phantom(volume, fine, volume.affine, to_model, bends, low)
        shares = half._votes(affine, size)
        truth = LabelVolume(shares, affine, Frame("phantom", "simulated head"))
        return Phantom(truth, fine, volume.affine, to_model, bends, low)

    def t1(self, scanner: Scanner) -> tuple[Volume, FloatArray]:
        """A T1 of it, (nx, ny, nz), grey matter about 1, and the image's affine."""
        return self._scanned(scanner, _T1, scanner.seed)

    def t2(self, scanner: Scanner) -> tuple[Volume, FloatArray]:
        """A T2 of it on the grid of the T1 of the same scanner."""
        return self._scanned(scanner, _T2, scanner.seed + 1000)

    def _scanned(
        self, scanner: Scanner, brightness: dict[int, float], seed: int
    ) -> tuple[Volume, FloatArray]:
        voxel = np.array(scanner.voxel_mm)
        if voxel.min() < 0.3 or voxel.max() > 5.0:
            raise InputError(
                "simulated scan", f"its voxels are {scanner.voxel_mm} mm", "Give 0.3 to 5 mm"
            )
        table = np.zeros(max(brightness) + 1, dtype=np.float32)
        table[list(brightness)] = list(brightness.values())
        size = np.ceil(np.array(self.truth.labels.shape) / voxel).astype(int)
        affine = np.diag([*voxel, 1.0])
        affine[:3, 3] = self._corner_mm + 0.5 * (voxel - 1.0)
        clean = np.zeros(tuple(size), dtype=np.float32)
        parts = np.maximum(1, np.round(voxel / _SAMPLE_MM)).astype(np.int64)
        _mean_brightness(self._fine, *self._maps(affine), parts, table, clean)
        clean = ndimage.gaussian_filter(clean, 0.35)
        rng = np.random.default_rng(seed)
        clean = clean * _bias(clean.shape, scanner.bias, rng)
        spread = scanner.noise * brightness[Tissue.WHITE]
        real, imaginary = (spread * rng.standard_normal(clean.shape) for _ in range(2))
        return np.hypot(clean + real, imaginary).astype(np.float32), affine

    def _votes(self, affine: FloatArray, size: tuple[int, ...]) -> NDArray[np.uint8]:
        labels = np.zeros(size, dtype=np.uint8)
        tissue_of = np.arange(len(Tissue) + 4, dtype=np.uint8)
        tissue_of[len(Tissue) :] = Tissue.SCALP
        _majority(self._fine, *self._maps(affine), tissue_of, labels)
        return labels

    def _maps(self, affine: FloatArray) -> tuple[FloatArray, FloatArray, Volume, FloatArray]:
        """Voxel to world, world to the model's voxels, the bends, and where they begin."""
        to_voxel = np.linalg.inv(self._model_affine) @ self._to_model
        return affine, to_voxel, self._bends_mm, self._corner_mm


def _box(
    volume: LabelVolume, to_world: FloatArray, slack_mm: float
) -> tuple[FloatArray, FloatArray]:
    """The corners of the box of the changed head, whole millimetres."""
    filled_ = np.argwhere(volume.labels != Tissue.AIR)[::50]
    points = volume.to_world(filled_) @ to_world[:3, :3].T + to_world[:3, 3]
    margin = _MARGIN_MM + slack_mm
    return np.floor(points.min(axis=0) - margin), np.ceil(points.max(axis=0) + margin)


def _bends(low: FloatArray, high: FloatArray, shape: Shape) -> Volume:
    """(3, a, b, c) displacements at control points `_CONTROL_MM` / 4 apart, smooth between."""
    rng = np.random.default_rng(shape.seed)
    coarse = np.ceil((high - low) / _CONTROL_MM).astype(int) + 4
    fields = []
    for _ in range(3):
        field = ndimage.zoom(rng.standard_normal(tuple(coarse)), 4, order=3)
        fields.append(field * (shape.bend_mm / np.sqrt(3.0) / max(float(field.std()), 1e-9)))
    return np.stack(fields).astype(np.float32)


def _drawn_scalp(volume: LabelVolume) -> NDArray[np.uint8]:
    """The labels with the scalp in layers: skin, fat, muscle where it is thick, galea on bone.

    Spongy bone is drawn where the labels know none: between two tables of 1.5 mm.
    """
    labels, spacing = np.array(volume.labels), volume.spacing_mm
    scalp = labels == Tissue.SCALP
    below_skin = depth_inside_mm(filled(labels > 0), spacing)
    bone = np.isin(labels, BONE)
    above_bone = distance_to_mm(bone, spacing)
    labels[scalp] = _FAT
    deep = below_skin > 2 * _DEEP_MM
    muscle = (below_skin > _DEEP_MM) & (deep | (above_bone > _GALEA_MM + 0.5))
    labels[scalp & muscle] = _MUSCLE
    labels[scalp & (above_bone <= _GALEA_MM) & ~deep] = _GALEA
    labels[scalp & (below_skin <= _SKIN_MM)] = _SKIN
    if not volume.mask(Tissue.SPONGY).any():
        labels[bone & (depth_inside_mm(bone, spacing) > 2.0)] = Tissue.SPONGY
    return labels


def _bias(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Volume:
    """A smooth field from 1 - size / 2 to 1 + size / 2."""
    knots = ndimage.zoom(rng.uniform(-1.0, 1.0, (4, 4, 4)), 8, order=3)
    places = np.meshgrid(
        *[np.linspace(0, k - 1, n) for k, n in zip(knots.shape, shape, strict=True)],
        indexing="ij",
        sparse=False,
    )
    field = ndimage.map_coordinates(knots, places, order=1)
    field = (field - field.min()) / max(float(np.ptp(field)), 1e-9)
    return np.asarray(1.0 - size / 2 + size * field, dtype=np.float32)


@njit(parallel=True, cache=True)
def _mean_brightness(fine, affine, to_voxel, bends, corner, parts, table, out):  # type: ignore[no-untyped-def]
    for x in prange(out.shape[0]):
        votes = np.zeros(table.shape[0], np.float32)
        for y in range(out.shape[1]):
            for z in range(out.shape[2]):
                total = np.float32(0.0)
                for i in range(parts[0]):
                    for j in range(parts[1]):
                        for k in range(parts[2]):
                            label = _label_at(
                                x + (i + 0.5) / parts[0] - 0.5,
                                y + (j + 0.5) / parts[1] - 0.5,
                                z + (k + 0.5) / parts[2] - 0.5,
                                fine,
                                affine,
                                to_voxel,
                                bends,
                                corner,
                                votes,
                            )
                            total += table[label]
                out[x, y, z] = total / (parts[0] * parts[1] * parts[2])


@njit(parallel=True, cache=True)
def _majority(fine, affine, to_voxel, bends, corner, tissue_of, out):  # type: ignore[no-untyped-def]
    for x in prange(out.shape[0]):
        votes = np.zeros(tissue_of.shape[0], np.float32)
        counts = np.zeros(tissue_of.shape[0], np.int64)
        for y in range(out.shape[1]):
            for z in range(out.shape[2]):
                counts[:] = 0
                for part in range(9):
                    # Eight corners, and the centre, which breaks ties between them.
                    off = 0.25 if part < 8 else 0.0
                    label = _label_at(
                        x + off * (2 * (part & 1) - 1),
                        y + off * (2 * ((part >> 1) & 1) - 1),
                        z + off * (2 * ((part >> 2) & 1) - 1),
                        fine,
                        affine,
                        to_voxel,
                        bends,
                        corner,
                        votes,
                    )
                    counts[tissue_of[label]] += 1
                out[x, y, z] = np.argmax(counts)


@njit(cache=True)
def _label_at(x, y, z, fine, affine, to_voxel, bends, corner, votes):  # type: ignore[no-untyped-def]
    """The label at a place of the scan: that which has most of the eight voxels around it."""
    wx = affine[0, 0] * x + affine[0, 3]
    wy = affine[1, 1] * y + affine[1, 3]
    wz = affine[2, 2] * z + affine[2, 3]
    step = 8.0  # millimetres between the control points of the bends
    bx, by, bz = (
        (wx - corner[0]) / step + 4,
        (wy - corner[1]) / step + 4,
        (wz - corner[2]) / step + 4,
    )
    ix = min(max(int(bx), 0), bends.shape[1] - 2)
    iy = min(max(int(by), 0), bends.shape[2] - 2)
    iz = min(max(int(bz), 0), bends.shape[3] - 2)
    fx, fy, fz = bx - ix, by - iy, bz - iz
    for c in range(8):
        a, b, d = c & 1, (c >> 1) & 1, c >> 2
        w = (fx if a else 1 - fx) * (fy if b else 1 - fy) * (fz if d else 1 - fz)
        wx += w * bends[0, ix + a, iy + b, iz + d]
        wy += w * bends[1, ix + a, iy + b, iz + d]
        wz += w * bends[2, ix + a, iy + b, iz + d]
    vx = to_voxel[0, 0] * wx + to_voxel[0, 1] * wy + to_voxel[0, 2] * wz + to_voxel[0, 3]
    vy = to_voxel[1, 0] * wx + to_voxel[1, 1] * wy + to_voxel[1, 2] * wz + to_voxel[1, 3]
    vz = to_voxel[2, 0] * wx + to_voxel[2, 1] * wy + to_voxel[2, 2] * wz + to_voxel[2, 3]
    ix, iy, iz = int(np.floor(vx)), int(np.floor(vy)), int(np.floor(vz))
    if ix < 0 or iy < 0 or iz < 0:
        return 0
    if ix >= fine.shape[0] - 1 or iy >= fine.shape[1] - 1 or iz >= fine.shape[2] - 1:
        return 0
    first = fine[ix, iy, iz]
    same = True
    for c in range(1, 8):
        if fine[ix + (c & 1), iy + ((c >> 1) & 1), iz + (c >> 2)] != first:
            same = False
            break
    if same:
        return int(first)
    fx, fy, fz = vx - ix, vy - iy, vz - iz
    best, most = 0, -1.0
    for c in range(8):
        votes[fine[ix + (c & 1), iy + ((c >> 1) & 1), iz + (c >> 2)]] = 0.0
    for c in range(8):
        a, b, d = c & 1, (c >> 1) & 1, c >> 2
        w = (fx if a else 1 - fx) * (fy if b else 1 - fy) * (fz if d else 1 - fz)
        label = fine[ix + a, iy + b, iz + d]
        votes[label] += w
        if votes[label] > most:
            best, most = int(label), votes[label]
    return best
