"""What is checked before a command works, and the commands about people."""

from __future__ import annotations

import sqlite3
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from clinic.conftest import SmallClinic
from clinic.installation import Installation
from euthymia.clinic.accounts.models import Event, Membership, Role, Site, User
from euthymia.clinic.config.databases import SQLITE_PRAGMAS, database
from euthymia.clinic.config.place import Place, place
from euthymia.clinic.operation import ready as readiness
from euthymia.clinic.operation import startup, warming
from euthymia.clinic.operation.people import first_administrator, new_user, reset_user
from euthymia.clinic.records.models import Patient
from euthymia.core.errors import InputError, MissingPartError

HEAVY = ("numba", "nibabel", "pydicom", "skimage", "typst", "pandas", "pyarrow", "matplotlib")


def test_the_clinic_is_ready_without_its_heavy_parts(tmp_path: Path) -> None:
    """Server, worker and every command set up the whole clinic; pages import what they need."""
    loaded = Installation(tmp_path).python(
        "import sys\n"
        "from importlib import import_module\n"
        "from django.conf import settings\n"
        "assert len(import_module(settings.ROOT_URLCONF).urlpatterns) > 10\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules],"
        " [name for name in sys.modules if name.startswith(('scipy.sp', 'scipy.st', 'scipy.op'))])"
    )
    assert loaded == "[] []"


@pytest.mark.parametrize("name", warming.PARTS)
def test_what_is_imported_later_is_there(name: str) -> None:
    assert find_spec(name) is not None


def test_a_database_of_a_newer_version_is_refused(db: None) -> None:
    MigrationRecorder(connection).record_applied("clinic_records", "0999_later")
    with pytest.raises(InputError, match=r"newer version \(clinic_records\.0999_later"):
        startup.check_database()


def test_a_database_of_an_older_version_is_brought_up_by_serving_and_nothing_else(
    db: None,
) -> None:
    MigrationRecorder(connection).record_unapplied("clinic_office", "0001_initial")
    with pytest.raises(InputError, match="not up to this version"):
        startup.check_up_to_date()


def test_a_database_of_this_version_is_taken(db: None) -> None:
    startup.check_database()


def test_a_folder_that_cannot_be_written_to_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be written to"):
        startup.check_place(place({"EUTHYMIA_HOME": "/proc/nowhere"}))


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "NEEDS_FREE_BYTES", 2**80)
    with pytest.raises(InputError, match="200 MB"):
        startup.check_place(place({"EUTHYMIA_HOME": str(tmp_path)}))


def test_a_folder_keeps_the_mode_it_was_made_for(db: None, tmp_path: Path) -> None:
    home = {"EUTHYMIA_HOME": str(tmp_path)}
    startup.check_mode(place(home))
    startup.check_mode(place(home))
    with pytest.raises(InputError, match=r"another mode \(clinic\) than is asked for \(example"):
        startup.check_mode(place({**home, "EUTHYMIA_MODE": "example"}))


def test_real_patients_are_never_run_as_an_example(clinic: SmallClinic, tmp_path: Path) -> None:
    example = place({"EUTHYMIA_HOME": str(tmp_path), "EUTHYMIA_MODE": "example"})
    clinic.patient()
    startup.check_mode(example)
    Patient.objects.update(synthetic=False)
    with pytest.raises(InputError, match="not synthetic"):
        startup.check_mode(example)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("EUTHYMIA_MODE", "test", "clinic or example"),
        ("EUTHYMIA_HOSTS", "*", "a star lets any name in"),
        ("EUTHYMIA_HTTPS", "yes", "0 or 1"),
        ("EUTHYMIA_PROXY", "proxy.example.org", "no IP address"),
        ("EUTHYMIA_TIME_ZONE", "Mars", "no time zone"),
        ("EUTHYMIA_IDLE_MINUTES", "0", "1 to 1440"),
        ("EUTHYMIA_IDLE_MINUTES", "ten", "1 to 1440"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str, told: str) -> None:
    with pytest.raises(InputError, match=f"^{name}: .*{told}"):
        place({name: value})


