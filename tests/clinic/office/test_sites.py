"""Sites and the crisis lines of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.office.reading import refused, text
from euthymia.clinic.accounts.models import (
    Event,
    EventKind,
    Membership,
    Role,
    Site,
)
from euthymia.clinic.office import crisis
from euthymia.clinic.portal.crisis import crisis_lines


def site_form(**changes: str) -> dict[str, str]:
    return {
        "name": "West",
        "time_zone": "America/Chicago",
        "country": "us",
        "opens": "08:00",
        "closes": "17:00",
        "remind_hours": "24",
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
        ("remind_hours", "1", "2 to 168 hours"),
        ("name", "North", "already exists"),
        ("name", "", "required"),
    ],
)
def test_a_site_that_cannot_be_is_refused_beside_the_field(
    admin: Client, field: str, value: str, told: str
) -> None:
    page = refused(admin.post(reverse("office_new_site"), site_form(**{field: value})))
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
    page = refused(admin.post(reverse("office_crisis", args=[clinic.site.pk]), line))
    assert "error-summary" in page
    assert not crisis.path().exists()


def test_a_site_of_others_is_not_found(admin: Client, south: Site) -> None:
    assert admin.get(reverse("office_site", args=[south.pk])).status_code == 404
    assert "South" not in text(admin.get(reverse("office_sites")))
