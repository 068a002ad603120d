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
from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentMoved,
    AppointmentReason,
    AppointmentSet,
    AppointmentsSet,
)
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
from euthymia.chart.follow_up_facts import (
    CourseEnded,
    EndReason,
    FollowUpDone,
    FollowUpSet,
    ReminderSent,
)
from euthymia.chart.intake_facts import (
    AuthorizationRecorded,
    AuthorizationStatus,
    ConsentAbout,
    ConsentDecision,
    ConsentRecorded,
    NoteTopic,
    NoteWritten,
    ReferralReceived,
)
from euthymia.chart.letter_facts import LetterSigned
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
from euthymia.chart.prescription_facts import (
    DeviationSigned,
    FieldAtTarget,
    PlacementChosen,
    PrescriptionSigned,
    PrescriptionWritten,
)
from euthymia.chart.safety_facts import SafetyTaskClosed
from euthymia.chart.session_facts import AdverseEventRecorded, SessionDelivered, TrainDelivered
from euthymia.core.poses import Frame, Pose
from euthymia.plan.course.hours import Availability, Busy, Hours, WeekHours
from euthymia.plan.dose.values import Observation
from euthymia.plan.protocol.catalogue import entry as known_protocol
from euthymia.plan.protocol.schema import to_json

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
PLACEMENT = PlacementChosen(
    chosen_on=TODAY,
    target="t",
    coil="c",
    how="bench",
    head="ef" * 32,
    pose=Pose(np.eye(3), np.array([-38.0, 44.0, 66.0]), Frame.of_image("cd" * 32)),
    field=FieldAtTarget(
        v_per_m=92.0,
        low_v_per_m=80.0,
        high_v_per_m=104.0,
        output_pct_mso=62.0,
        stimulator="s",
        how="conductivities and pose",
    ),
)
PRESCRIPTION = PrescriptionWritten(
    written_on=TODAY,
    protocol="iTBS-600",
    protocol_json=to_json(known_protocol("iTBS-600").build()),
    output_pct_rmt=120.0,
    outputs_pct_mso=(62.0,),
    stimulator="s",
    coil="c",
    target="t",
    placement_text="By navigation, at the pose chosen at the bench",
    sessions=30,
)


def signed(
    fact: PrescriptionWritten, meaning: SignatureMeaning = SignatureMeaning.APPROVED
) -> PrescriptionSigned:
    """The signature on a prescription."""
    return PrescriptionSigned(prescription_sha256=fact.sha256, meaning=meaning)


DEVIATION = DeviationSigned(
    session=3,
    on=TODAY,
    prescription_sha256=PRESCRIPTION.sha256,
    protocol="iTBS-600",
    protocol_json=PRESCRIPTION.protocol_json,
    outputs_pct_mso=(56.0,),
    allows=("session.not-as-prescribed",),
    reason="Pain at the site of the coil at the prescribed output",
)


def appointment(number: int, day: int, hour: int = 9) -> AppointmentSet:
    """Session `number` of the samples' course on that day of January 2027."""
    return AppointmentSet(
        id=f"s{number:02d}",
        session=number,
        start=datetime(2027, 1, day, hour, tzinfo=timezone(timedelta(hours=-6))),
        minutes=30,
        chair="chair 1",
    )


REFERRAL = ReferralReceived(
    received_on=TODAY, referred_by="Dr Ames, family practice", question="Is TMS an option?"
)
CONSENT = ConsentRecorded(
    about=ConsentAbout.TREATMENT,
    decision=ConsentDecision.GIVEN,
    decided_on=TODAY,
    version="treatment 2026-11",
)
AUTHORIZATION = AuthorizationRecorded(
    payer="medicare",
    status=AuthorizationStatus.APPROVED,
    on=TODAY,
    sessions_allowed=36,
    reference="A-17",
    valid_until=date(2027, 6, 30),
)
COURSE_ENDED = CourseEnded(ended_on=TODAY, why=EndReason.REMISSION)
FOLLOW_UP = FollowUpSet(
    what="Visit three months after the course",
    due_on=date(2027, 3, 10),
    role="psychiatrist",
    month=3,
)
KINDS_SINCE: tuple[AnyFact, ...] = (
    SAFETY_TASK_CLOSED,
    REFERRAL,
    CONSENT,
    AUTHORIZATION,
    NoteWritten(topic=NoteTopic.INTAKE, text="Lives alone; a sister comes along", session=None),
    LetterSigned(document_sha256="b" * 64, payer="medicare-l34998-l34522", dated=TODAY),
    AppointmentsSet(appointments=(appointment(1, 4), appointment(2, 5)), plan_sha256=PLAN_SHA256),
    AppointmentMoved(
        appointment="s02", start=appointment(2, 6).start, reason=AppointmentReason.DEVICE
    ),
    AppointmentMissed(appointment="s01", reason=AppointmentReason.PATIENT, note="a cold"),
    PLACEMENT,
    PRESCRIPTION,
    signed(PRESCRIPTION),
    DEVIATION,
    COURSE_ENDED,
    FOLLOW_UP,
    FollowUpDone(entry_id=str(UUID(int=2)), done_on=TODAY, result="Still well"),
    ReminderSent(sent_at=AT, channel="email", about="appointment", appointment="s02"),
)
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
