"""The segmentation: on simulated scans of known heads, and on two real ones.

    python benchmarks/segmentation.py simulated [NAME ...]
    python benchmarks/segmentation.py real COLIN27_T1 SECOND_T1 REFERENCE_FOLDER

`simulated` bends, turns and scales the default head, draws a scan of it and takes it through the
whole path: bias correction, free fit of the default head, segmentation. Printed for each setting:
the Dice overlap of every tissue with the truth, and seconds. NAME picks settings of the table.

`real` builds both heads and prints seconds and peak memory; then the median distance from the
vertices of the reference surfaces of Colin27 (coarse meshes of another tool, for test only) to
this segmentation, and what the T1 itself shows at those vertices. Needs the extra part `mri`.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.poses import FloatArray, Frame
from euthymia.model.head.build.whole import build_head
from euthymia.model.head.default import default_head
from euthymia.model.head.grid.morphology import filled, largest, opened
from euthymia.model.head.image.read import resampled
from euthymia.model.head.phantom import Phantom, Scanner, Shape
from euthymia.model.head.place.registration import bias_corrected, fit_default, working_folder
from euthymia.model.head.surface.meshes import TriangleSurface, surface_of_mask
from euthymia.model.head.tissue.brain import Priors
from euthymia.model.head.tissue.segment import Segmentation, segment
from euthymia.model.head.tissue.t2 import laid_on_t1
from euthymia.model.head.volume import BONE, BRAIN, LabelVolume, Tissue


@dataclass(frozen=True)
class Setting:
    """One simulated patient in one scanner."""

    shape: Shape
    scanner: Scanner
    with_t2: bool = False


MILD = Shape(rotation_deg=8.0, scale=0.96, bend_mm=4.0)
SETTINGS = {
    "mild": Setting(MILD, Scanner(noise=0.03, bias=0.2)),
    "mild and T2": Setting(MILD, Scanner(noise=0.03, bias=0.2), with_t2=True),
    "noise": Setting(MILD, Scanner(noise=0.09, bias=0.2)),
    "bias": Setting(MILD, Scanner(noise=0.03, bias=0.4)),
    "hard": Setting(MILD, Scanner(noise=0.09, bias=0.4)),
    "turned": Setting(Shape(20.0, 1.0, 4.0, seed=2), Scanner(noise=0.03, bias=0.2)),
    "thick": Setting(Shape(20.0, 1.0, 4.0, seed=2), Scanner((1.0, 1.0, 2.0), 0.03, 0.2)),
}
COMPARED = {
    "grey": (Tissue.GREY,),
    "white": (Tissue.WHITE,),
    "CSF": (Tissue.CSF,),
    "skull": BONE,
    "scalp": (Tissue.SCALP,),
    "spongy": (Tissue.SPONGY,),
    "eyes": (Tissue.EYES,),
}


def simulated(names: list[str]) -> None:
    """Print the table of Dice overlaps."""
    print(f"{'setting':12s}" + "".join(f"{name:>8s}" for name in COMPARED) + "   fit  seconds")
    for name in names or list(SETTINGS):
        setting = SETTINGS[name]
        phantom = Phantom.of(default_head().volume, setting.shape)
        started = time.perf_counter()
        found, likeness = segmented(phantom, setting)
        seconds = time.perf_counter() - started
        truth = on_grid_of(found.volume, phantom.truth)
        scores = [
            dice(found.volume.mask(*tissues), np.isin(truth, tissues))
            for tissues in COMPARED.values()
        ]
        row = "".join(f"{score:8.3f}" for score in scores)
        print(f"{name:12s}{row}  {likeness:.2f}  {seconds:6.0f}", flush=True)


def segmented(phantom: Phantom, setting: Setting) -> tuple[Segmentation, float]:
    """The whole path from a scan to tissues, and how like the fitted default head is to it."""
    scan, affine = phantom.t1(setting.scanner)
    values, grid = resampled(scan, affine)
    values = bias_corrected(values, grid)
    t2 = None
    if setting.with_t2:
        t2 = laid_on_t1(
            bias_corrected(*resampled(*phantom.t2(setting.scanner))), grid, values, grid
        )
    with working_folder() as folder:
        fit = fit_default(values, grid, default_head().volume, Path(folder))
        eyes = tuple(fit.to_image(default_eyes()))
    priors = Priors(fit.tissues, eyes)
    return segment(values, grid, Frame("scan"), priors, t2=t2), fit.likeness


def default_eyes() -> FloatArray:
    """(2, 3) centres of the default head's eyeballs."""
    volume = default_head().volume
    pieces, count = ndimage.label(volume.mask(Tissue.EYES))
    return volume.to_world(ndimage.center_of_mass(pieces > 0, pieces, range(1, count + 1)))


