"""How much of each voxel of a head is each tissue."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.errors import InputError
from euthymia.core.poses import FloatArray, Frame
from euthymia.model.head.volume import LabelVolume, Tissue, load_image

WHOLE = 255
"""The shares of a voxel add up to this."""

_NOTHING = 1e-6
_OFF_GRID = 0.01
_FIFTH = WHOLE // 5


@dataclass(frozen=True, eq=False)
class TissueMaps:
    """The share of every tissue in every voxel of a regular grid: partial volume, not doubt.

    A voxel on the border of grey matter and fluid that is half of each says so. So the level 0.5
    of a tissue's share runs smoothly between voxels, and mixed voxels can be homogenised.

    shares: (n tissues, nx, ny, nz) uint8 in the order of `Tissue`; they add up to 255 in each
    voxel; read-only. affine: (4, 4) from voxel index (centre of the voxel) to millimetres.
    """

    shares: NDArray[np.uint8]
    affine: FloatArray
    frame: Frame

    def __post_init__(self) -> None:
        shares = np.ascontiguousarray(self.shares)
        if shares.ndim != 4 or len(shares) != len(Tissue) or shares.dtype != np.uint8:
            raise InputError(
                "tissue maps",
                f"they are {shares.dtype} of shape {shares.shape}",
                f"Give whole numbers from 0 to {WHOLE} for each of the {len(Tissue)} tissues",
            )
        if not (shares.sum(axis=0, dtype=np.uint16) == WHOLE).all():
            raise InputError(
                "tissue maps",
                f"the shares of some voxels do not add up to {WHOLE}",
                "Write them with TissueMaps.save, or make them with TissueMaps.of_shares",
            )
        shares.setflags(write=False)
        object.__setattr__(self, "shares", shares)

    def share(self, tissue: Tissue) -> NDArray[np.float32]:
        """(nx, ny, nz) how much of each voxel is that tissue, 0 to 1."""
        return np.asarray(self.shares[tissue] / np.float32(WHOLE))

    def labels(self) -> LabelVolume:
        """The tissue of the greatest share in every voxel; of equal ones the first in `Tissue`."""
        return LabelVolume(
            self.shares.argmax(axis=0).astype(np.uint8), np.array(self.affine), self.frame
        )

    @property
    def sha256(self) -> str:
        """Hash of shape, affine (to a micrometre) and shares."""
        digest = hashlib.sha256()
        digest.update(np.asarray(self.shares.shape, dtype="<i4").tobytes())
        digest.update(np.round(self.affine * 1000).astype("<i8").tobytes())
        digest.update(self.shares.tobytes())
        return digest.hexdigest()

    @classmethod
    def of_shares(
        cls, shares: NDArray[np.floating], affine: FloatArray, frame: Frame
    ) -> TissueMaps:
        """Maps from (n tissues, nx, ny, nz) shares of any scale, rounded so that they add up.

        A voxel whose shares are all (nearly) zero is air.
        """
        return cls(_rounded(shares), np.array(affine, dtype=float), frame)

    @classmethod
    def of_labels(cls, volume: LabelVolume, blur_voxels: float = 0.0) -> TissueMaps:
        """Maps of labels that know no partial volume: each voxel all of its own tissue.

        With `blur_voxels` the labels are spread over their neighbours by a bell of that standard
        deviation, which guesses the partial volume of smooth borders. Every voxel keeps its label.
        """
        one = np.stack([volume.labels == tissue for tissue in Tissue]).astype(np.float32)
        if blur_voxels > 0:
            own = one > 0
            for part in one:
                part[:] = ndimage.gaussian_filter(part, blur_voxels, mode="nearest", truncate=3.0)
            one = keeping_labels(one, own)
        return cls.of_shares(one, volume.affine, volume.frame)

    def extended_to(self, volume: LabelVolume) -> TissueMaps:
        """The maps on the grid of a volume that was made from theirs by closing and cropping it.

        Where that volume goes on beyond the maps, each voxel is all of its label.
        """
        same_axes = np.allclose(self.affine[:3, :3], volume.affine[:3, :3], atol=1e-4)
        start = volume.to_voxel(self.affine[:3, 3][None])[0]
        shift = np.rint(start).astype(int)
        if not same_axes or np.abs(start - shift).max() > _OFF_GRID:
            raise InputError(
                "tissue maps",
                "their voxels are not those of the label volume",
                "Give the volume that was made from these maps",
            )
        shares = np.stack([(volume.labels == t).astype(np.uint8) * WHOLE for t in Tissue])
        here, there = [slice(None)], [slice(None)]
        for low, mine, theirs in zip(
            shift, self.shares.shape[1:], volume.labels.shape, strict=True
        ):
            first, last = max(low, 0), min(low + mine, theirs)
            there.append(slice(first, max(last, first)))
            here.append(slice(first - low, max(last, first) - low))
        shares[tuple(there)] = self.shares[tuple(here)]
        return TissueMaps(shares, volume.affine, volume.frame)

    def save(self, path: Path) -> None:
        """Write as a four-dimensional NIfTI, one volume for each tissue."""
        image = nib.Nifti1Image(np.moveaxis(self.shares, 0, -1), self.affine)
        image.set_qform(self.affine, 1)
        image.set_sform(self.affine, 1)
        nib.save(image, path)

    @classmethod
    def load(cls, path: Path, frame: Frame | None = None) -> TissueMaps:
        """Read what `save` wrote; the frame is that of its own content unless given."""
        image = load_image(path, "four-dimensional tissue maps")
        values = np.asarray(image.dataobj)
        if values.ndim != 4 or values.dtype != np.uint8:
            raise InputError(
                str(path),
                f"it is {values.dtype} of shape {values.shape}, not tissue maps",
                "Give a file that was written as tissue maps, or a label volume as labels",
            )
        shares = np.ascontiguousarray(np.moveaxis(values, -1, 0))
        if frame is None:
            frame = Frame.of_image(hashlib.sha256(shares.tobytes()).hexdigest(), path.name)
        return cls(shares, np.asarray(image.affine, dtype=float), frame)


def keeping_labels(shares: NDArray[np.float32], own: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The shares with the voxel's own tissue raised to half where it has less.

    shares: (n tissues, nx, ny, nz), any scale. own: the same shape, true for the voxel's tissue.
    The other tissues keep their proportions. So the greatest share is always that of the label.
    """
    total = shares.sum(axis=0)
    mine = np.where(own, shares, 0.0).sum(axis=0)
    others = total - mine
    # A little more than half, so that rounding cannot turn it over.
    wanted = np.maximum(mine, 0.505 * total)
    squeeze = (total - wanted) / np.maximum(others, 1e-12)
    return np.where(own, wanted, shares * squeeze).astype(np.float32)


