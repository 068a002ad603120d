"""Whether left and right of an image may be exchanged: what its header and its brain say.

A header that contradicts itself is certain evidence. A brain is weak evidence: healthy brains are
nearly symmetric, and what asymmetry they have differs from person to person. The check on the brain
compares the asymmetry of its tissues with that of the default head, and speaks only where it is
clearly that of the mirror image.
"""

from __future__ import annotations

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from euthymia.core.findings import Finding, Severity
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.volume import LabelVolume, Tissue

_MIRRORED_BELOW = -0.35
"""Correlation of asymmetries below which a brain counts as the mirror image.

Measured, each image segmented and fitted anew: Colin27 has +0.95 with the default head, which is
Colin27, and -0.90 when its image is mirrored. The one other whole head at hand has -0.10 as its
file has it, and +0.15 mirrored: unrelated people scatter about zero. So the check finds an exchange
only where the asymmetry is unusually clear.
"""

_STEP_MM = 3.0
_BLUR_NODES = 2.0
_BOX_MM = np.array([[-72.0, -105.0, -45.0], [72.0, 75.0, 81.0]])
_TISSUES = (Tissue.WHITE, Tissue.GREY, Tissue.CSF)


def header_side_findings(image: nib.Nifti1Image, title: str) -> tuple[Finding, ...]:
    """What a NIfTI header says against itself about left and right: certain where it is found.

    A header holds the orientation twice. One of the two is mirrored against the other when a
    program flipped the image and wrote only one of them.
    """
    header = image.header
    if not int(header["sform_code"]) or not int(header["qform_code"]):
        return ()
    one, other = header.get_sform()[:3, :3], header.get_qform()[:3, :3]
    if np.linalg.det(one) * np.linalg.det(other) > 0:
        return ()
    turn = np.linalg.solve(one, other)
    axis = ("first", "second", "third")[int(np.argmin(np.diag(turn)))]
    return (
        Finding(
            "head.sides_contradict",
            Severity.ACKNOWLEDGE,
            title,
            "The header gives two orientations, and one is the mirror image of the other: left and "
            "right may be exchanged. Export the image from DICOM again, or have a person who knows "
            "which side is which look at it.",
            found=f"sform and qform differ by a flip of the {axis} axis",
        ),
    )


def brain_side_findings(
    volume: LabelVolume, mni: MniMap, default: LabelVolume, default_mni: MniMap, title: str
) -> tuple[Finding, ...]:
    """Whether the asymmetry of a brain is that of the default brain's mirror image. Weak evidence.

    Most brains do not tell left from right either way; then a note asks for a look at a side that
    is known. Silent only where the asymmetry clearly is that of a brain the right way round.
    """
    alike = asymmetry_likeness(volume, mni, default, default_mni)
    if alike >= -_MIRRORED_BELOW:
        return ()
    if alike > _MIRRORED_BELOW:
        return (
            Finding(
                "head.sides_unconfirmed",
                Severity.NOTE,
                title,
                "This brain does not tell left from right, as most do not. If the image passed "
                "through other programs, check a side that you know, such as a marker or a scar.",
                found=f"likeness of asymmetry {alike:+.2f} (mirrored {-alike:+.2f})",
                limit=f"{-_MIRRORED_BELOW:+.2f} to be sure, {_MIRRORED_BELOW:+.2f} to doubt",
            ),
        )
    return (
        Finding(
            "head.sides_doubtful",
            Severity.ACKNOWLEDGE,
            title,
            "The asymmetry of this brain is that of a mirror image: left and right may be "
            "exchanged. This is weak evidence, since brains differ from person to person; check "
            "a side that you know, such as a marker, a scar or an old finding.",
            found=f"likeness of asymmetry {alike:+.2f} (mirrored {-alike:+.2f})",
            limit=f"{_MIRRORED_BELOW}",
        ),
    )


def asymmetry_likeness(
    volume: LabelVolume, mni: MniMap, other: LabelVolume, other_mni: MniMap
) -> float:
    """Correlation, -1 to 1, of the left-right asymmetries of two brains' tissues.

    Both are laid linearly into MNI space, since a nonlinear fit would take the asymmetry out. The
    mean over white matter, grey matter and fluid. It changes its sign when one brain is mirrored.
    """
    ours, theirs = _maps(volume, mni), _maps(other, other_mni)
    inside = _inside(theirs)
    found = [
        float(np.corrcoef(_asymmetry(a)[inside], _asymmetry(b)[inside])[0, 1])
        for a, b in zip(ours, theirs, strict=True)
    ]
    return float(np.mean(found))


def _maps(volume: LabelVolume, mni: MniMap) -> list[NDArray[np.float32]]:
    """The tissues on a symmetric grid of MNI space."""
    axes = [np.arange(low, high + 0.1, _STEP_MM) for low, high in _BOX_MM.T]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    linear = MniMap(mni.to_mni, mni.uncertainty_mm, mni.how)
    voxels = volume.to_voxel(linear.back(nodes.reshape(-1, 3))).T
    return [
        ndimage.map_coordinates(volume.mask(tissue).astype(np.float32), voxels, order=1).reshape(
            nodes.shape[:3]
        )
        for tissue in _TISSUES
    ]


def _asymmetry(values: NDArray[np.float32]) -> NDArray[np.float32]:
    smooth = ndimage.gaussian_filter(values, _BLUR_NODES)
    return np.asarray(smooth - smooth[::-1], dtype=np.float32)


def _inside(maps: list[NDArray[np.float32]]) -> NDArray[np.bool_]:
    """One half of the space within the skull: the other half says the same again."""
    cavity = ndimage.binary_dilation(np.sum(maps, axis=0) > 0.3, iterations=2)
    cavity &= cavity[::-1]
    cavity[cavity.shape[0] // 2 :] = False
    return np.asarray(cavity)
