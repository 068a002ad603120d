"""A man who tolerated nothing long enough for it to work."""

from __future__ import annotations

from datetime import date

from euthymia.assess.medication.trial import (
    DoseStep,
    EpisodeFacts,
    EpisodeSeverity,
    Response,
    StopReason,
)
from euthymia.chart.course_facts import AvailabilityRecorded, PlanRequested
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
    Example,
    Visit,
    at,
    scale,
    screen,
    steps,
    trial,
)


def intolerance() -> Example:
    intake, testing = date(2026, 12, 15), date(2026, 12, 17)
    patient = PatientRegistered(
        pseudonym="SYN-002",
        synthetic=True,
        birth_year=1995,
        sex=Sex.MALE,
        handedness=Handedness.RIGHT,
        diagnosis=Diagnosis(
            system="ICD-10-CM",
            code="F33.1",
            label="Major depressive disorder, recurrent, moderate",
        ),
    )

    def not_tolerated(
        agent: str, start: date, end: date, doses: tuple[DoseStep, ...], *effects: str
    ) -> MedicationTrialRecorded:
        return trial(
            agent,
            start,
            end,
            doses,
            response=Response.UNKNOWN,
            stop_reason=StopReason.SIDE_EFFECTS,
            side_effects=effects,
        )

    history = (
        EpisodeRecorded(
            episode=EpisodeFacts(
                onset=date(2026, 4, 6),
                severity=EpisodeSeverity.MODERATE,
                psychotic=False,
                augmentation_used=False,
                ect_used=False,
            )
        ),
        not_tolerated(
            "escitalopram",
            date(2026, 5, 4),
            date(2026, 5, 12),
            steps((date(2026, 5, 4), 10)),
            "nausea",
            "inner restlessness",
        ),
        not_tolerated(
            "sertraline",
            date(2026, 6, 1),
            date(2026, 6, 16),
            steps((date(2026, 6, 1), 25), (date(2026, 6, 8), 50)),
            "diarrhoea",
            "insomnia",
        ),
        not_tolerated(
            "duloxetine",
            date(2026, 7, 13),
            date(2026, 7, 18),
            steps((date(2026, 7, 13), 30)),
            "vomiting",
        ),
        not_tolerated(
            "mirtazapine",
            date(2026, 8, 10),
            date(2026, 8, 20),
            steps((date(2026, 8, 10), 15)),
            "sedation: fell asleep at work",
        ),
        not_tolerated(
            "bupropion XL",
            date(2026, 9, 21),
            date(2026, 10, 3),
            steps((date(2026, 9, 21), 150)),
            "tremor",
            "anxiety",
        ),
        trial(
            "interpersonal therapy",
            date(2026, 5, 18),
            date(2026, 9, 14),
            (),
            response=Response.PARTIAL,
            stop_reason=StopReason.OTHER,
            sessions=14,
        ),
        scale("hamd17", intake, (2, 2, 0, 2, 1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 0, 0)),
    )
    by_nurse = (
        scale("phq9", intake, (2, 3, 2, 2, 2, 2, 2, 1, 0)),
        screen(
            intake,
            {
                "syncope": "once, 2019, when blood was drawn; the cardiologist found nothing",
                "headache": "tension headache about twice a month",
            },
        ),
        MedicinesRecorded(listed_on=intake, taken=()),
    )
    measured = (
        HeadMeasured(
            measured_on=testing, nasion_inion_mm=371, tragus_tragus_mm=382, circumference_mm=584
        ),
        MotorThresholdMeasured(
            measured_on=testing,
            intensity_pct_mso=47,
            state="resting",
            method=ThresholdMethod.RELATIVE_FREQUENCY,
            observation=Observation.VISUAL,
            muscle="right APB",
            stimulator="magstim-super-rapid2-plus-115v",
            coil="magstim-70mm-fig8",
        ),
        AvailabilityRecorded(
            availability=Availability(
                WeekHours.of(
                    {
                        "mon": ("13:00-17:00",),
                        "tue": ("13:00-17:00",),
                        "wed": ("08:00-10:00", "15:00-17:00"),
                        "thu": ("13:00-17:00",),
                        "fri": ("12:00-16:00",),
                    }
                ),
                (Busy(date(2027, 2, 4), date(2027, 2, 5), "a conference"),),
            ),
            first_possible_day=date(2027, 1, 11),
            time_zone="America/Chicago",
            holiday_country="US",
            holiday_subdivision="MN",
        ),
    )
    request = PlanRequested(
        protocol="iTBS-600",
        target=TARGET,
        stimulator="magstim-super-rapid2-plus-115v",
        coil="magstim-70mm-fig8",
        start_on=date(2027, 1, 11),
    )
    return Example(
        "intolerance",
        "Intolerance, not resistance",
        "A man of 30 or 31 (only the year of birth is known) in the ninth month of a moderate "
        "episode. Five antidepressants were each stopped within sixteen days because of side "
        "effects, before any of them could work. None counts as a failure, so that no stage of "
        "resistance applies; payers and labels look at intolerance by itself. The motor threshold "
        "was judged by eye, and one fainting fit needs a word.",
        (
            Visit(at(intake, 13), PSYCHIATRIST, (patient, *history)),
            Visit(at(intake, 14, 30), NURSE, by_nurse),
            Visit(at(testing, 13), OPERATOR, measured),
            Visit(at(testing, 14), PSYCHIATRIST, (request,)),
        ),
    )
