"""Users, their roles, and shutting them out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.office.reading import refused, text
from euthymia.clinic.accounts.models import (
    Event,
    Membership,
    Role,
    Site,
    User,
)


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
    assert told in refused(admin.post(reverse("office_new_user"), new_user(clinic.site, **changes)))
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
    assert "nobody left to administer it" in refused(page)
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
