"""A backup holds everything, comes back the same, and refuses what it is not."""

from __future__ import annotations

import gzip
import json
import os
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings

from clinic.conftest import SmallClinic
from clinic.installation import Installation
from euthymia.clinic.accounts.models import Event, Role
from euthymia.clinic.operation.archive import (
    Manifest,
    Writer,
    files_under,
    needs_passphrase,
    unpack,
)
from euthymia.clinic.operation.backup import applied_migrations, back_up
from euthymia.clinic.operation.exporting import export
from euthymia.clinic.operation.passphrase import VARIABLE
from euthymia.clinic.operation.restore import check_backup, restore
from euthymia.clinic.operation.sealing import SealedReader, SealedWriter, is_sealed
from euthymia.clinic.operation.verifying import FAULTY
from euthymia.clinic.records.documents import store
from euthymia.clinic.records.models import IdentityLine, LedgerEntry
from euthymia.core.errors import InputError
from euthymia.core.progress import SILENT

_FILL = """
from datetime import date
from allauth.mfa.totp.internal.auth import TOTP
from euthymia.chart.patient_facts import PatientRegistered
from euthymia.clinic.accounts.identify import who_is
from euthymia.clinic.accounts.models import Role, Site
from euthymia.clinic.accounts.services import make_user
from euthymia.clinic.jobs.models import Job, Worker
from euthymia.clinic.operation.startup import prepare
from euthymia.clinic.records.documents import store
from euthymia.clinic.records.models import Identity, Reading
from euthymia.clinic.records.services import register
from euthymia.clinic import clock
from django.conf import settings
prepare()
site = Site.objects.create(name="Nord\u00f8y", time_zone="Europe/Oslo", country="NO")
user, _ = make_user("cora", "Cora Ek", [(site, Role.COORDINATOR), (site, Role.ADMINISTRATOR)])
TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
who = who_is(user)
for number in range(3):
    fact = PatientRegistered(
        pseudonym=f"SYN-{number}", synthetic=True, birth_date=date(1980, 5, 17)
    )
    patient = register(who, site, fact, Identity(family_name="\u00c5s", phone="555-0100"))
    store(patient, "letter.txt", "text/plain", f"Letter {number}".encode())
    Reading.objects.create(user=user, patient=patient, at=clock.now(), what="read", route="x")
worker = Worker.objects.create(host="h", pid=1, started_at=clock.now(), beat_at=clock.now())
Job.objects.create(kind="verify", state="running", worker=worker, asked_at=clock.now())
head = settings.PLACE.heads / str(patient.pk)
head.mkdir(parents=True)
(head / "labels.nii.gz").write_bytes(b"labels")
(settings.PLACE.home / "crisis.toml").write_text("# none\\n")
"""


PASSPHRASE = "quiet otter, 4 lanterns"


def members(file: Path) -> dict[str, list[object]]:
    content = BytesIO(file.read_bytes())
    if is_sealed(content):
        content = BytesIO(SealedReader(content, PASSPHRASE, file.name).read())
    with tarfile.open(fileobj=content) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        return dict(json.load(manifest)["members"])


@pytest.mark.slow
def test_what_was_backed_up_comes_back_the_same(tmp_path: Path) -> None:
    first = Installation(tmp_path / "first", more={VARIABLE: PASSPHRASE})
    first.python(_FILL)
    file, again = tmp_path / "clinic.sealed", tmp_path / "again.tar.gz"
    done = first.euthymia("backup", str(file))
    assert "3 patients with 3 entries and 5 files" in done.stdout, done.stderr
    assert "MB, encrypted" in done.stdout
    assert file.stat().st_mode & 0o077 == 0
    assert needs_passphrase(file)
    second = Installation(tmp_path / "second")
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    done = second.euthymia("restore", str(file), "--passphrase-file", str(tmp_path / "passphrase"))
    assert "3 patients with 3 entries and 5 files" in done.stdout, done.stderr
    assert "everything was verified" in done.stdout
    assert "second factors of cora were set up under another secret key" in done.stdout
    assert (second.home / "crisis.toml").read_text() == "# none\n"
    assert second.euthymia("backup", str(again)).returncode == 0
    before, after = members(file), members(again)
    # Backing up and restoring are themselves noted.
    for found in (before, after):
        del found["tables/clinic_accounts.event.jsonl"]
    assert before == after
    assert len([name for name in before if name.startswith("tables/")]) > 12
    assert not [name for name in before if "session" in name or "secret" in name]
    # Several processes that check find what one would find.
    second.rows("UPDATE clinic_records_ledgerentry SET kind = 'other' WHERE id = 2")
    (letter, *_) = (path for _, path in files_under(second.home / "documents"))
    letter.unlink()
    done = second.euthymia("verify", "--workers", "2")
    assert done.returncode == FAULTY, done.stderr
    assert "the column kind says other" in done.stdout
    assert "the stored file is missing" in done.stdout
    assert "2 faults in 3 patients" in done.stderr


