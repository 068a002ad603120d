"""An empty database filled with the synthetic clinic: sites, people, patients and their charts.

Only an example clinic is filled (`EUTHYMIA_MODE=example`): there everyone knows the passwords, no
second factor is asked for, and every page says that the patients are synthetic. This is the one
place beside `records.services` that writes ledger rows: in bulk, sealed by `bulk.lines`, and for
nobody but invented patients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Model

from euthymia.chart.chart import replay
from euthymia.chart.envelope import Author
from euthymia.clinic import clock
from euthymia.clinic.accounts.forms import EXAMPLE_PASSWORD
from euthymia.clinic.accounts.models import Membership, Site, User
from euthymia.clinic.example import rooms
from euthymia.clinic.example.bulk import Line, lines
from euthymia.clinic.example.charts import Recipe, SyntheticPatient, synthetic_patients
from euthymia.clinic.example.furnish import furnish
from euthymia.clinic.example.people import own_name
from euthymia.clinic.example.stages import Stage
from euthymia.clinic.records.documents import store
from euthymia.clinic.records.identity_log import first_entry, row_of
from euthymia.clinic.records.models import Identity, IdentityLine, LedgerEntry, Patient
from euthymia.clinic.records.projections import registered
from euthymia.core.errors import InputError
from euthymia.core.progress import SILENT, Progress, stage

PASSWORD = EXAMPLE_PASSWORD
"""Of every account of an example clinic."""

SEED = 20261128
EXAMPLE_PATIENTS = 44
EXAMPLE_CHAIRS = (3, 1)
VOLUME_CHAIRS = (3, 3, 3, 3)

_BATCH = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filled:
    """What was put into the database."""

    sites: int
    users: int
    patients: int
    entries: int
    sessions: int

    @property
    def sentence(self) -> str:
        return (
            f"{self.patients:,} synthetic patients with {self.entries:,} entries and "
            f"{self.sessions:,} sessions at {self.sites} sites; {self.users} accounts"
        )


def fill_example(
    progress: Progress = SILENT, *, seed: int = SEED, patients: int = EXAMPLE_PATIENTS
) -> Filled:
    """The example clinic: about forty patients at every stage, with their plans' documents."""
    recipe = _recipe(seed, patients, EXAMPLE_CHAIRS, "example")
    with transaction.atomic():
        return _fill(recipe, progress, with_documents=True)


def bulk_load(patients: int, progress: Progress = SILENT, *, seed: int = SEED) -> Filled:
    """Many patients, most of them with a whole course of 36 sessions; without documents.

    Written batch by batch: what a break leaves behind is to be thrown away.
    """
    return _fill(_recipe(seed, patients, VOLUME_CHAIRS, "volume"), progress, with_documents=False)


def _recipe(seed: int, patients: int, chairs: Sequence[int], mix: str) -> Recipe:
    sites = tuple(rooms.site(index, number) for index, number in enumerate(chairs))
    return Recipe(seed, clock.now(), patients, sites, mix)


def _fill(recipe: Recipe, progress: Progress, *, with_documents: bool) -> Filled:
    _refuse_unless_empty_example()
    with transaction.atomic():
        sites = [_site(each) for each in recipe.sites]
        hashed = make_password(PASSWORD)
        users = _users(sites, hashed)
        furnish(recipe.sites, sites, users[-1], recipe.today)
    loader = _Loader(sites, {user.display_name: user.pk for user in users}, with_documents)
    with stage(progress, "Writing synthetic charts", recipe.patients) as step:
        for some in _batches(synthetic_patients(recipe), _BATCH):
            loader.write(some)
            step.advance(len(some))
    own = _own_account(loader.somebody, hashed)
    return Filled(len(sites), len(users) + own, recipe.patients, loader.entries, loader.sessions)


def _refuse_unless_empty_example() -> None:
    if not settings.PLACE.example:
        raise InputError(
            "synthetic clinic",
            "this installation is for real patients",
            "Set EUTHYMIA_MODE=example and a folder of its own (EUTHYMIA_HOME)",
        )
    if Patient.objects.exists() or User.objects.exists():
        raise InputError(
            "synthetic clinic",
            "the database is not empty",
            "Choose an empty folder (EUTHYMIA_HOME), or remove the example's one",
        )


def _site(made: rooms.Site) -> Site:
    return Site.objects.create(
        name=made.name,
        time_zone=settings.TIME_ZONE,
        country="US",
        phone="+1 202-555-0100",
        address="1 Example Road (synthetic)",
        opens="08:00",
        closes="17:00",
    )


