"""A case: a folder that holds a patient's chart and, where there is one, the MRI."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from euthymia.chart import ledger
from euthymia.chart.chart import Chart, replay
from euthymia.chart.entries import AnyFact, draft, entry_of
from euthymia.chart.envelope import Author, Envelope
from euthymia.chart.patient_facts import PatientRegistered
from euthymia.chart.verification import Anchor
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity

CHART_NAME = "chart.jsonl"
DEFAULT_T1_NAMES = ("T1.nii.gz", "T1.nii")
"""The MRI of a case whose chart attaches none."""


@dataclass(frozen=True, slots=True)
class Case:
    """A folder with a chart, as it was when it was opened.

    head: the chart's last entry, to be noted in what is made from it.
    findings: what is to be known about the file itself (torn tails, a clock that went back).
    """

    folder: Path
    chart: Chart
    head: Anchor
    findings: tuple[Finding, ...]

    @classmethod
    def open(cls, folder: Path) -> Case:
        """Read the case of a folder.

        Raises InputError, one sentence with the remedy: no folder, no chart in it, an empty chart,
        a broken chart, an entry that this version does not know.
        """
        if folder.is_file():
            raise InputError(
                str(folder), "this is a file, not a case", "Name the folder that holds the chart"
            )
        if not folder.is_dir():
            raise InputError(str(folder), "there is no such folder", "Name the folder of a case")
        path = folder / CHART_NAME
        if not path.is_file():
            raise InputError(
                str(folder),
                f"there is no {CHART_NAME} in this folder",
                "Name the folder of a case, or create a case there first",
            )
        checked = ledger.require_unbroken(path, ledger.verify(path))
        if checked.head is None:
            raise InputError(
                str(path),
                "the chart is empty",
                "Create the case anew in this folder, or restore its chart from a backup",
            )
        return cls(folder, _replayed(checked.entries), checked.head, checked.findings)

    @classmethod
    def create(
        cls,
        folder: Path,
        patient: PatientRegistered,
        *,
        id: str,  # noqa: A002
        at: datetime,
        author: Author,
    ) -> Case:
        """Make the case of a new patient; the folder may exist, but hold no chart yet."""
        made = draft(patient, id=id, at=at, author=author)
        _make_folder(folder)
        ledger.append(folder / CHART_NAME, made, new=True, check=_check)
        return cls.open(folder)

    def record(
        self,
        fact: AnyFact,
        *,
        id: str,  # noqa: A002
        at: datetime,
        author: Author,
        reason: str = "",
    ) -> Case:
        """Add an entry to the chart on disk and return the case with it.

        Entries that others have added since this case was opened are respected and included.
        Raises InputError, with nothing written, if the entry cannot stand in the chart.
        """
        made = draft(fact, id=id, at=at, author=author, reason=reason)
        ledger.append(self.folder / CHART_NAME, made, check=_check)
        return Case.open(self.folder)

    def t1(self) -> Path | None:
        """The patient's T1 image, or None if the case has none.

        It is the T1 attached last; its content must be what was attached. A case whose chart
        attaches no T1 may hold a T1.nii.gz or T1.nii.
        Raises InputError if the attached file is missing or was changed.
        """
        attached = [found.fact for found in self.chart.images if found.fact.contrast == "T1"]
        if not attached:
            unlisted = (self.folder / name for name in DEFAULT_T1_NAMES)
            return next((path for path in unlisted if path.is_file()), None)
        path = self.folder / attached[-1].file_name
        if not path.is_file():
            raise InputError(
                str(path),
                "the chart attaches this image, but the file is not there",
                "Put it back, or retract its attachment",
            )
        if file_sha256(path) != attached[-1].sha256:
            raise InputError(
                str(path),
                "it is not the image that the chart attaches (its content changed)",
                "Restore the original file, or attach this one as a new image",
            )
        return path

    def image_findings(self) -> tuple[Finding, ...]:
        """A caution if the T1 in use is one that the chart does not vouch for."""
        path = self.t1()
        if path is None or any(found.fact.file_name == path.name for found in self.chart.images):
            return ()
        return (
            Finding(
                "case.image-not-attached",
                Severity.CAUTION,
                path.name,
                "The image lies in the folder, but the chart does not attach it; "
                "nothing shows that it is this patient's, or that it stays the same",
            ),
        )


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's content, as `ImageAttached` carries it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_folder(folder: Path) -> None:
    """Make the folder and its parents, their names durable before there is a chart in them."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing:
            ledger.sync_folder(made.parent)
    except OSError as error:
        raise InputError(
            str(folder),
            f"the folder cannot be made ({error.strerror})",
            "Choose a place where you may make folders",
        ) from None


def _check(envelopes: tuple[Envelope, ...]) -> None:
    _replayed(envelopes)


def _replayed(envelopes: tuple[Envelope, ...]) -> Chart:
    return replay(entry_of(envelope) for envelope in envelopes)