@pytest.fixture
def other_database() -> Iterator[str]:
    """An empty PostgreSQL database of its own, where the tests were given one."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        pytest.skip("set DATABASE_URL to a PostgreSQL database to try this")
    psycopg = pytest.importorskip("psycopg")
    name = f"euthymia_restored_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield f"{url.rpartition('/')[0]}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.slow
def test_a_backup_moves_from_sqlite_to_postgresql_and_back(
    tmp_path: Path, other_database: str
) -> None:
    small = Installation(tmp_path / "small")
    small.python(_FILL)
    large = Installation(tmp_path / "large", more={"DATABASE_URL": other_database})
    third = Installation(tmp_path / "third")
    files = [tmp_path / f"{number}.tar.gz" for number in range(3)]
    assert small.euthymia("backup", str(files[0])).returncode == 0
    for place, given, made in ((large, files[0], files[1]), (third, files[1], files[2])):
        done = place.euthymia("restore", str(given))
        assert "everything was verified" in done.stdout, done.stderr
        assert place.euthymia("backup", str(made)).returncode == 0
    first, second, last = (members(file) for file in files)
    for other in (second, last):
        assert other.keys() == first.keys()
        different = {name for name in first if other[name] != first[name]}
        assert different == {"tables/clinic_accounts.event.jsonl"}
    # The next row gets the next number, also where numbers were given by hand.
    large.python("from euthymia.clinic.accounts.models import Site; Site.objects.create(name='S')")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A small archive of two files."""
    for name in ("letter", "plan"):
        (tmp_path / name).write_text(f"Dear {name}")
    file = tmp_path / "small.tar.gz"
    with file.open("wb") as target:
        writer = Writer(target, Manifest("euthymia", "2026-11-28", "sqlite", {}))
        writer.add("documents/letter", tmp_path / "letter")
        writer.add("documents/plan", tmp_path / "plan")
        writer.close()
    return file


def test_an_archive_is_unpacked_as_it_was_packed(archive: Path, tmp_path: Path) -> None:
    manifest = unpack(archive, tmp_path / "out")
    assert [member.name for member in manifest.members] == ["documents/letter", "documents/plan"]
    assert (tmp_path / "out" / "documents" / "plan").read_text() == "Dear plan"


def repacked(archive: Path, change: dict[str, bytes | None], more: str = "") -> bytes:
    """The archive with members replaced, left out (None), or with one more."""
    out = BytesIO()
    with tarfile.open(archive) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        for info in old:
            source = old.extractfile(info)
            assert source is not None
            content = change.get(info.name, source.read())
            if content is not None:
                info.size = len(content)
                new.addfile(info, BytesIO(content))
        if more:
            new.addfile(tarfile.TarInfo(more), BytesIO())
    return out.getvalue()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("cut off", "cannot be read to its end"),
        ("text", "cannot be read to its end"),
        ("empty archive", "its manifest is missing"),
        ("no manifest", "its manifest is missing"),
        ("odd manifest", "its manifest is of another version"),
        ("later format", "its manifest is of another version"),
        ("changed", "documents/plan is not what was backed up"),
        ("lacking", "documents/plan is not what was backed up"),
        ("more", "holds documents/x, which was not backed up"),
        ("outside", "would lie outside of it"),
    ],
)
def test_an_archive_that_is_not_whole_is_refused(
    archive: Path, tmp_path: Path, how: str, told: str
) -> None:
    raw = archive.read_bytes()
    contents = {
        "cut off": lambda: raw[: len(raw) // 2],
        "text": lambda: b"Dear colleague",
        "empty archive": lambda: gzip.compress(bytes(10240)),
        "no manifest": lambda: repacked(archive, {"manifest.json": None}),
        "odd manifest": lambda: repacked(archive, {"manifest.json": b"{}"}),
        "later format": lambda: repacked(archive, {"manifest.json": b'{"format": 2}'}),
        "changed": lambda: repacked(archive, {"documents/plan": b"Dear plam"}),
        "lacking": lambda: repacked(archive, {"documents/plan": None}),
        "more": lambda: repacked(archive, {}, "documents/x"),
        "outside": lambda: repacked(archive, {}, "../x"),
    }
    archive.write_bytes(contents[how]())
    with pytest.raises(InputError, match=told):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "x").exists()


