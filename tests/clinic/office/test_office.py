"""Administration, tried as an administrator would, and as those who may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import (
    EmergencyAccess,
    Event,
    EventKind,
    Membership,
    Role,
    Site,
    User,
)
from euthymia.clinic.jobs.models import Job, State
from euthymia.clinic.jobs.performing import begin, perform
from euthymia.clinic.office import audit, crisis, equipment
from euthymia.clinic.office.models import Calibration, Chair, Coil, Device
from euthymia.clinic.office.services import erase_identity
from euthymia.clinic.portal.crisis import crisis_lines
from euthymia.clinic.records.documents import path_of, store
from euthymia.clinic.records.models import Document, Identity, LedgerEntry, Patient, Reading

PAGES = (
    "office",
    "office_rules",
    "office_jobs",
    "office_sites",
    "office_new_site",
    "office_users",
    "office_new_user",
    "office_equipment",
    "office_audit",
    "office_readings",
    "office_identities",
    "office_events",
    "office_emergencies",
    "office_backup",
    "office_erasure",
)


@pytest.fixture
def south(clinic: SmallClinic) -> Site:
    """Another site, with an administrator and an operator of its own."""
    site = Site.objects.create(name="South", time_zone="UTC", country="US")
    for role in (Role.ADMINISTRATOR, Role.OPERATOR):
        user = User.objects.create_user(f"south-{role.value}", display_name=f"South {role.label}")
        Membership.objects.create(user=user, site=site, role=role.value)
    return site


@pytest.fixture
def admin(clinic: SmallClinic) -> Client:
    return clinic.client(Role.ADMINISTRATOR)


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "role", [Role.PSYCHIATRIST, Role.OPERATOR, Role.COORDINATOR, Role.RESEARCHER]
)
def test_administration_is_for_administrators(clinic: SmallClinic, name: str, role: Role) -> None:
    assert clinic.client(role).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_every_page_answers_an_administrator_in_few_queries(
    clinic: SmallClinic, admin: Client, name: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        clinic.patient()
    with django_assert_max_num_queries(20):
        page = text(admin.get(reverse(name)))
    assert page.count("<h1") == 1


# Sites -----------------------------------------------------------------------------------------


def site_form(**changes: str) -> dict[str, str]:
    return {
        "name": "West",
        "time_zone": "America/Chicago",
        "country": "us",
        "opens": "08:00",
        "closes": "17:00",
        **changes,
    }


def test_a_new_site_is_administered_by_whoever_made_it(clinic: SmallClinic, admin: Client) -> None:
    admin.post(reverse("office_new_site"), site_form())
    site = Site.objects.get(name="West")
    assert site.country == "US"
    assert Membership.objects.filter(site=site).get().user == clinic.people[Role.ADMINISTRATOR]
    assert Event.objects.filter(kind=EventKind.SITE_CHANGED).exists()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("time_zone", "Mars/Olympus", "no such time zone"),
        ("country", "USA", "at most 2"),
        ("country", "1", "two letters"),
        ("closes", "07:00", "close after it opens"),
        ("name", "North", "already exists"),
        ("name", "", "required"),
    ],
)
def test_a_site_that_cannot_be_is_refused_beside_the_field(
    admin: Client, field: str, value: str, told: str
) -> None:
    page = text(admin.post(reverse("office_new_site"), site_form(**{field: value})))
    assert told in page
    assert 'href="#id_' in page
    assert "America/Chicago" in page or field == "time_zone"
    assert not Site.objects.filter(name="West").exists()


def test_the_site_page_shows_whom_its_patients_can_call(clinic: SmallClinic, admin: Client) -> None:
    assert "988" in text(admin.get(reverse("office_site", args=[clinic.site.pk])))


@pytest.fixture
def no_own_lines() -> Iterator[None]:
    yield
    crisis.path().unlink(missing_ok=True)


def test_a_site_has_crisis_lines_of_its_own(
    clinic: SmallClinic, admin: Client, south: Site, no_own_lines: None
) -> None:
    crisis.path().write_text('[[line]]\nsite = "South"\nname = "S"\nshow = "2"\ncall = "22"\n')
    address = reverse("office_crisis", args=[clinic.site.pk])
    line = {"name": 'Night "duty"', "show": "+1 312", "call": "+13125550100", "how": "At night"}
    admin.post(address, line)
    page = reverse("office_site", args=[clinic.site.pk])
    assert "Night &quot;duty&quot;" in text(admin.get(page))
    first, *others = crisis_lines("US", "North")
    assert (first.name, first.call) == ('Night "duty"', "+13125550100")
    assert [each.call for each in others] == [each.call for each in crisis_lines("US")]
    assert crisis_lines("US", "South")[0].call == "22"

    admin.post(page, site_form(name="Far North", country="US"))
    assert crisis_lines("US", "Far North")[0].call == "+13125550100"
    admin.post(reverse("office_crisis_remove", args=[clinic.site.pk]), {"call": "+13125550100"})
    assert crisis_lines("US", "Far North") == crisis_lines("US")
    assert crisis_lines("US", "South")[0].call == "22"


@pytest.mark.parametrize("call", ["ask at the desk", "911; 988", ""])
def test_a_crisis_line_that_cannot_be_dialled_is_refused(
    clinic: SmallClinic, admin: Client, call: str
) -> None:
    line = {"name": "Desk", "show": "desk", "call": call}
    page = text(admin.post(reverse("office_crisis", args=[clinic.site.pk]), line))
    assert "error-summary" in page
    assert not crisis.path().exists()


def test_a_site_of_others_is_not_found(admin: Client, south: Site) -> None:
    assert admin.get(reverse("office_site", args=[south.pk])).status_code == 404
    assert "South" not in text(admin.get(reverse("office_sites")))


# Users -----------------------------------------------------------------------------------------


def new_user(site: Site, **changes: object) -> dict[str, object]:
    return {
        "username": "JPark",
        "display_name": "Jo Park",
        f"site_{site.pk}": ["operator", "coordinator"],
        **changes,
    }


def test_a_new_user_gets_a_password_that_is_good_once(clinic: SmallClinic, admin: Client) -> None:
    answer = admin.post(reverse("office_new_user"), new_user(clinic.site))
    user = User.objects.get(username="jpark")
    password = answer.context["password"]
    assert password in text(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert user.check_password(password)
    assert user.must_change_password
    assert {each.role for each in user.memberships.all()} == {"operator", "coordinator"}
    assert password not in str(list(Event.objects.values()))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"username": "operator"}, "Somebody has that name"),
        ({"username": "jo park"}, "small letters or digits"),
        ({"display_name": ""}, "required"),
        ({"site": []}, "at least one role"),
        ({"site": ["patient"]}, "not one of the available choices"),
        ({"site": ["king"]}, "not one of the available choices"),
    ],
)
def test_a_user_that_cannot_be_is_refused(
    clinic: SmallClinic, admin: Client, changes: dict[str, object], told: str
) -> None:
    if "site" in changes:
        changes = {f"site_{clinic.site.pk}": changes["site"]}
    before = User.objects.count()
    assert told in text(admin.post(reverse("office_new_user"), new_user(clinic.site, **changes)))
    assert User.objects.count() == before


def test_roles_at_other_sites_stay_as_they_are(
    clinic: SmallClinic, admin: Client, south: Site
) -> None:
    user = clinic.people[Role.OPERATOR]
    Membership.objects.create(user=user, site=south, role=Role.COORDINATOR)
    admin.post(
        reverse("office_user", args=[user.pk]),
        {f"site_{clinic.site.pk}": ["researcher"], f"site_{south.pk}": ["administrator"]},
    )
    held = set(user.memberships.values_list("site__name", "role"))
    assert held == {("North", "researcher"), ("South", "coordinator")}


def test_the_last_administrator_cannot_be_lost(clinic: SmallClinic, admin: Client) -> None:
    user = clinic.people[Role.ADMINISTRATOR]
    page = admin.post(reverse("office_user", args=[user.pk]), {f"site_{clinic.site.pk}": []})
    assert "nobody left to administer it" in text(page)
    admin.post(reverse("office_user_active", args=[user.pk]), {"active": "0"})
    user.refresh_from_db()
    assert user.is_active
    assert user.memberships.get().role == Role.ADMINISTRATOR


def test_who_is_shut_out_is_logged_off_at_once(clinic: SmallClinic, admin: Client) -> None:
    operator = clinic.client(Role.OPERATOR)
    assert operator.get("/patients/").status_code == 200
    user = clinic.people[Role.OPERATOR]
    admin.post(reverse("office_user_active", args=[user.pk]), {"active": "0"})
    assert operator.get("/patients/").status_code == 302
    admin.post(reverse("office_user_active", args=[user.pk]), {"active": "1"})
    user.refresh_from_db()
    assert user.is_active


def test_a_reset_asks_first_and_then_takes_password_and_sessions(
    clinic: SmallClinic, admin: Client
) -> None:
    operator = clinic.client(Role.OPERATOR)
    user = clinic.people[Role.OPERATOR]
    address = reverse("office_user_reset", args=[user.pk])
    assert "second factor" in text(admin.get(address))
    assert operator.get("/patients/").status_code == 200
    answer = admin.post(address)
    user.refresh_from_db()
    assert user.check_password(answer.context["password"])
    assert operator.get("/patients/").status_code == 302


def test_users_of_other_sites_are_out_of_reach(admin: Client, south: Site) -> None:
    theirs = User.objects.get(username="south-operator")
    assert "south-operator" not in text(admin.get(reverse("office_users")))
    for name in ("office_user", "office_user_active", "office_user_reset"):
        assert admin.post(reverse(name, args=[theirs.pk]), {"active": "0"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.is_active


def test_a_patients_account_is_no_user_of_the_office(clinic: SmallClinic, admin: Client) -> None:
    account = clinic.account_of(clinic.patient())
    assert admin.get(reverse("office_user", args=[account.pk])).status_code == 404


# Equipment -------------------------------------------------------------------------------------


def device(site: Site, name: str = "Stimulator 1") -> Device:
    return Device.objects.create(site=site, name=name, model="magventure-magpro-r30")


def test_equipment_is_entered_from_the_catalogues(clinic: SmallClinic, admin: Client) -> None:
    form = equipment.DeviceForm(sites=Site.objects.all())
    model = form.fields["model"].choices[0][0]
    common = {"site": clinic.site.pk, "in_use": "on"}
    admin.post(
        reverse("office_new_equipment", args=["device"]),
        {**common, "name": "Stimulator 1", "model": model, "serial_number": "12"},
    )
    made = Device.objects.get()
    admin.post(
        reverse("office_new_equipment", args=["chair"]),
        {**common, "name": "Chair 1", "device": made.pk},
    )
    assert Chair.objects.get().device == made
    page = text(admin.get(reverse("office_equipment")))
    assert "Chair 1" in page
    assert "due now" in page


def test_a_model_that_is_not_in_the_catalogue_is_refused(
    clinic: SmallClinic, admin: Client
) -> None:
    page = admin.post(
        reverse("office_new_equipment", args=["coil"]),
        {"site": clinic.site.pk, "name": "Coil", "model": "butterfly net"},
    )
    assert "not one of the available choices" in text(page)
    assert not Coil.objects.exists()


def test_a_name_is_given_once_a_site(clinic: SmallClinic, admin: Client) -> None:
    Chair.objects.create(site=clinic.site, name="Chair 1")
    page = admin.post(
        reverse("office_new_equipment", args=["chair"]), {"site": clinic.site.pk, "name": "Chair 1"}
    )
    assert "already exists" in text(page)


def test_a_chair_and_its_stimulator_stand_at_the_same_site(
    clinic: SmallClinic, admin: Client, south: Site
) -> None:
    Membership.objects.create(
        user=clinic.people[Role.ADMINISTRATOR], site=south, role=Role.ADMINISTRATOR
    )
    theirs = device(south)
    page = admin.post(
        reverse("office_new_equipment", args=["chair"]),
        {"site": clinic.site.pk, "name": "Chair 1", "device": theirs.pk},
    )
    assert "at another site" in text(page)


def check(on: date, due: date, **changes: str) -> dict[str, str]:
    return {
        "on": on.isoformat(),
        "next_due": due.isoformat(),
        "checked_by": "Maker's service",
        "passed": "on",
        **changes,
    }


def test_a_check_is_recorded_and_puts_off_the_next(clinic: SmallClinic, admin: Client) -> None:
    there = device(clinic.site)
    today = clock.today()
    assert equipment.due([clinic.site], today) == [there]
    address = reverse("office_calibration", args=["device", there.pk])
    admin.post(address, check(today, today + timedelta(days=365)))
    assert Calibration.objects.get().recorded_by == clinic.people[Role.ADMINISTRATOR]
    assert equipment.due([clinic.site], today) == []
    assert equipment.due([clinic.site], today + timedelta(days=366)) == [there]


def test_what_did_not_pass_stays_due(clinic: SmallClinic, admin: Client) -> None:
    there = device(clinic.site)
    today = clock.today()
    form = check(today, today + timedelta(days=365))
    del form["passed"]
    admin.post(reverse("office_calibration", args=["device", there.pk]), form)
    assert equipment.due([clinic.site], today) == [there]
    assert "did not pass" in text(admin.get(reverse("office_equipment")))


@pytest.mark.parametrize(
    ("on_days", "due_days", "told"), [(1, 300, "still to come"), (0, 0, "after the day")]
)
def test_a_check_that_cannot_be_is_refused(
    clinic: SmallClinic, admin: Client, on_days: int, due_days: int, told: str
) -> None:
    there = device(clinic.site)
    today = clock.today()
    form = check(today + timedelta(days=on_days), today + timedelta(days=due_days))
    assert told in text(admin.post(reverse("office_calibration", args=["device", there.pk]), form))
    assert not Calibration.objects.exists()


def test_equipment_out_of_use_is_not_due(clinic: SmallClinic) -> None:
    there = device(clinic.site)
    Device.objects.update(in_use=False)
    assert equipment.due([clinic.site], clock.today()) == []
    assert there.pk


def test_equipment_of_other_sites_is_out_of_reach(admin: Client, south: Site) -> None:
    there = device(south)
    assert admin.get(reverse("office_one_equipment", args=["device", there.pk])).status_code == 404
    assert admin.get(reverse("office_calibration", args=["device", there.pk])).status_code == 404
    assert admin.get(reverse("office_new_equipment", args=["spoon"])).status_code == 404


# Audit -----------------------------------------------------------------------------------------


def test_the_log_says_that_something_was_written_and_not_what(
    clinic: SmallClinic, admin: Client, south: Site
) -> None:
    patient, theirs = clinic.patient(), clinic.patient(south)
    page = text(admin.get(reverse("office_audit")))
    assert patient.pseudonym in page
    assert "patient registered" in page
    assert "1980" not in page
    assert theirs.pseudonym not in page
    assert "Example, Synthetic" not in page


def test_the_log_is_narrowed_by_person_patient_and_day(clinic: SmallClinic, admin: Client) -> None:
    first, second = clinic.patient(), clinic.patient()
    address = reverse("office_audit")
    author = clinic.people[Role.COORDINATOR].pk
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()

    def shown(**asked: object) -> set[str]:
        page = text(admin.get(address, asked))
        return {each.pseudonym for each in (first, second) if f"{each.pseudonym}<" in page}

    assert shown(code=first.pseudonym.lower()) == {first.pseudonym}
    assert len(shown(user=author)) == 2
    assert shown(user=clinic.people[Role.OPERATOR].pk) == set()
    assert shown(since=tomorrow) == set()
    assert len(shown(until=clock.today().isoformat())) == 2


def test_a_long_log_is_not_counted_to_its_end(
    clinic: SmallClinic, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "AT_MOST", 3)
    for _ in range(5):
        clinic.patient()
    page = text(admin.get(reverse("office_audit")))
    assert page.count("patient registered") == 3
    assert "The newest 3 are shown" in page


def test_readings_are_listed(clinic: SmallClinic, admin: Client) -> None:
    patient = clinic.patient()
    clinic.client(Role.OPERATOR).get(f"/patients/{patient.pk}/")
    page = text(admin.get(reverse("office_readings")))
    assert patient.pseudonym in page
    assert "Operator Example" in page


def test_the_log_of_identities_says_which_fields_and_never_what(
    clinic: SmallClinic, admin: Client, south: Site
) -> None:
    patient, theirs = clinic.patient(), clinic.patient(south)
    erase_identity(clinic.who(Role.ADMINISTRATOR), patient, "Request of 3 Nov", with_files=False)
    page = text(admin.get(reverse("office_identities")))
    assert "added: family name, given name" in page
    assert "removed: family name, given name" in page
    assert "Request of 3 Nov" in page
    assert "Coordinator Example" in page
    assert theirs.pseudonym not in page
    assert "Synthetic" not in page


def emergency(clinic: SmallClinic, patient: Patient, role: Role = Role.OPERATOR) -> EmergencyAccess:
    now = clock.now()
    return EmergencyAccess.objects.create(
        user=clinic.people[role],
        patient_id=patient.pk,
        reason="Found unwell in the hall",
        since=now,
        until=now + timedelta(hours=4),
    )


def test_an_emergency_is_reviewed_by_somebody_else(clinic: SmallClinic, admin: Client) -> None:
    patient = clinic.patient()
    access = emergency(clinic, patient)
    user = clinic.people[Role.OPERATOR]
    Reading.objects.create(
        user=user,
        patient=patient,
        at=clock.now(),
        what="read a chart",
        route="x",
        in_emergency=True,
    )
    assert "to review" in text(admin.get(reverse("office_emergencies")))
    address = reverse("office_emergency", args=[access.pk])
    page = text(admin.get(address))
    assert "Found unwell in the hall" in page
    assert "read a chart" in page
    admin.post(address, {"note": "Sound."})
    access.refresh_from_db()
    assert access.reviewed_by == clinic.people[Role.ADMINISTRATOR]
    assert access.review_note == "Sound."
    admin.post(address, {"note": "Something else."})
    access.refresh_from_db()
    assert access.review_note == "Sound."


def test_nobody_reviews_their_own_emergency(clinic: SmallClinic, admin: Client) -> None:
    access = emergency(clinic, clinic.patient(), Role.ADMINISTRATOR)
    page = admin.post(reverse("office_emergency", args=[access.pk]), {"note": "All was well."})
    assert "nobody reviews their own" in text(page)
    access.refresh_from_db()
    assert access.reviewed_at is None


# Backup ----------------------------------------------------------------------------------------


def test_verifying_is_started_as_a_job_and_noted(clinic: SmallClinic, admin: Client) -> None:
    clinic.patient()
    admin.post(reverse("office_backup_start"), {"kind": "verify"})
    job = begin(str(Job.objects.get().pk))
    assert job is not None
    perform(job)
    job.refresh_from_db()
    assert (job.state, job.error) == (State.DONE, "")
    page = text(admin.get(reverse("office_backup")))
    assert "0 faults" in page
    assert "Open the result" in page


def test_a_fault_fails_the_job_with_its_name(clinic: SmallClinic, admin: Client) -> None:
    patient = clinic.patient()
    LedgerEntry.objects.update(kind="other")
    admin.post(reverse("office_backup_start"), {"kind": "verify"})
    job = begin(str(Job.objects.get().pk))
    assert job is not None
    perform(job)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert f"{patient.pseudonym} entry 1" in job.error


def test_no_other_job_is_started_from_there(admin: Client) -> None:
    answer = admin.post(reverse("office_backup_start"), {"kind": "make_plan"})
    assert answer.status_code == 422
    assert not Job.objects.exists()


# Erasing ---------------------------------------------------------------------------------------


def test_erasing_an_identity_leaves_the_chart(clinic: SmallClinic, admin: Client) -> None:
    patient, other = clinic.patient(), clinic.patient()
    account = clinic.account_of(patient)
    alone = store(patient, "letter.pdf", "application/pdf", b"Dear Example")
    shared = store(patient, "note.txt", "text/plain", b"Shared")
    store(other, "note.txt", "text/plain", b"Shared")
    found = admin.get(reverse("office_erasure"), {"code": patient.pseudonym.lower()})
    assert found.url == reverse("office_erase", args=[patient.pk])
    form = {"reason": "Request of 3 Nov", "typed": patient.pseudonym, "with_files": "on"}
    assert admin.post(found.url, form).status_code == 302
    assert list(Identity.objects.values_list("patient_id", flat=True)) == [other.pk]
    assert LedgerEntry.objects.filter(patient=patient).count() == 1
    assert not path_of(alone.sha256).exists()
    assert path_of(shared.sha256).exists()
    assert Document.objects.get().patient == other
    account.refresh_from_db()
    assert not account.is_active
    assert "Example" not in f"{account.display_name} {account.username}"
    assert Event.objects.get(kind=EventKind.IDENTITY_ERASED).about.startswith(patient.pseudonym)


def test_files_can_be_kept(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    kept = store(patient, "image.nii.gz", "application/gzip", b"image")
    erase_identity(clinic.who(Role.ADMINISTRATOR), patient, "Request", with_files=False)
    assert path_of(kept.sha256).exists()
    assert Document.objects.filter(patient=patient).exists()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"reason": "Request of 3 Nov", "typed": "SYN-x"}, "not the code above"),
        ({"reason": "no", "typed": "right"}, "at least 10"),
    ],
)
def test_an_erasure_is_confirmed_by_the_code_and_a_reason(
    clinic: SmallClinic, admin: Client, form: dict[str, str], told: str
) -> None:
    patient = clinic.patient()
    if form["typed"] == "right":
        form = {**form, "typed": patient.pseudonym}
    assert told in text(admin.post(reverse("office_erase", args=[patient.pk]), form))
    assert Identity.objects.exists()


def test_patients_of_other_sites_cannot_be_erased(
    clinic: SmallClinic, admin: Client, south: Site
) -> None:
    patient = clinic.patient(south)
    assert admin.get(reverse("office_erase", args=[patient.pk])).status_code == 404
    page = text(admin.get(reverse("office_erasure"), {"code": patient.pseudonym}))
    assert "No patient of your sites" in page