def on_grid_of(volume: LabelVolume, other: LabelVolume) -> NDArray[np.uint8]:
    """The labels of another volume at the centres of this one's voxels."""
    to_other = np.linalg.inv(other.affine) @ volume.affine
    return np.asarray(
        ndimage.affine_transform(
            other.labels, to_other[:3, :3], to_other[:3, 3], volume.labels.shape, order=0
        )
    )


def dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Twice the common part over the sum; 1 where they are the same."""
    return float(2 * (one & other).sum() / max(1, int(one.sum() + other.sum())))


def real(colin: Path, second: Path, references: Path) -> None:
    """Print times, memory, and the distances to the reference surfaces."""
    heads = {}
    for path in (colin, second):
        started = time.perf_counter()
        heads[path] = build_head(path)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{path.name:36s} {seconds:6.0f} s   {peak:.1f} GiB at most so far", flush=True)
    image = nib.load(colin)
    t1 = np.asarray(image.dataobj, dtype=np.float32)
    volume = heads[colin].volume
    grey = t1[on_image(volume, image) == Tissue.GREY]
    compare(volume, t1 / np.median(grey), np.asarray(image.affine), references)


def on_image(volume: LabelVolume, image: nib.Nifti1Image) -> NDArray[np.uint8]:
    """The labels on the voxels of an image."""
    grid = LabelVolume(np.zeros(image.shape, np.uint8), np.asarray(image.affine), volume.frame)
    return on_grid_of(grid, volume)


def compare(volume: LabelVolume, t1: NDArray[np.float32], affine: FloatArray, folder: Path) -> None:
    """Distances of the reference's vertices from our surfaces, and the T1 around them."""
    cavity = volume.mask(*BRAIN, Tissue.CSF)
    skull = filled(largest(opened(cavity | volume.mask(*BONE), 2.0, volume.spacing_mm)))
    masks = {"scalp": filled(volume.labels > 0), "oskull": skull, "iskull": cavity}
    print("\nmillimetres from the reference   z > 0 mm: median, signed   all in view")
    for name, mask in masks.items():
        points, normals = vertices(folder / f"colin27_reference_{name}_2562.surf.gii")
        ours = surface_of_mask(mask, volume.affine, spacing_mm=1.0, smoothing_mm=0.7)
        away, nearest = ours.tree.query(points)
        signed = np.sum((points - ours.vertices_mm[nearest]) * ours.normals[nearest], axis=1)
        top = points[:, 2] > 0
        seen = (points[:, 2] > -70) & (np.abs(points[:, 0]) < 88)
        print(
            f"{name:30s} {np.median(away[top]):12.2f} {np.median(signed[top]):10.2f}"
            f" {np.median(away[seen]):12.2f} {np.median(signed[seen]):10.2f}"
        )
        along = np.arange(-8.0, 8.5, 0.5)
        rays = points[top, None, :] + along[None, :, None] * normals[top, None, :]
        voxels = np.linalg.solve(affine[:3, :3], (rays.reshape(-1, 3) - affine[:3, 3]).T)
        seen_t1 = ndimage.map_coordinates(t1, voxels, order=1).reshape(rays.shape[:2])
        show_t1(name, along, seen_t1)


def show_t1(name: str, along_mm: FloatArray, t1: NDArray[np.float32]) -> None:
    """What the T1 shows at the reference's own vertices (grey matter is 1)."""
    here = t1[:, np.argmin(np.abs(along_mm))]
    beyond = t1[:, (along_mm >= 0)]
    if name == "oskull":
        bright = beyond > 0.85
        ends = np.where(bright.any(axis=1), 0.5 * bright.argmax(axis=1), 8.0)
        print(f"    bone-dark T1 goes on beyond it for {np.median(ends):.1f} mm (median)")
    elif name == "iskull":
        print(f"    {np.mean(here > 0.7):.0%} of its vertices lie in grey or white matter")
    else:
        air = beyond < 0.3
        ends = np.where(air.any(axis=1), 0.5 * air.argmax(axis=1), 8.0)
        print(f"    skin goes on beyond it for {np.median(ends):.1f} mm (median)")


def vertices(path: Path) -> tuple[FloatArray, FloatArray]:
    """(n, 3) vertices and outward normals of a GIfTI surface."""
    parts = {part.intent: part.data for part in nib.load(path).darrays}
    surface = TriangleSurface.of(parts[1008], parts[1009])
    centre = surface.vertices_mm.mean(axis=0)
    outward = np.sum((surface.vertices_mm - centre) * surface.normals, axis=1).mean() > 0
    return surface.vertices_mm, surface.normals * (1.0 if outward else -1.0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["real"] and len(sys.argv) == 5:
        real(*map(Path, sys.argv[2:]))
    elif sys.argv[1:2] == ["simulated"] and set(sys.argv[2:]) <= set(SETTINGS):
        simulated(sys.argv[2:])
    else:
        sys.exit(__doc__)
