"""A man whose course is complete: he responded, and part of it was lost nine months later."""

from __future__ import annotations

from datetime import date, timedelta

from euthymia.assess.medication.trial import (
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
    MedicinesRecorded,
    MotorThresholdMeasured,
    PatientRegistered,
    Sex,
    ThresholdMethod,
)
from euthymia.chart.session_facts import SessionDelivered
from euthymia.plan.course.hours import Availability, WeekHours
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
    scale,
    screen,
    steps,
    trial,
)

FIRST_SESSION = date(2025, 9, 8)
MISSED = {date(2025, 9, 18), date(2025, 9, 19), date(2025, 10, 13)}
SESSIONS = 30

# PHQ-9 by item, weekly; the one of the fourth week was forgotten.
SELF_RATED = {
    date(2025, 9, 4): (3, 3, 2, 3, 2, 3, 2, 1, 0),
    date(2025, 9, 12): (2, 3, 2, 3, 2, 2, 2, 1, 0),
    date(2025, 9, 22): (2, 2, 2, 2, 2, 2, 2, 1, 0),
    date(2025, 10, 10): (2, 1, 1, 2, 1, 1, 1, 1, 0),
    date(2025, 10, 17): (1, 1, 1, 1, 1, 1, 1, 0, 0),
    date(2025, 10, 24): (1, 1, 1, 1, 0, 1, 1, 0, 0),
    date(2025, 11, 20): (1, 0, 1, 1, 0, 1, 0, 0, 0),
    date(2026, 1, 22): (1, 0, 1, 1, 0, 0, 0, 0, 0),
    date(2026, 4, 24): (1, 1, 1, 1, 1, 0, 1, 0, 0),
    date(2026, 7, 24): (2, 1, 2, 2, 1, 1, 2, 0, 0),
    date(2026, 8, 7): (2, 2, 2, 2, 1, 2, 2, 1, 0),
}


def course_and_after() -> Example:
    intake, testing = date(2025, 8, 27), date(2025, 9, 4)
    patient = PatientRegistered(
        pseudonym="SYN-004",
        synthetic=True,
        birth_year=1968,
        sex=Sex.MALE,
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
                onset=date(2024, 10, 1),
                severity=EpisodeSeverity.SEVERE,
                psychotic=False,
                augmentation_used=False,
                ect_used=False,
            )
        ),
        trial(
            "sertraline",
            date(2024, 11, 4),
            date(2025, 2, 3),
            steps((date(2024, 11, 4), 50), (date(2024, 12, 2), 150)),
            response=Response.PARTIAL,
            stop_reason=StopReason.NO_BENEFIT,
        ),
        trial(
            "venlafaxine",
            date(2025, 2, 10),
            None,
            steps((date(2025, 2, 10), 75), (date(2025, 3, 3), 225)),
            response=Response.PARTIAL,
            stop_reason=StopReason.ONGOING,
        ),
        scale("hamd17", testing, (3, 2, 0, 2, 1, 2, 3, 1, 1, 2, 2, 1, 2, 1, 1, 0, 0)),
    )
    by_nurse = (
        screen(intake, {}),
        MedicinesRecorded(listed_on=intake, taken=("venlafaxine",)),
    )
    threshold = MotorThresholdMeasured(
        measured_on=testing,
        intensity_pct_mso=49,
        low_pct_mso=47,
        high_pct_mso=51,
        state="resting",
        method=ThresholdMethod.RELATIVE_FREQUENCY,
        observation=Observation.EMG,
        muscle="right APB",
        stimulator="magventure-magpro-r30",
        coil="magventure-c-b60",
        pulses=44,
    )
    request = PlanRequested(
        protocol="HF10-19",
        target=TARGET,
        stimulator="magventure-magpro-r30",
        coil="magventure-c-b60",
        start_on=FIRST_SESSION,
    )
    availability = AvailabilityRecorded(
        availability=Availability(WeekHours.of(dict.fromkeys(WEEKDAYS, ("09:00-11:00",)))),
        first_possible_day=FIRST_SESSION,
        time_zone="America/Chicago",
        holiday_country="US",
    )
    visits = [
        Visit(at(intake, 9), PSYCHIATRIST, (patient, *history[:-1])),
        Visit(at(intake, 11), NURSE, by_nurse),
        Visit(at(testing, 10), OPERATOR, (threshold,)),
        Visit(at(testing, 14), PSYCHIATRIST, (history[-1], availability, request)),
    ]
    visits += [Visit(at(day, 10), OPERATOR, (_session(n, day),)) for n, day in _days()]
    visits += [
        Visit(at(day, 12), NURSE, (scale("phq9", day, items),)) for day, items in SELF_RATED.items()
    ]
    last = date(2025, 10, 27)
    visits.append(
        Visit(
            at(last, 15),
            PSYCHIATRIST,
            (scale("hamd17", last, (1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0)),),
        )
    )
    return Example(
        "course-and-after",
        "A course, and the year after",
        "A man of 56 who had 30 sessions of 10 Hz in the autumn of 2025, with three missed days. "
        "He improved gradually and responded. One weekly questionnaire was forgotten, which shows "
        "as a gap. Nine months after the course the scores rise again: `euthymia follow` warns.",
        tuple(sorted(visits, key=lambda visit: visit.start)),
    )


def _days() -> list[tuple[int, date]]:
    """The session's number with its day, on weekdays without the missed ones."""
    found: list[tuple[int, date]] = []
    day = FIRST_SESSION
    while len(found) < SESSIONS:
        if day.weekday() < 5 and day not in MISSED:
            found.append((len(found) + 1, day))
        day += timedelta(days=1)
    return found


def _session(number: int, day: date) -> SessionDelivered:
    return SessionDelivered(
        number=number,
        protocol="HF10-19",
        started_at=at(day, 9, 30),
        ended_at=at(day, 9, 49),
        pulses=3000,
        intensity_pct_mso=58.8,
        completed=True,
    )
