"""`euthymia export`: everything in open formats, readable without this program."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings

from euthymia.chart.case import CHART_NAME
from euthymia.chart.chart import Chart, replay
from euthymia.chart.entries import entry_of
from euthymia.chart.follow_inputs import course_rows
from euthymia.chart.intake_facts import ConsentAbout
from euthymia.chart.verification import verify_bytes
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import EmergencyAccess, Event, Membership, User
from euthymia.clinic.operation.startup import check_up_to_date
from euthymia.clinic.records.charts import lines_of
from euthymia.clinic.records.documents import path_of
from euthymia.clinic.records.models import Document, Identity, IdentityLine, Patient, Reading
from euthymia.core.errors import EuthymiaError, InputError
from euthymia.core.progress import Progress, stage
from euthymia.learn.registry.rows import CourseRow, Courses

_README = """Export of a clinic's records, made by Euthymia at {at}.

patients/CODE/chart.jsonl   a patient's chart: one entry a line (JSON), each with the SHA-256 of the
                            line before. `euthymia chart verify patients/CODE` checks it; any
                            program that reads JSON can read it.
patients/CODE/identity.jsonl
                            when it was entered, changed or erased who the patient is, by whom, and
                            which fields; chained like the chart. It holds none of the values.
patients/CODE/documents/    the patient's files; the first letters of a name are of its SHA-256.
patients/CODE/heads/        the patient's head models, if there are any.
patients.csv                code, site, number and SHA-256 of the last line of each chart and of
                            each identity.jsonl, consents. Keep a copy elsewhere: it proves that
                            nothing was cut off.
identities.csv              who each code is. Keep it apart from everything else here. `salt`
                            belongs to `values_sha256` in identity.jsonl: the SHA-256 of the JSON
                            {{"salt":...,"values":{{...}}}}, keys sorted, without blanks and without
                            empty values.
users.csv                   the accounts and their roles; no passwords.
readings.csv                who opened which chart, and when.
emergencies.csv             charts that were opened in an emergency, with the reasons.
events.csv                  log-ins, changes to accounts, backups.
registry/courses.csv        one row a course, without names, of patients who consented to the
                            registry; the same as courses.parquet where that could be written.

