"""What a page costs: so many queries at most, whatever the chart holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.conftest import SmallClinic
from clinic.intake.test_roles import OF_ENTRY, PAGES
from clinic.pages import address, chart_now
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.records import charts
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import Wanted, record_all

MOST = 20


@pytest.fixture
def patient(clinic: SmallClinic) -> Patient:
    """A patient with many entries, so that a query for each would show."""
    found, day = clinic.patient(), clock.today()
    scales = [
        ScaleFilled(score=ScaleScore("phq9", day - timedelta(days=n), total=9)) for n in range(40)
    ]
    notes = [NoteWritten(topic=NoteTopic.OTHER, text=f"Note {n}") for n in range(40)]
    who = clinic.who(Role.PSYCHIATRIST)
    record_all(who, found, [Wanted(fact) for fact in (*scales, *notes)], Action.WRITE_NOTE)
    return found


@pytest.mark.parametrize("name", [name for name in PAGES if name != "told_reading"])
def test_no_page_takes_more_than_twenty_queries(
    clinic: SmallClinic, patient: Patient, name: str
) -> None:
    browser = clinic.client(Role.PSYCHIATRIST)
    more = {"entry_id": chart_now(patient).notes[0].id} if name in OF_ENTRY else {}
    charts.forget_all()
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address(name, patient, **more)).status_code == 200
    assert len(queries) <= MOST, [query["sql"][:120] for query in queries.captured_queries]