def packed(maps: TissueMaps) -> NDArray[np.uint8]:
    """(nx, ny, nz) the maps in one byte a voxel: its tissue, a second one, and fifths of that.

    The tissue takes the three lowest bits, the second the next three, and the highest two count
    its fifths, 0 to 2; with none there is no second. What a third tissue has goes to the first.
    """
    first = maps.shares.argmax(axis=0)
    rest = maps.shares.copy()
    np.put_along_axis(rest, first[None], 0, 0)
    second = rest.argmax(axis=0)
    share = np.take_along_axis(rest, second[None], 0)[0]
    fifths = np.minimum(np.rint(share / _FIFTH), 2).astype(np.uint8)
    return np.asarray(first | (np.where(fifths > 0, second, 0) << 3) | (fifths << 6), np.uint8)


def unpacked(codes: NDArray[np.uint8], affine: FloatArray, frame: Frame) -> TissueMaps:
    """The maps that `packed` wrote, in fifths."""
    first, second, part = codes & 7, (codes >> 3) & 7, (codes >> 6) * np.uint8(_FIFTH)
    shares = np.zeros((len(Tissue), *codes.shape), dtype=np.uint8)
    for tissue in Tissue:
        shares[tissue] = np.where(first == tissue, WHOLE - part, 0)
        shares[tissue] += np.where((second == tissue) & (part > 0), part, 0).astype(np.uint8)
    return TissueMaps(shares, affine, frame)


def _rounded(shares: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Whole numbers that add up to 255 in each voxel; the greatest share takes the remainder."""
    total = shares.sum(axis=0)
    some = total > _NOTHING
    scale = np.where(some, WHOLE / np.where(some, total, 1.0), 0.0)
    whole = np.rint(shares * scale).astype(np.int16)
    greatest = whole.argmax(axis=0)[None]
    remainder = WHOLE - whole.sum(axis=0, keepdims=True)
    np.put_along_axis(whole, greatest, np.take_along_axis(whole, greatest, 0) + remainder, 0)
    return np.asarray(whole, dtype=np.uint8)