def _users(sites: Sequence[Site], hashed: str) -> list[User]:
    """One account for each worker, at the sites where they work."""
    users = [
        User(username=each.username, display_name=each.name, password=hashed)
        for each in rooms.WORKERS
    ]
    User.objects.bulk_create(users)
    members = []
    for worker, user in zip(rooms.WORKERS, users, strict=True):
        # One operator works at one site only, so that the limits of a site can be seen.
        at = sites[1:] if worker is rooms.OPERATORS[2] and len(sites) > 1 else sites
        members += [Membership(user=user, site=site, role=worker.role) for site in at]
    Membership.objects.bulk_create(members)
    return users


def _own_account(patient: Patient | None, hashed: str) -> int:
    """A patient's own account, named "patient", for someone in treatment."""
    if patient is None:
        return 0
    User.objects.create(
        username="patient",
        display_name=own_name(patient.pseudonym),
        password=hashed,
        patient_id=patient.pk,
    )
    return 1


class _Loader:
    """Writes patients by the batch: identity, ledger and every projection, all or nothing."""

    def __init__(self, sites: Sequence[Site], users: dict[str, int], with_documents: bool) -> None:
        self._sites, self._users, self._with_documents = sites, users, with_documents
        self.entries = self.sessions = 0
        self.somebody: Patient | None = None

    def write(self, some: Sequence[SyntheticPatient]) -> None:
        """Put these patients into the database."""
        ledger: list[LedgerEntry] = []
        projected: dict[type[Model], list[Model]] = {}
        patients: list[Patient] = []
        identities: list[Identity] = []
        identity_lines: list[IdentityLine] = []
        for each in some:
            written = list(lines(each.noted))
            patient = self._patient(each, written)
            patients.append(patient)
            identity = _identity(each, patient)
            identities.append(identity)
            identity_lines.append(self._identity_line(patient, identity, written[0]))
            ledger += (self._row(patient, line) for line in written)
            self._project(each, patient, projected)
            if self.somebody is None and each.stage is Stage.IN_TREATMENT:
                self.somebody = patient
        self.entries += len(ledger)
        with transaction.atomic():
            Patient.objects.bulk_create(patients)
            Identity.objects.bulk_create(identities)
            IdentityLine.objects.bulk_create(identity_lines)
            LedgerEntry.objects.bulk_create(ledger, batch_size=2_000)
            for model, rows in projected.items():
                model._default_manager.bulk_create(rows, batch_size=2_000)
            if self._with_documents:
                self._documents(some, patients)

    def _patient(self, each: SyntheticPatient, written: Sequence[Line]) -> Patient:
        return Patient(
            site=self._sites[each.place.site],
            pseudonym=each.person.pseudonym,
            synthetic=True,
            registered_at=written[0].at,
            head_seq=written[-1].seq,
            head_sha256=written[-1].sha256,
        )

    def _identity_line(self, patient: Patient, identity: Identity, first: Line) -> IdentityLine:
        """What was logged when the patient was registered."""
        author = Author(first.author_name, first.author_role)
        entry = first_entry(patient, identity, author, first.at)
        return row_of(patient, entry, self._users.get(first.author_name))

    def _row(self, patient: Patient, line: Line) -> LedgerEntry:
        return LedgerEntry(
            patient=patient,
            seq=line.seq,
            entry_id=line.id,
            at=line.at,
            kind=line.kind,
            line=line.data,
            recorded_by_id=self._users.get(line.author_name),
        )

    def _project(
        self, each: SyntheticPatient, patient: Patient, into: dict[type[Model], list[Model]]
    ) -> None:
        chart = replay(noted.entry(seq) for seq, noted in enumerate(each.noted, start=1))
        self.sessions += len(chart.sessions)
        for projection in registered():
            into.setdefault(projection.model, []).extend(projection.rows(patient, chart))

    def _documents(self, some: Sequence[SyntheticPatient], patients: Sequence[Patient]) -> None:
        for each, patient in zip(some, patients, strict=True):
            for document in each.documents:
                store(patient, document.name, "application/pdf", document.content)


def _identity(each: SyntheticPatient, patient: Patient) -> Identity:
    person = each.person
    return Identity(
        patient=patient,
        family_name=person.family_name,
        given_name=person.given_name,
        record_number=f"MRN-{person.number:06d}",
        phone=person.phone,
        email=person.email,
        address="1 Example Road (synthetic)",
        emergency_contact="Nobody (synthetic), +1 202-555-0199",
    )


def _batches(made: Iterable[T], size: int) -> Iterator[list[T]]:
    source = iter(made)
    while some := list(islice(source, size)):
        yield some
