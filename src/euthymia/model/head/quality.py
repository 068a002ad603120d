"""How good a head model is: its volumes, its fit, its distances, and a verdict with reasons."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from euthymia.core.findings import Finding, Severity, by_severity, worst
from euthymia.core.references import Citation
from euthymia.model.head.head import Head
from euthymia.model.head.volume import LabelVolume, Tissue

LEAST_LIKENESS = 0.35
DOUBTFUL_LIKENESS = 0.6
_FARTHEST_LANDMARK_MM = 12.0
_ELECTRODES = ("Fp1", "F3", "C3", "P3", "Fz", "Cz", "Pz", "Fp2", "F4", "C4", "P4", "Oz")
_SUBJECT = "head model"


class Verdict(Enum):
    """What a person should do with a head model."""

    USABLE = "usable"
    LOOK_CLOSER = "look closer"
    DO_NOT_USE = "do not use"

    @property
    def severity(self) -> Severity:
        return _WEIGHT[self]


_WEIGHT = {
    Verdict.USABLE: Severity.NOTE,
    Verdict.LOOK_CLOSER: Severity.ACKNOWLEDGE,
    Verdict.DO_NOT_USE: Severity.STOP,
}


class VolumeRange(BaseModel):
    """What a volume usually is, and beyond what no adult head is expected, millilitres."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    tissues: tuple[str, ...]
    low: float
    high: float
    least: float
    most: float
    source: Citation

    def of(self, volume: LabelVolume) -> float:
        """The volume of these tissues in a head, millilitres."""
        return volume.volume_ml(*(Tissue[name.upper()] for name in self.tissues))


@cache
def volume_ranges() -> tuple[VolumeRange, ...]:
    """The ranges of `data/head_ranges.toml`."""
    entry = files("euthymia.model.head") / "data" / "head_ranges.toml"
    tables = tomllib.loads(entry.read_text(encoding="utf-8"))
    return tuple(VolumeRange.model_validate(table) for table in tables.values())


@dataclass(frozen=True, slots=True)
class HeadQuality:
    """What the quality report shows of a head.

    likeness: correlation of the fitted default head with the image; None for a head without one.
    volumes_ml: of each tissue. distances_mm: scalp to cortex at EEG positions.
    findings: of the making and of these checks, gravest first.
    """

    likeness: float | None
    volumes_ml: dict[str, float]
    distances_mm: dict[str, float]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """Usable if nothing is graver than a caution; not to be used if anything says stop."""
        gravest = worst(self.findings)
        if gravest is Severity.STOP:
            return Verdict.DO_NOT_USE
        return Verdict.LOOK_CLOSER if gravest is Severity.ACKNOWLEDGE else Verdict.USABLE

    @property
    def reasons(self) -> tuple[str, ...]:
        """The findings that decide the verdict, each in one sentence."""
        least = max(worst(self.findings), Severity.CAUTION)
        return tuple(found.message for found in self.findings if found.severity >= least)


def head_quality(head: Head, likeness: float | None = None) -> HeadQuality:
    """Judge a head. The findings of its making count, and those of its volumes are added."""
    kept = [found for found in head.findings if not found.code.startswith("head.volume")]
    found = (*kept, *volume_findings(head.volume))
    points = head.eeg.points
    return HeadQuality(
        likeness,
        {
            tissue.name.lower(): round(head.volume.volume_ml(tissue), 1)
            for tissue in Tissue
            if tissue is not Tissue.AIR
        },
        {
            name: round(head.scalp_cortex_distance_mm(points[name]), 1)
            for name in _ELECTRODES
            if name in points
        },
        by_severity(found),
    )


def volume_findings(volume: LabelVolume) -> tuple[Finding, ...]:
    """What is to be said of a head's volumes beside those of adults."""
    return tuple(_volume_findings(volume, volume_ranges()))


def _volume_findings(volume: LabelVolume, ranges: Iterable[VolumeRange]) -> Iterable[Finding]:
    for usual in ranges:
        value = usual.of(volume)
        limit = f"{usual.low:.0f} to {usual.high:.0f} ml in about 95 of 100 adults"
        if not usual.least <= value <= usual.most:
            yield Finding(
                "head.volume_unusual",
                Severity.ACKNOWLEDGE,
                _SUBJECT,
                f"The volume of {usual.title} is one that no adult has; the segmentation has "
                "failed, or the voxels have another size.",
                found=f"{value:.0f} ml",
                limit=f"{usual.least:.0f} to {usual.most:.0f} ml",
                source=usual.source,
            )
        elif not usual.low <= value <= usual.high:
            yield Finding(
                "head.volume_rare",
                Severity.CAUTION,
                _SUBJECT,
                f"The volume of {usual.title} is one that few adults have; look at the outlines.",
                found=f"{value:.0f} ml",
                limit=limit,
                source=usual.source,
            )


def fit_findings(likeness: float, moved_mm: float | None, top_cut: bool) -> tuple[Finding, ...]:
    """What is to be said of the fit of the default head, of landmarks, and of the image's edge."""
    found = []
    if likeness < DOUBTFUL_LIKENESS:
        found.append(
            Finding(
                "head.fit_poor",
                Severity.ACKNOWLEDGE,
                _SUBJECT,
                "The default head fits this image poorly; look at the slices before using it.",
                found=f"likeness {likeness:.2f}",
                limit=f"{DOUBTFUL_LIKENESS}",
            )
        )
    if moved_mm is not None and moved_mm > _FARTHEST_LANDMARK_MM:
        found.append(
            Finding(
                "head.landmark_moved",
                Severity.ACKNOWLEDGE,
                _SUBJECT,
                "A landmark carried over from the default head lay far from this scalp; check "
                "nasion, inion and the pre-auricular points.",
                found=f"{moved_mm:.0f} mm",
                limit=f"{_FARTHEST_LANDMARK_MM:.0f} mm",
            )
        )
    if top_cut:
        found.append(
            Finding(
                "head.top_cut",
                Severity.ACKNOWLEDGE,
                _SUBJECT,
                "The image seems to cut the top of the head; the vertex and all EEG positions are "
                "uncertain.",
            )
        )
    return tuple(found)