@pytest.mark.parametrize(
    ("url", "told"),
    [("mysql://a@b/c", "not supported"), ("postgresql://a@b:port/c", "cannot be read")],
)
def test_a_database_that_cannot_be_meant_is_refused(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        database(place({"EUTHYMIA_HOME": str(tmp_path), "DATABASE_URL": url}))


def test_sqlite_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    options = database(place({"EUTHYMIA_HOME": str(tmp_path)}))["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in options["init_command"]
    assert "foreign_keys=ON" in options["init_command"]


def test_what_is_erased_leaves_no_trace_in_the_file_of_sqlite(tmp_path: Path) -> None:
    name = "Unusualname-of-somebody"
    file = sqlite3.connect(tmp_path / "small.sqlite3")
    file.execute("PRAGMA secure_delete=OFF")  # some builds of SQLite have it on by themselves
    file.executescript(SQLITE_PRAGMAS)
    file.execute("CREATE TABLE identity (family_name TEXT)")
    file.execute("INSERT INTO identity VALUES (?)", [name])
    file.commit()
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert name.encode() in (tmp_path / "small.sqlite3").read_bytes()
    file.execute("DELETE FROM identity")
    file.commit()
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    assert name.encode() not in (tmp_path / "small.sqlite3").read_bytes()


def test_a_secret_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    at: Place = place({"EUTHYMIA_HOME": str(tmp_path)})
    (key,) = at.secret_keys()
    assert at.secret_keys() == (key,)
    assert len(key) > 50
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_secret_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    for text in ("short", f"{'k' * 60}\nshort", ""):
        (tmp_path / "secret.key").write_text(text)
        with pytest.raises(InputError, match="too short"):
            place({"EUTHYMIA_HOME": str(tmp_path)}).secret_keys()


def test_older_secret_keys_stand_below_the_present_one(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text(f"{'n' * 60}\n{'o' * 60}\n")
    assert place({"EUTHYMIA_HOME": str(tmp_path)}).secret_keys() == ("n" * 60, "o" * 60)


def test_what_is_not_installed_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_NEEDED", ("django", "no_such_package"))
    with pytest.raises(MissingPartError, match=r"\(no_such_package\).*pip install .*clinic"):
        readiness.ready()


def test_an_example_is_not_made_in_a_clinic_for_real_patients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EUTHYMIA_MODE", "clinic")
    with pytest.raises(InputError, match="for real patients"):
        readiness.ready(example=True)


# People ----------------------------------------------------------------------------------------


def test_the_first_administrator_gets_a_password_that_is_good_once(db: None) -> None:
    said = first_administrator("North", "us", "ada", "Ada Meyer")
    user = User.objects.get()
    password = said.partition("the password ")[2].partition(",")[0]
    assert user.check_password(password)
    assert user.must_change_password
    assert Membership.objects.get().role == Role.ADMINISTRATOR
    assert Site.objects.get().country == "US"
    assert password not in str(list(Event.objects.values()))
    with pytest.raises(InputError, match="already has users"):
        first_administrator("North", "US", "eve", "Eve")


def test_users_are_made_with_roles_at_a_site(db: None) -> None:
    first_administrator("North", "US", "ada", "Ada Meyer")
    new_user("Jo", "Jo Park", ("operator", "coordinator"), "")
    assert set(Membership.objects.filter(user__username="jo").values_list("role", flat=True)) == {
        "operator",
        "coordinator",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("jo", "Jo Park", ("king",), ""), "Give one of: psychiatrist, operator"),
        (("jo", "Jo Park", ("patient",), ""), "no such role"),
        (("jo", "Jo Park", (), ""), "has no role"),
        (("jo", "", ("operator",), ""), "name as it stands in charts"),
        (("j o", "Jo Park", ("operator",), ""), "small letters or digits"),
        (("ada", "Jo Park", ("operator",), ""), "somebody has it"),
        (("jo", "Jo Park", ("operator",), "South"), "no such site.*North"),
    ],
)
def test_a_user_that_cannot_be_is_refused_with_the_remedy(
    db: None, words: tuple[str, str, tuple[str, ...], str], told: str
) -> None:
    first_administrator("North", "US", "ada", "Ada Meyer")
    with pytest.raises(InputError, match=told):
        new_user(*words)
    assert User.objects.count() == 1


def test_somebody_locked_out_is_let_in_again(db: None) -> None:
    first_administrator("North", "US", "ada", "Ada Meyer")
    User.objects.update(must_change_password=False)
    said = reset_user("ada")
    user = User.objects.get()
    assert user.must_change_password
    assert user.check_password(said.partition("the password ")[2].partition(",")[0])
    with pytest.raises(InputError, match="no such user"):
        reset_user("eve")
