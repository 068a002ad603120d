"""Stimulators, coils and chairs, and the checks of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.office.reading import refused, text
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import (
    Membership,
    Role,
    Site,
)
from euthymia.clinic.office import equipment
from euthymia.clinic.office.models import Calibration, Chair, Coil, Device


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
    assert "not one of the available choices" in refused(page)
    assert not Coil.objects.exists()


def test_a_name_is_given_once_a_site(clinic: SmallClinic, admin: Client) -> None:
    Chair.objects.create(site=clinic.site, name="Chair 1")
    page = admin.post(
        reverse("office_new_equipment", args=["chair"]), {"site": clinic.site.pk, "name": "Chair 1"}
    )
    assert "already exists" in refused(page)


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
    assert "at another site" in refused(page)


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
    assert told in refused(
        admin.post(reverse("office_calibration", args=["device", there.pk]), form)
    )
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
