"""A woman with three adequate failures and a clean screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from euthymia.assess.medication.trial import (
    EpisodeFacts,
    EpisodeSeverity,
    Response,
    StopReason,
)
from euthymia.chart.course_facts import AvailabilityRecorded, PlanRequested
from euthymia.chart.entries import Amended
from euthymia.chart.patient_facts import (
    Diagnosis,
    EpisodeRecorded,
    Handedness,
    HeadMeasured,
    MedicationTrialRecorded,
    MedicinesRecorded,
    MotorThresholdMeasured,
    PatientRegistered,
    Sex,
    ThresholdMethod,
)
from euthymia.plan.course.hours import Availability, Busy, WeekHours
from euthymia.plan.dose.values import Observation
from example_patients.common import (
    NURSE,
    OPERATOR,
    PSYCHIATRIST,
    TARGET,
    WEEKDAYS,
    Example,
    Visit,
    at,
    entry_id,
    scale,
    screen,
    steps,
    trial,
)


def clear_candidate() -> Example:
    folder = "clear-candidate"
    intake, testing = date(2026, 12, 8), date(2026, 12, 9)
    sertraline = trial(
        "sertraline",
        date(2025, 9, 8),
        date(2025, 11, 30),
        steps((date(2025, 9, 8), 50), (date(2025, 9, 22), 100), (date(2025, 10, 20), 150)),
        response=Response.NONE,
        stop_reason=StopReason.NO_BENEFIT,
    )
    patient = PatientRegistered(
        pseudonym="SYN-001",
        synthetic=True,
        birth_date=date(1982, 5, 17),
        sex=Sex.FEMALE,
        handedness=Handedness.RIGHT,
        diagnosis=Diagnosis(
            system="ICD-10-CM",
            code="F33.2",
            label="Major depressive disorder, recurrent, severe without psychotic features",
        ),
    )
    history = (
        EpisodeRecorded(
            episode=EpisodeFacts(
                onset=date(2025, 8, 11),
                severity=EpisodeSeverity.SEVERE,
                psychotic=False,
                augmentation_used=True,
                ect_used=False,
            )
        ),
        trial(
            "citalopram",
            date(2014, 3, 3),
            date(2015, 2, 28),
            steps((date(2014, 3, 3), 20)),
            response=Response.REMISSION,
            stop_reason=StopReason.OTHER,
            current_episode=False,
            note="First episode, after the birth of her second child; stopped when well.",
        ),
        sertraline,
        trial(
            "venlafaxine XR",
            date(2025, 12, 15),
            date(2026, 7, 5),
            steps((date(2025, 12, 15), 75), (date(2025, 12, 29), 150), (date(2026, 2, 2), 225)),
            response=Response.PARTIAL,
            stop_reason=StopReason.NO_BENEFIT,
            side_effects=("sweating",),
        ),
        trial(
            "aripiprazole",
            date(2026, 4, 6),
            date(2026, 6, 21),
            steps((date(2026, 4, 6), 2), (date(2026, 4, 20), 5)),
            response=Response.NONE,
            stop_reason=StopReason.NO_BENEFIT,
            augments="venlafaxine XR",
        ),
        trial(
            "mirtazapine",
            date(2026, 7, 6),
            None,
            steps((date(2026, 7, 6), 15), (date(2026, 7, 20), 30), (date(2026, 8, 17), 45)),
            response=Response.NONE,
            stop_reason=StopReason.ONGOING,
            side_effects=("weight gain of 4 kg",),
            note="Kept on because she sleeps better with it.",
        ),
        trial(
            "cognitive behavioural therapy",
            date(2025, 10, 6),
            date(2026, 3, 23),
            (),
            response=Response.PARTIAL,
            stop_reason=StopReason.OTHER,
            sessions=18,
            note="Course completed.",
        ),
        scale("phq9", date(2025, 9, 8), (3, 3, 2, 3, 2, 2, 2, 1, 0)),
        scale("phq9", date(2025, 12, 15), (3, 3, 3, 3, 2, 2, 2, 1, 0)),
        scale("phq9", date(2026, 7, 6), (3, 2, 2, 3, 2, 2, 2, 1, 0)),
        scale("hamd17", intake, (3, 2, 0, 2, 2, 2, 3, 1, 1, 2, 2, 1, 2, 1, 1, 0, 0)),
        scale("madrs", intake, (4, 4, 3, 4, 2, 4, 4, 4, 4, 0)),
    )
    answers = screen(
        intake,
        {
            "medicines": "mirtazapine 45 mg, levothyroxine 75 micrograms; a glass of wine a month",
            "earlier-mri": "knee, 2019, no problem",
        },
    )
    by_nurse = (
        scale("phq9", intake, (3, 3, 3, 3, 2, 3, 2, 1, 0)),
        answers,
        MedicinesRecorded(listed_on=intake, taken=("mirtazapine", "levothyroxine")),
    )
    corrected = MedicationTrialRecorded(trial=replace(sertraline.trial, end=date(2025, 12, 14)))
    measured = (
        HeadMeasured(
            measured_on=testing, nasion_inion_mm=358, tragus_tragus_mm=364, circumference_mm=556
        ),
        MotorThresholdMeasured(
            measured_on=testing,
            intensity_pct_mso=52,
            low_pct_mso=49.6,
            high_pct_mso=54.5,
            state="resting",
            method=ThresholdMethod.ML_PEST,
            observation=Observation.EMG,
            muscle="right APB",
            stimulator="magventure-magpro-x100",
            coil="magventure-c-b60",
            pulses=22,
        ),
        AvailabilityRecorded(
            availability=Availability(
                WeekHours.on(WEEKDAYS, "08:00-12:00"),
                (
                    Busy.on(date(2027, 1, 22), "her daughter's operation"),
                    Busy(date(2027, 2, 11), date(2027, 2, 12), "her mother's birthday"),
                ),
            ),
            first_possible_day=date(2027, 1, 4),
            time_zone="America/Chicago",
            holiday_country="US",
            holiday_subdivision="MN",
        ),
    )
    request = PlanRequested(
        protocol="HF10-19",
        target=TARGET,
        stimulator="magventure-magpro-x100",
        coil="magventure-c-b60",
        start_on=date(2027, 1, 4),
    )
    return Example(
        folder,
        "A clear candidate",
        "A woman of 44 in the sixteenth month of a severe episode. Three antidepressants of "
        "three classes failed at full dose for long enough, one augmentation did not help, and "
        "the safety screen is clean. The motor threshold was measured with EMG. Entry "
        "17 corrects the end of the sertraline trial after a look at the pharmacy's record: "
        "the first version stays in the chart.",
        (
            Visit(at(intake, 9), PSYCHIATRIST, (patient, *history)),
            Visit(at(intake, 10, 30), NURSE, by_nurse),
            Visit(
                at(intake, 15),
                PSYCHIATRIST,
                (Amended(entry_id=entry_id(folder, 4), fact=corrected),),
                "The pharmacy's record shows sertraline 150 mg until 14 December 2025",
            ),
            Visit(at(testing, 9), OPERATOR, measured),
            Visit(at(testing, 11), PSYCHIATRIST, (request,)),
        ),
    )