Times carry their offset from UTC. Files are UTF-8.
"""


_PATIENT_COLUMNS = (
    "code",
    "site",
    "synthetic",
    "registered",
    "entries",
    "last_line_sha256",
    "identity_lines",
    "identity_last_line_sha256",
    "consents",
)

_EMERGENCY_COLUMNS = (
    "username",
    "code",
    "since",
    "until",
    "reason",
    "reviewed_by",
    "reviewed_at",
    "review_note",
)


@dataclass(frozen=True, slots=True)
class ExportedClinic:
    """What was written."""

    folder: Path
    patients: int
    files: int
    courses: int
    damaged: tuple[str, ...]

    @property
    def sentence(self) -> str:
        text = (
            f"Exported {self.patients:,} patients with {self.files:,} files and {self.courses:,} "
            f"courses of the registry to {self.folder}."
        )
        if self.damaged:
            text += (
                f" Damaged charts, written as they are stored: {', '.join(self.damaged)}; "
                "run `euthymia verify`."
            )
        return text


def export(folder: Path, progress: Progress) -> ExportedClinic:
    """Write everything into a new or empty folder."""
    check_up_to_date()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(str(folder), "it is not an empty folder", "Give a new one")
    folder.mkdir(parents=True, exist_ok=True)
    writing = _Writing(folder)
    patients = Patient.objects.select_related("site").order_by("pseudonym")
    with stage(progress, "Exporting patients", patients.count()) as step:
        for patient in patients.iterator(chunk_size=200):
            writing.patient(patient)
            step.advance()
    writing.tables()
    (folder / "README.txt").write_text(
        _README.format(at=clock.now().isoformat(timespec="seconds")), encoding="utf-8"
    )
    return writing.done()


class _Writing:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: list[tuple[Any, ...]] = []
        self._courses: list[CourseRow] = []
        self._damaged: list[str] = []
        self._files = 0

    def patient(self, patient: Patient) -> None:
        """One patient's folder."""
        own = self._folder / "patients" / _safe(patient.pseudonym)
        if own.exists():
            own = own.with_name(f"{own.name}-{patient.pk}")
        own.mkdir(parents=True)
        data = b"".join(line + b"\n" for line in lines_of(patient.pk))
        (own / CHART_NAME).write_bytes(data)
        log = IdentityLine.objects.filter(patient=patient).order_by("seq")
        lines = [bytes(line) + b"\n" for line in log.values_list("line", flat=True)]
        if lines:
            (own / "identity.jsonl").write_bytes(b"".join(lines))
        chart = _chart(data)
        if chart is None:
            self._damaged.append(patient.pseudonym)
        elif chart.consents_to(ConsentAbout.RESEARCH_REGISTRY):
            today = clock.today_at(patient.site.time_zone)
            self._courses += course_rows(chart, today, patient.site.name)
        consents = (
            ""
            if chart is None
            else " ".join(about.value for about in ConsentAbout if chart.consents_to(about))
        )
        self._rows.append(
            (
                patient.pseudonym,
                patient.site.name,
                patient.synthetic,
                patient.registered_at.isoformat(),
                patient.head_seq,
                patient.head_sha256,
                patient.identity_seq,
                patient.identity_sha256,
                consents,
            )
        )
        for document in Document.objects.filter(patient=patient).order_by("pk"):
            self._copy(
                path_of(document.sha256),
                own / "documents" / f"{document.sha256[:8]}-{_safe(document.name)}",
            )
        heads = settings.PLACE.heads / str(patient.pk)
        if heads.is_dir():
            shutil.copytree(heads, own / "heads")

    def tables(self) -> None:
        """What is not a patient's folder."""
        self._table("patients.csv", _PATIENT_COLUMNS, self._rows)
        identity = [f.name for f in Identity._meta.concrete_fields if f.name != "patient"]
        self._table(
            "identities.csv",
            ("code", *identity),
            Identity.objects.order_by("patient__pseudonym").values_list(
                "patient__pseudonym", *identity
            ),
        )
        self._table("users.csv", ("username", "name", "may_log_in", "roles"), _users())
        self._table(
            "readings.csv",
            ("at", "username", "code", "what", "route", "in_emergency"),
            Reading.objects.order_by("pk")
            .values_list(
                "at", "user__username", "patient__pseudonym", "what", "route", "in_emergency"
            )
            .iterator(),
        )
        self._table("emergencies.csv", _EMERGENCY_COLUMNS, _emergencies())
        self._table(
            "events.csv",
            ("at", "kind", "username", "about", "address"),
            Event.objects.order_by("pk")
            .values_list("at", "kind", "user__username", "about", "address")
            .iterator(),
        )
        columns = [each.name for each in fields(CourseRow)]
        self._table("registry/courses.csv", columns, map(astuple, self._courses))
        if find_spec("pyarrow"):
            Courses.of(self._courses).save(self._folder / "registry" / "courses.parquet")

    def done(self) -> ExportedClinic:
        return ExportedClinic(
            self._folder, len(self._rows), self._files, len(self._courses), tuple(self._damaged)
        )

    def _copy(self, source: Path, target: Path) -> None:
        if source.is_file():
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)
            self._files += 1

    def _table(self, name: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)


def _chart(data: bytes) -> Chart | None:
    verified = verify_bytes(data)
    if not verified.intact or not verified.entries:
        return None
    try:
        return replay(entry_of(envelope) for envelope in verified.entries)
    except EuthymiaError:
        return None


def _users() -> Iterable[tuple[Any, ...]]:
    roles: dict[int, list[str]] = {}
    for each in Membership.objects.select_related("site").order_by("pk"):
        roles.setdefault(each.user_id, []).append(f"{each.role} at {each.site}")
    for user in User.objects.order_by("username"):
        name = "(a patient)" if user.patient_id else user.display_name
        yield user.username, name, user.is_active, "; ".join(roles.get(user.pk, []))


def _emergencies() -> Iterable[tuple[Any, ...]]:
    codes = dict(Patient.objects.values_list("pk", "pseudonym"))
    for each in EmergencyAccess.objects.select_related("user", "reviewed_by").order_by("pk"):
        yield (
            each.user.username,
            codes.get(each.patient_id, str(each.patient_id)),
            each.since.isoformat(),
            each.until.isoformat(),
            each.reason,
            each.reviewed_by.username if each.reviewed_by else "",
            each.reviewed_at.isoformat() if each.reviewed_at else "",
            each.review_note,
        )


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_. " else "_" for c in name)[-120:]
