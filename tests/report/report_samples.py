"""Small values that several tests of the report draw or write."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import numpy as np

from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import COLIN27, Pose
from euthymia.core.references import Citation, Tag, all_references
from euthymia.model.head.surface.meshes import TriangleSurface, surface_of_mask
from euthymia.model.head.volume import LabelVolume, Tissue
from euthymia.plan.protocol.algebra import Block, Protocol
from euthymia.plan.protocol.dosing import Intensity, Side, Site
from euthymia.plan.protocol.intervals import OffTime, OnsetToOnset
from euthymia.plan.protocol.pulses import Burst, Train

SVG = "{http://www.w3.org/2000/svg}"

HOSTILE = 'Mrs "#import" *b* $x$ <script>alert(1)</script> &amp; \\ #{{ it }} [link] it\'s é'
FOREIGN = "مرحبا שלום 😀 漢字"

LEFT = Site(Side.LEFT, "DLPFC")
RIGHT = Site(Side.RIGHT, "DLPFC")


def parsed(svg: str) -> ElementTree.Element:
    """The root of a figure; fails on anything that is not well-formed."""
    return ElementTree.fromstring(svg)


def words_of(svg: str) -> str:
    """All text of a figure: labels, titles and description."""
    return " ".join(parsed(svg).itertext())


def of_class(svg: str, name: str) -> list[ElementTree.Element]:
    """The elements of a figure that carry that class."""
    return [each for each in parsed(svg).iter() if each.get("class") == name]


def cited(place: int, tag: Tag = Tag.READ, at: str = "") -> Citation:
    """A citation of one of the registered references, by its place in the registry."""
    return Citation(ref=all_references()[place].id, tag=tag, at=at)


def finding(severity: Severity, code: str = "a.b", **more: object) -> Finding:
    words: dict[str, object] = {"subject": f"subject of {code}", "message": f"message of {code}"}
    return Finding(code=code, severity=severity, **{**words, **more})  # type: ignore[arg-type]


def itbs() -> Protocol:
    """The 600 pulses of theta bursts, 20 trains of ten triplets."""
    theta = Burst.of(3, rate_hz=50).train(10, rate_hz=5)
    return Protocol.of(Block.of(theta, LEFT, Intensity(120)).every(OffTime.of(8)) * 20)


def ten_hz() -> Protocol:
    """75 trains of 40 pulses at 10 Hz, 4 s on and 26 s off."""
    train = Train.of(40, 10)
    grid = OnsetToOnset.nominal(train, 26)
    return Protocol.of(Block.of(train, LEFT, Intensity(120)).every(grid) * 75)


def bilateral() -> Protocol:
    """600 single pulses on the right, a minute's pause, then 10 Hz on the left."""
    slow = Block.of(Train.of(600, 1), RIGHT, Intensity(110))
    return slow.then(ten_hz().blocks[0], pause_s=60)


def ball_head() -> LabelVolume:
    """A head of concentric balls: brain 30 mm, fluid 33 mm, skull 37 mm, scalp 41 mm."""
    axis = np.arange(-45.0, 46.0)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    radius = np.sqrt(x**2 + y**2 + z**2)
    labels = np.zeros(radius.shape, dtype=np.uint8)
    for limit, tissue in (
        (41, Tissue.SCALP),
        (37, Tissue.SKULL),
        (33, Tissue.CSF),
        (30, Tissue.GREY),
        (24, Tissue.WHITE),
    ):
        labels[radius <= limit] = tissue
    affine = np.eye(4)
    affine[:3, 3] = -45.0
    return LabelVolume(labels, affine, COLIN27)


def ball_surface(radius_mm: float, step_mm: float = 2.0) -> TriangleSurface:
    """A ball around the origin as triangles."""
    axis = np.arange(-50.0, 51.0)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    affine = np.eye(4)
    affine[:3, 3] = -50.0
    mask = x**2 + y**2 + z**2 <= radius_mm**2
    return surface_of_mask(mask, affine, spacing_mm=step_mm, smoothing_mm=1.0)


def left_pose() -> Pose:
    """A coil on the left front of the ball head, looking at its centre, handle back."""
    outwards = np.array([-0.6, 0.6, 0.52])
    return Pose.facing(44.0 * outwards, -outwards, np.array([1.0, 1.0, 0.0]), COLIN27)


ON = date(2026, 11, 20)
