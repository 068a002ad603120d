"""The verdict on a head, and the volumes that it is judged by."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import Frame
from euthymia.model.head.quality import (
    HeadQuality,
    Verdict,
    fit_findings,
    volume_findings,
    volume_ranges,
)
from euthymia.model.head.volume import LabelVolume, Tissue


def quality(*severities: Severity) -> HeadQuality:
    found = tuple(
        Finding(f"x.{n}", kind, "head", f"Reason {n}") for n, kind in enumerate(severities)
    )
    return HeadQuality(0.8, {}, {}, found)


@pytest.mark.parametrize(
    ("severities", "verdict", "reasons"),
    [
        ((), Verdict.USABLE, ()),
        ((Severity.NOTE,), Verdict.USABLE, ()),
        ((Severity.CAUTION, Severity.NOTE), Verdict.USABLE, ("Reason 0",)),
        ((Severity.CAUTION, Severity.ACKNOWLEDGE), Verdict.LOOK_CLOSER, ("Reason 1",)),
        ((Severity.STOP, Severity.ACKNOWLEDGE), Verdict.DO_NOT_USE, ("Reason 0",)),
    ],
)
def test_the_gravest_finding_makes_the_verdict_and_gives_the_reasons(
    severities: tuple[Severity, ...], verdict: Verdict, reasons: tuple[str, ...]
) -> None:
    judged = quality(*severities)
    assert judged.verdict is verdict
    assert judged.reasons == reasons


def head_of(white: int, grey: int, csf: int) -> LabelVolume:
    """Labels that hold so many millilitres, in voxels of one millilitre."""
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    parts = [Tissue.WHITE] * white + [Tissue.GREY] * grey + [Tissue.CSF] * csf
    labels.ravel()[: len(parts)] = parts
    return LabelVolume(labels, np.diag([10.0, 10.0, 10.0, 1.0]), Frame("x"))


@pytest.mark.parametrize(
    ("volume", "codes"),
    [
        (head_of(450, 650, 330), []),
        (head_of(450, 650, 100), ["head.volume_rare", "head.volume_rare"]),
        (head_of(650, 850, 400), ["head.volume_rare", "head.volume_rare"]),
        (head_of(200, 250, 20), ["head.volume_unusual"] * 3),
    ],
)
def test_volumes_are_judged_beside_those_of_adults(volume: LabelVolume, codes: list[str]) -> None:
    found = volume_findings(volume)
    assert [finding.code for finding in found] == codes
    assert all(finding.source and finding.found.endswith(" ml") for finding in found)


def test_every_range_holds_the_means_of_its_source_and_lies_within_what_is_possible() -> None:
    means = {"the space inside the skull": (1393.2, 1538.2), "the brain": (1067.7, 1162.1)}
    means["the cerebrospinal fluid"] = (304.2, 358.2)
    for usual in volume_ranges():
        women, men = means[usual.title]
        assert usual.least < usual.low < women < men < usual.high < usual.most
        assert usual.source.tag.verified


def test_a_poor_fit_a_moved_landmark_and_a_cut_top_are_all_told() -> None:
    assert fit_findings(0.8, 3.0, top_cut=False) == ()
    codes = [finding.code for finding in fit_findings(0.4, 15.0, top_cut=True)]
    assert codes == ["head.fit_poor", "head.landmark_moved", "head.top_cut"]
