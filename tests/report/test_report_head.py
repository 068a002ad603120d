"""The quality report of a head: one page, a verdict, and no face."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pypdf
from scipy import ndimage
from skimage import io as skimage_io

from euthymia.core.findings import Finding, Severity
from euthymia.model.head.default import default_head
from euthymia.model.head.head import Head
from euthymia.model.head.place.registration import drawn_t1
from euthymia.model.head.quality import head_quality
from euthymia.model.head.volume import BRAIN, LabelVolume
from euthymia.report.figures import headcheck
from euthymia.report.figures.headcheck import CheckScene, draw
from euthymia.report.figures.headface import Face
from euthymia.report.head_document import HeadReport, head_document
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf

STOP = Finding("head.x", Severity.STOP, "T1 image", "Left and right are exchanged")


@cache
def coarse() -> Head:
    """The default head at 2 mm, so that the pictures are quick."""
    fine = default_head()
    affine = np.array(fine.volume.affine)
    affine[:3, :3] *= 2
    labels = np.ascontiguousarray(fine.volume.labels[::2, ::2, ::2])
    return replace(fine, volume=LabelVolume(labels, affine, fine.frame))


def scene(*findings: Finding) -> CheckScene:
    head = replace(coarse(), findings=findings)
    picture = ndimage.gaussian_filter(drawn_t1(head.volume), 0.5)
    return CheckScene(head, head_quality(head, 0.83), picture, head.volume.affine)


@cache
def picture() -> str:
    return draw(scene())


def report(*findings: Finding) -> HeadReport:
    return HeadReport(scene(*findings), date(2026, 11, 28), {"euthymia": "0.1.0", "numpy": "2.1"})


def test_the_report_is_one_page_with_verdict_numbers_and_versions() -> None:
    pages = pypdf.PdfReader(io.BytesIO(to_pdf(head_document(report())))).pages
    assert len(pages) == 1
    # The typesetter joins parts of a number by a word joiner.
    words = " ".join(pages[0].extract_text().replace("\u2060", "").split())
    assert "Usable" in words
    assert "few adults have" in words
    assert "numpy 2.1" in words
    assert coarse().id[:12] in words
    assert "Yamada" in words


def test_what_must_not_be_used_says_so_first() -> None:
    page = to_html(head_document(report(STOP)))
    assert page.index("Do not use") < page.index("Left and right are exchanged")
    assert 'class="callout stop"' in page
    assert "://" not in re.sub(r"https://doi\.org|http://www\.w3\.org", "", page)


def test_the_picture_tells_distances_and_volumes_in_words() -> None:
    svg = picture()
    assert draw(scene()) == svg, "the same head gives the same picture"
    for words in ("F3", "scalp to cortex", "space inside the skull", "face left out"):
        assert words in svg
    distance = head_quality(coarse()).distances_mm["F3"]
    assert f"F3 {distance:.0f}" in svg
    assert f"{distance:.1f}" in svg


def test_the_face_is_in_no_slice() -> None:
    """Every pixel of the image in the region of the face is blank, whatever the image shows."""
    head = coarse()
    white = np.full(head.volume.labels.shape, 1.0, dtype=np.float32)
    full = replace(scene(), picture=white)
    face = Face.of(head)
    marks = head.landmarks
    nose_tip = marks.nasion + 12.0 * marks.forward - 35.0 * marks.up
    mouth = marks.nasion - 70.0 * marks.up
    eye = marks.nasion + 32.0 * marks.right - 6.0 * marks.up
    forehead = marks.nasion + 40.0 * marks.up
    assert face.hidden(np.stack([nose_tip, mouth, eye])).all()
    assert not face.hidden(forehead[None])[0]
    assert not face.hidden(head.eeg["Fp1"].position_mm[None])[0]
    sagittal = re.search(r"base64,([^\"]+)", draw(full))
    assert sagittal is not None
    pixels = skimage_io.imread(io.BytesIO(base64.b64decode(sagittal[1])))
    blank = (pixels[..., 0] == round(255 * 0.96)).mean()
    assert 0.01 < blank < 0.5


def test_no_triangle_of_the_drawn_skin_lies_in_the_face() -> None:
    face = Face.of(coarse())
    surface = coarse().scalp.surface
    skin = headcheck._faceless(surface, face)
    assert len(skin.faces) < len(surface.faces)
    middles = surface.vertices_mm[skin.faces].mean(axis=1)
    assert not face.region(middles).any()


def test_the_brain_is_never_hidden() -> None:
    head = coarse()
    brain = head.volume.to_world(np.argwhere(head.volume.mask(*BRAIN)))
    assert not Face.of(head).hidden(brain).any()


def test_a_head_without_an_image_has_no_score() -> None:
    one = scene()
    assert "no image" in draw(replace(one, quality=head_quality(one.head)))
    assert "no image" not in picture()
