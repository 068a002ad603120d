"""One fact of every kind, for the tests of entries, replay and cases."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from uuid import UUID

import numpy as np

from euthymia.assess.medication.trial import (
    Adherence,
    DoseStep,
    EpisodeFacts,
    EpisodeSeverity,
    MedicationTrial,
    Response,
    StopReason,
)
from euthymia.assess.safety.implants import Implant, ImplantKind
from euthymia.assess.safety.screen import Answer, ScreenAnswer
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.chart import Chart, replay
from euthymia.chart.course_facts import (
    AvailabilityRecorded,
    PlanProposed,
    PlanRequested,
    PlanSigned,
    SignatureMeaning,
)
from euthymia.chart.entries import Amended, AnyFact, Entry, Retracted
from euthymia.chart.envelope import Author
from euthymia.chart.patient_facts import (
    Diagnosis,
    EpisodeRecorded,
    Handedness,
    HeadMeasured,
    ImageAttached,
    ImplantRecorded,
    MedicationTrialRecorded,
    MedicinesRecorded,
    MotorThresholdMeasured,
    PatientRegistered,
    ScaleFilled,
    ScreenAnswered,
    Sex,
    ThresholdMethod,
)
from euthymia.chart.safety_facts import SafetyTaskClosed
from euthymia.chart.session_facts import AdverseEventRecorded, SessionDelivered, TrainDelivered
from euthymia.core.poses import Frame, Pose
from euthymia.plan.course.hours import Availability, Busy, Hours, WeekHours
from euthymia.plan.dose.values import Observation

AT = datetime(2026, 12, 10, 9, 0, tzinfo=timezone(timedelta(hours=-6)))
TODAY = AT.date()
AUTHOR = Author("Mira Lindqvist", "psychiatrist")
PLAN_SHA256 = "ab" * 32

PATIENT = PatientRegistered(
    pseudonym="SYN-1",
    synthetic=True,
    birth_year=1982,
    sex=Sex.FEMALE,
    handedness=Handedness.RIGHT,
    diagnosis=Diagnosis(system="ICD-10-CM", code="F33.2", label="MDD, recurrent, severe"),
)
TRIAL = MedicationTrialRecorded(
    trial=MedicationTrial(
        agent="sertraline",
        start=date(2025, 9, 8),
        end=date(2025, 12, 14),
        steps=(
            DoseStep(date(2025, 9, 8), date(2025, 9, 21), 50.0),
            DoseStep(date(2025, 9, 22), None, None),
        ),
        adherence=Adherence.GOOD,
        response=Response.NONE,
        stop_reason=StopReason.NO_BENEFIT,
        side_effects=("nausea",),
    )
)
EPISODE = EpisodeRecorded(
    episode=EpisodeFacts(date(2025, 8, 1), EpisodeSeverity.SEVERE, False, True, False)
)
THRESHOLD = MotorThresholdMeasured(
    measured_on=TODAY,
    intensity_pct_mso=52.0,
    low_pct_mso=49.5,
    high_pct_mso=54.5,
    state="resting",
    method=ThresholdMethod.ML_PEST,
    observation=Observation.EMG,
    muscle="right APB",
    stimulator="stimulator-a",
    coil="coil-a",
    coil_pose=Pose(np.eye(3), np.array([-38.0, -20.0, 90.0]), Frame.of_image("cd" * 32)),
    pulses=20,
)
AVAILABILITY = AvailabilityRecorded(
    availability=Availability(
        WeekHours.on(("mon", "tue", "wed", "thu", "fri"), "08:00-12:00"),
        (Busy.on(date(2027, 1, 22), "dentist", Hours(time(8), time(10))),),
    ),
    first_possible_day=date(2027, 1, 4),
    time_zone="America/Chicago",
    holiday_country="US",
    holiday_subdivision="MN",
)
PLAN = PlanProposed(plan_sha256=PLAN_SHA256, summary="10 Hz, left DLPFC", software="euthymia 0.1")

EVERY_KIND: tuple[AnyFact, ...] = (
    PATIENT,
    EPISODE,
    TRIAL,
    MedicinesRecorded(listed_on=TODAY, taken=("levothyroxine",), stopped=("lorazepam",)),
    ScreenAnswered(answered_on=TODAY, answers=(ScreenAnswer("seizure", Answer.NO),)),
    ImplantRecorded(implant=Implant(ImplantKind.COCHLEAR_IMPLANT, "left ear", 6.0)),
    ScaleFilled(
        score=ScaleScore("phq9", TODAY, 21, (3, 3, 3, 2, 2, 3, 2, 2, None)), rated_by="patient"
    ),
    HeadMeasured(
        measured_on=TODAY, nasion_inion_mm=355, tragus_tragus_mm=362.5, circumference_mm=560
    ),
    ImageAttached(file_name="T1.nii.gz", sha256="cd" * 32, acquired_on=TODAY),
    THRESHOLD,
    AVAILABILITY,
    PlanRequested(
        protocol="HF10-19", target="t", stimulator="s", coil="c", start_on=date(2027, 1, 4)
    ),
    PLAN,
    PlanSigned(plan_sha256=PLAN_SHA256, meaning=SignatureMeaning.APPROVED),
    SessionDelivered(
        number=1,
        protocol="HF10-19",
        started_at=AT - timedelta(hours=1),
        ended_at=AT - timedelta(minutes=30),
        pulses=3000,
        intensity_pct_mso=62.0,
        completed=True,
    ),
    TrainDelivered(
        session=1, number=1, started_at=AT - timedelta(hours=1), pulses=40, intensity_pct_mso=62.0
    ),
    AdverseEventRecorded(event="headache", onset_on=TODAY, severity="mild", serious=False),
    Amended(entry_id=str(UUID(int=2)), fact=EPISODE),
    Retracted(entry_id=str(UUID(int=5))),
)


SAFETY_TASK_CLOSED = SafetyTaskClosed(
    entry_id=str(UUID(int=2)),
    person="Mira Lindqvist",
    note="Asked today: passive thoughts, no plan; safety plan agreed",
    assessed_on=TODAY,
)
KINDS_SINCE: tuple[AnyFact, ...] = (SAFETY_TASK_CLOSED,)
"""Kinds of entry that came after the chart of schema version 1 was kept."""


def entry(number: int, fact: AnyFact, reason: str = "a slip of the pen") -> Entry:
    """Entry `number` of a chart, made `number` minutes after the start."""
    return Entry(
        number, str(UUID(int=number)), AT + timedelta(minutes=number), AUTHOR, reason, fact
    )


def chart_of(*facts: AnyFact) -> Chart:
    """The chart of these facts, recorded one after the other after the patient."""
    return replay(entry(number, fact) for number, fact in enumerate((PATIENT, *facts), start=1))


def phq9(total: float, on: date = TODAY) -> ScaleFilled:
    """A PHQ-9 of which only the total is known."""
    return ScaleFilled(score=ScaleScore("phq9", on, total))