def test_a_sealed_archive_opens_with_its_passphrase_only(archive: Path, tmp_path: Path) -> None:
    sealed = tmp_path / "small.sealed"
    with sealed.open("wb") as target:
        writer = SealedWriter(target, PASSPHRASE, cost_log2=10)
        writer.write(archive.read_bytes())
        writer.finish()
    assert unpack(sealed, None, PASSPHRASE) == unpack(archive, None)
    assert "small.sealed is whole: 0 patients" in check_backup(sealed, SILENT, PASSPHRASE)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
    whole = sealed.read_bytes()
    for content, passphrase, told in (
        (whole, "quiet otter, 5 lanterns", "not the one that it was encrypted with"),
        (whole, None, "no passphrase was given"),
        (whole[:-1], PASSPHRASE, "cut off or changed"),
        (whole + archive.read_bytes(), PASSPHRASE, "cut off or changed"),
    ):
        sealed.write_bytes(content)
        with pytest.raises(InputError, match=told):
            unpack(sealed, tmp_path / "out", passphrase)


def test_a_backup_is_never_written_over(clinic: SmallClinic, archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        back_up(archive, SILENT)
    assert archive.read_bytes() == before


def test_a_backup_that_fails_leaves_nothing(clinic: SmallClinic, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder does not exist"):
        back_up(tmp_path / "nowhere" / "x.tar.gz", SILENT)
    assert not Event.objects.exists()


def with_migrations(tmp_path: Path, migrations: dict[str, list[str]]) -> Path:
    file = tmp_path / "other.tar.gz"
    with file.open("wb") as target:
        Writer(target, Manifest("euthymia 9.9", "2030-01-01", "sqlite", migrations)).close()
    return file


def test_a_clinic_in_use_is_not_restored_over(clinic: SmallClinic, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not empty"):
        restore(with_migrations(tmp_path, applied_migrations()), SILENT)
    assert not list(settings.PLACE.home.glob(".restore-*"))


def test_a_backup_of_a_newer_version_is_refused(db: None, tmp_path: Path) -> None:
    newer = applied_migrations()
    newer["clinic_records"].append("0999_later")
    with pytest.raises(InputError, match=r"clinic_records\.0999_later .* Install euthymia 9\.9"):
        restore(with_migrations(tmp_path, newer), SILENT)


def test_an_older_backup_asks_for_a_place_where_nothing_was_made(db: None, tmp_path: Path) -> None:
    older = applied_migrations()
    older["clinic_records"] = []
    with pytest.raises(InputError, match="in which nothing was made yet"):
        restore(with_migrations(tmp_path, older), SILENT)


# Export ----------------------------------------------------------------------------------------


def test_the_export_is_readable_without_the_clinic(clinic: SmallClinic, tmp_path: Path) -> None:
    patient = clinic.patient()
    store(patient, "a/letter.txt", "text/plain", b"Dear colleague")
    done = export(tmp_path / "export", SILENT)
    assert (done.patients, done.files, done.damaged) == (1, 1, ())
    own = tmp_path / "export" / "patients" / patient.pseudonym
    with (own / "chart.jsonl").open("rb") as chart:
        stored = LedgerEntry.objects.filter(patient=patient).values_list("line", flat=True)
        assert [line.rstrip(b"\n") for line in chart] == [bytes(line) for line in stored]
    (letter,) = (own / "documents").iterdir()
    assert letter.read_text() == "Dear colleague"
    assert "Synthetic" in (tmp_path / "export" / "identities.csv").read_text()
    (log,) = IdentityLine.objects.values_list("line", flat=True)
    assert (own / "identity.jsonl").read_bytes() == bytes(log) + b"\n"
    anchors = (tmp_path / "export" / "patients.csv").read_text()
    assert patient.identity_sha256 in anchors
    assert patient.head_sha256 in anchors
    assert "Synthetic" not in anchors
    users = (tmp_path / "export" / "users.csv").read_text()
    assert clinic.people[Role.OPERATOR].display_name in users
    assert "md5" not in users


def test_a_damaged_chart_is_exported_as_it_is_and_named(
    clinic: SmallClinic, tmp_path: Path
) -> None:
    patient = clinic.patient()
    LedgerEntry.objects.filter(patient=patient).update(line=b"{}")
    done = export(tmp_path / "export", SILENT)
    assert done.damaged == (patient.pseudonym,)
    assert "Damaged charts" in done.sentence


def test_an_export_goes_into_an_empty_folder_only(clinic: SmallClinic, archive: Path) -> None:
    with pytest.raises(InputError, match="not an empty folder"):
        export(archive.parent, SILENT)
