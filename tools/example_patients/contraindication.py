"""A man with a cochlear implant and a dose that nobody knows."""

from __future__ import annotations

from datetime import date

from euthymia.assess.medication.trial import (
    EpisodeFacts,
    EpisodeSeverity,
    Response,
    StopReason,
)
from euthymia.assess.safety.implants import Implant, ImplantKind
from euthymia.chart.course_facts import AvailabilityRecorded, PlanRequested
from euthymia.chart.patient_facts import (
    Diagnosis,
    EpisodeRecorded,
    Handedness,
    ImplantRecorded,
    MedicinesRecorded,
    PatientRegistered,
    Sex,
)
from euthymia.plan.course.hours import Availability, WeekHours
from example_patients.common import (
    NURSE,
    PSYCHIATRIST,
    TARGET,
    WEEKDAYS,
    Example,
    Visit,
    at,
    scale,
    screen,
    steps,
    trial,
)


def contraindication() -> Example:
    intake = date(2026, 12, 16)
    patient = PatientRegistered(
        pseudonym="SYN-003",
        synthetic=True,
        birth_date=date(1968, 9, 2),
        sex=Sex.MALE,
        handedness=Handedness.LEFT,
        diagnosis=Diagnosis(
            system="ICD-10-CM",
            code="F32.2",
            label="Major depressive disorder, single episode, severe without psychotic features",
        ),
    )
    history = (
        EpisodeRecorded(
            episode=EpisodeFacts(
                onset=date(2024, 10, 7),
                severity=EpisodeSeverity.SEVERE,
                psychotic=False,
                augmentation_used=False,
                ect_used=False,
            )
        ),
        trial(
            "sertraline",
            date(2024, 12, 2),
            date(2025, 2, 23),
            steps((date(2024, 12, 2), None)),
            response=Response.NONE,
            stop_reason=StopReason.NO_BENEFIT,
            note="By his family doctor, whose practice has closed; he does not recall the dose.",
        ),
        trial(
            "duloxetine",
            date(2025, 3, 3),
            date(2025, 6, 29),
            steps((date(2025, 3, 3), 30), (date(2025, 3, 17), 60)),
            response=Response.PARTIAL,
            stop_reason=StopReason.NO_BENEFIT,
        ),
        trial(
            "nortriptyline",
            date(2025, 7, 14),
            None,
            steps(
                (date(2025, 7, 14), 25),
                (date(2025, 7, 28), 75),
                (date(2025, 9, 1), 100),
            ),
            response=Response.NONE,
            stop_reason=StopReason.ONGOING,
            side_effects=("dry mouth",),
        ),
        scale("hamd17", intake, (3, 2, 0, 2, 2, 2, 3, 2, 0, 2, 1, 1, 2, 1, 1, 0, 0)),
        scale("madrs", intake, (4, 4, 3, 4, 2, 3, 4, 4, 3, 0)),
    )
    by_nurse = (
        scale("phq9", intake, (3, 3, 2, 3, 1, 2, 3, 2, 0)),
        screen(
            intake,
            {
                "medicines": "nortriptyline 100 mg, lisinopril 10 mg",
                "cochlear-implant": "right ear, since 2019",
                "hearing": "deaf in the right ear since mumps in childhood; left ear good",
            },
        ),
        ImplantRecorded(
            implant=Implant(
                ImplantKind.COCHLEAR_IMPLANT,
                location="right ear, receiver behind the ear",
                distance_from_coil_cm=14,
                removable=False,
                note="implanted in 2019; the distance is from the coil over the left DLPFC",
            )
        ),
        MedicinesRecorded(listed_on=intake, taken=("nortriptyline", "lisinopril")),
    )
    planned = (
        AvailabilityRecorded(
            availability=Availability(WeekHours.on(WEEKDAYS, "08:00-17:00")),
            first_possible_day=date(2027, 1, 18),
            time_zone="America/Chicago",
            holiday_country="US",
            holiday_subdivision="MN",
        ),
        PlanRequested(
            protocol="HF10-37",
            target=TARGET,
            stimulator="magventure-magpro-x100",
            coil="magventure-c-b60",
            start_on=date(2027, 1, 18),
        ),
    )
    return Example(
        "contraindication",
        "A contraindication",
        "A man of 58 in the third year of a severe first episode, who wears a cochlear implant: "
        "magnetic pulses may move, heat or destroy it, so that the plan must not go ahead. The "
        "dose of his sertraline is not known, so that the number of failed drugs, and with it "
        "his stage, is a range. No motor threshold was measured.",
        (
            Visit(at(intake, 9), PSYCHIATRIST, (patient, *history)),
            Visit(at(intake, 10, 30), NURSE, by_nurse),
            Visit(at(intake, 11, 30), PSYCHIATRIST, planned),
        ),
    )
