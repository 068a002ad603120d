"""What the newcomer's path came upon, small enough to be asked without a browser."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.pages import address, text_of
from euthymia.chart.appointment_facts import AppointmentSet, AppointmentsSet
from euthymia.chart.prescription_facts import FieldAtTarget
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.chair.summary import field_words
from euthymia.clinic.office.models import Chair, Coil, Device
from euthymia.clinic.prescribing.services import equipment_of
from euthymia.clinic.records.services import record


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.ADMINISTRATOR, "office"),
        (Role.RESEARCHER, "registry"),
        (Role.OPERATOR, "today"),
        (Role.PSYCHIATRIST, "today"),
    ],
)
def test_everybody_begins_where_their_work_is(clinic: SmallClinic, role: Role, place: str) -> None:
    assert clinic.client(role).get("/").headers["Location"] == reverse(place)


def test_the_planned_field_stands_with_its_interval_and_output() -> None:
    field = FieldAtTarget(
        v_per_m=72.0, low_v_per_m=49.0, high_v_per_m=96.0, output_pct_mso=55.0, stimulator="x"
    )
    said = field_words(field).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "72 V/m (49 to 96) at 55 % MSO"


def test_a_wish_begins_with_what_stands_at_a_chair_of_the_site(clinic: SmallClinic) -> None:
    assert equipment_of(clinic.site) == {}
    device = Device.objects.create(site=clinic.site, name="S", model="magventure-magpro-r30")
    coil = Coil.objects.create(site=clinic.site, name="C", model="magventure-c-b60")
    Chair.objects.create(site=clinic.site, name="A")
    chair = Chair.objects.create(site=clinic.site, name="B", device=device)
    chair.coils.add(coil)
    found = equipment_of(clinic.site)
    assert found == {"stimulator": "magventure-magpro-r30", "coil": "magventure-c-b60"}


def test_times_are_those_at_the_patients_site(clinic: SmallClinic) -> None:
    clinic.site.time_zone = "America/Chicago"
    clinic.site.save()
    with clock.at(datetime(2026, 11, 28, 9, 0, tzinfo=UTC)):
        patient = clinic.patient()
        visit = AppointmentSet(
            id="a1",
            session=1,
            start=datetime(2026, 11, 30, 15, 0, tzinfo=UTC),
            minutes=30,
            chair="Chair 1",
        )
        record(
            clinic.who(Role.COORDINATOR),
            patient,
            AppointmentsSet(appointments=(visit,)),
            Action.SET_APPOINTMENTS,
        )
        said = text_of(clinic.client(Role.OPERATOR).get(address("chair", patient)))
    assert "30 Nov 2026, 09:00" in said.replace("\N{NO-BREAK SPACE}", " ")
