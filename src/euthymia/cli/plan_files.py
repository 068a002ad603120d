"""The files of a plan: PDF, HTML, JSON and the calendar, all of them made before any is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from euthymia.cli.cases import CaseOn
from euthymia.cli.files import write_whole
from euthymia.cli.options import now
from euthymia.cli.output import json_text
from euthymia.cli.plan_data import plan_data
from euthymia.core.errors import InputError
from euthymia.core.progress import Progress, stage
from euthymia.plan.course.ical import to_ical
from euthymia.plan.treatment import TreatmentPlan
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf
from euthymia.report.plan_document import plan_document

PDF, HTML, JSON, CALENDAR = "plan.pdf", "plan.html", "plan.json", "course.ics"


@dataclass(frozen=True, slots=True)
class PlanFiles:
    """What was written, with the SHA-256 of each file; removed: an earlier plan's calendar.

    held: there are dates, but no calendar file, because treatment is forbidden.
    """

    folder: Path
    hashes: dict[str, str]
    removed: tuple[str, ...] = ()
    held: bool = False

    @property
    def pdf(self) -> Path:
        """The document that is proposed and signed."""
        return self.folder / PDF

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file, the document first."""
        return tuple(self.folder / name for name in (PDF, HTML, JSON, CALENDAR)
                     if name in self.hashes)  # fmt: skip

    def sha256(self, path: Path) -> str:
        """The SHA-256 of one of the files, as it was written."""
        return self.hashes[path.name]

    def data(self) -> dict[str, Any]:
        """The files for a program."""
        return {
            "files": [
                {"name": name, "sha256": digest, "path": str(self.folder / name)}
                for name, digest in self.hashes.items()
            ],
            "calendar_held": self.held,
        }


def write_files(plan: TreatmentPlan, opened: CaseOn, folder: Path, progress: Progress) -> PlanFiles:
    """Set and write everything; refuses to replace a document that the chart proposes."""
    head = f"{opened.head.seq}:{opened.head.line_sha256}"
    with stage(progress, "Drawing the figures"):
        document = plan_document(plan, ledger_head=head)
    with stage(progress, "Setting the document"):
        made = {PDF: to_pdf(document), HTML: to_html(document).encode()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    calendar = _calendar(plan, opened)
    if calendar is not None:
        made[CALENDAR] = calendar.encode()
        hashes[CALENDAR] = hashlib.sha256(made[CALENDAR]).hexdigest()
    listed = {"files": [{"name": name, "sha256": digest} for name, digest in hashes.items()]}
    made[JSON] = json_text({**plan_data(plan, opened), **listed}).encode()
    hashes[JSON] = hashlib.sha256(made[JSON]).hexdigest()
    _refuse_to_lose(folder, made, {found.fact.plan_sha256 for found in opened.case.chart.plans})
    for name, content in made.items():
        write_whole(folder / name, content)
    removed = tuple(_without_stale(folder, made))
    held = plan.forbidden and plan.course is not None and bool(plan.course.sessions)
    return PlanFiles(folder, hashes, removed, held)


def _refuse_to_lose(folder: Path, made: dict[str, bytes], proposed: set[str]) -> None:
    for name, content in made.items():
        path = folder / name
        if not path.is_file():
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in proposed and digest != hashlib.sha256(content).hexdigest():
            raise InputError(
                str(path),
                "the chart proposes the plan in this file, and the new one is another",
                "Write it to another folder with --out",
            )


def _without_stale(folder: Path, made: dict[str, bytes]) -> Iterable[str]:
    """An earlier plan's calendar beside a plan that has none would send people to the clinic."""
    path = folder / CALENDAR
    if CALENDAR not in made and path.is_file():
        path.unlink()
        yield CALENDAR


def _calendar(plan: TreatmentPlan, opened: CaseOn) -> str | None:
    """The course for calendar programs; a plan made anew for one request moves its events.

    None where treatment is forbidden: a calendar travels without the plan that says so.
    """
    if plan.course is None or not plan.course.sessions or plan.forbidden:
        return None
    request = opened.chart.plan_request
    of = request if request is not None and request.entries else opened.chart.patient
    return to_ical(
        plan.course,
        uid=of.id,
        stamp=now().astimezone(UTC),
        revision=len(opened.case.chart.plans),
    )
