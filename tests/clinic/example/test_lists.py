"""What lists say of a patient, against the stage at which the patient was invented."""

from __future__ import annotations

from clinic.example.made import SMALL, charts
from euthymia.clinic.example.draws import SESSIONS
from euthymia.clinic.example.stages import Stage
from euthymia.clinic.records.models import Patient, Way
from euthymia.clinic.records.overview import OverviewProjection

WAYS = {
    Stage.REFERRED: {Way.REFERRED, Way.ASSESSED},
    Stage.ASSESSED: {Way.ASSESSED},
    Stage.NOT_ELIGIBLE: {Way.ASSESSED},
    Stage.AWAITING_AUTHORIZATION: {Way.ASSESSED},
    Stage.PLANNED: {Way.PLANNED},
    Stage.SIGNED: {Way.SIGNED},
    Stage.IN_TREATMENT: {Way.IN_COURSE, Way.SIGNED},
    Stage.FINISHED: {Way.AFTER},
    Stage.IN_FOLLOW_UP: {Way.AFTER},
    Stage.TREATED_AGAIN: {Way.AFTER},
    Stage.STOPPED: {Way.AFTER},
}


def test_a_list_says_how_far_a_patient_has_come() -> None:
    for patient, chart in charts(SMALL):
        row = OverviewProjection().rows(Patient(pseudonym="SYN-0"), chart)[0]
        assert row.way in WAYS[patient.stage], patient.stage
        assert row.sessions_given <= SESSIONS
        if patient.stage is Stage.TREATED_AGAIN:
            assert row.sessions_given == SESSIONS
        if patient.stage is Stage.STOPPED:
            assert row.sessions_given < SESSIONS
