"""A patient whose chart holds a whole example case, on a day after all of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from clinic.conftest import SmallClinic
from clinic.pages import fill_from_example
from euthymia.chart.patient_facts import Diagnosis, PatientRegistered
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.records.models import Identity, Patient
from euthymia.clinic.records.services import next_pseudonym, register

LATER = datetime(2026, 12, 28, 10, 0, tzinfo=UTC)


@pytest.fixture
def candidate(clinic: SmallClinic) -> Iterator[Patient]:
    """The clear candidate among the examples; the clock stands after the last entry."""
    with clock.at(LATER):
        who = clinic.who(Role.PSYCHIATRIST)
        diagnosis = Diagnosis(system="ICD-10-CM", code="F33.2", label="MDD, recurrent, severe")
        fact = PatientRegistered(
            pseudonym=next_pseudonym("SYN"), synthetic=True, birth_year=1980, diagnosis=diagnosis
        )
        found = register(who, clinic.site, fact, Identity(family_name="Example"))
        fill_from_example(who, found, "clear-candidate")
        yield found
