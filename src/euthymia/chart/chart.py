"""The chart: a patient's record as it stands, worked out from its entries and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from euthymia.assess.safety.screen import ScreenAnswer
from euthymia.chart.appointments import Appointment
from euthymia.chart.course_facts import (
    AvailabilityRecorded,
    PlanProposed,
    PlanRequested,
    PlanSigned,
)
from euthymia.chart.entries import Amended, Entry, Retracted
from euthymia.chart.facts import Fact
from euthymia.chart.follow_up_facts import CourseEnded, FollowUpDone, FollowUpSet, ReminderSent
from euthymia.chart.follow_ups import FollowUp, follow_ups
from euthymia.chart.intake_facts import (
    AuthorizationRecorded,
    ConsentAbout,
    ConsentDecision,
    ConsentRecorded,
    NoteWritten,
    ReferralReceived,
)
from euthymia.chart.letter_facts import LetterSigned
from euthymia.chart.patient_facts import (
    EpisodeRecorded,
    HeadMeasured,
    ImageAttached,
    ImplantRecorded,
    MedicationTrialRecorded,
    MedicinesRecorded,
    MotorThresholdMeasured,
    PatientRegistered,
    ScaleFilled,
    ScreenAnswered,
)
from euthymia.chart.prescription_facts import (
    DeviationSigned,
    PlacementChosen,
    PrescriptionSigned,
    PrescriptionWritten,
)
from euthymia.chart.prescriptions import Signed, standing_sha256
from euthymia.chart.recorded import Day, G, Recorded, Standing
from euthymia.chart.replay_rules import CALENDAR, require_place, standing_appointments
from euthymia.chart.safety_tasks import SafetyTask, safety_tasks
from euthymia.chart.session_facts import AdverseEventRecorded, SessionDelivered, TrainDelivered
from euthymia.core.errors import InputError

__all__ = ["Chart", "Recorded", "Replayer", "replay"]


@dataclass(frozen=True, slots=True)
class Chart:
    """A patient's record as it stands after all its entries.

    Tuples are in order of the day that the fact is about, where it has one, and otherwise in the
    order of recording. What can hold only one value at a time holds the latest.
    `entries` is the whole history, `retracted` what no longer holds; `calendar` holds what was
    set, moved and missed, from which `appointments` are worked out.
    """

    patient: Recorded[PatientRegistered]
    episode: Recorded[EpisodeRecorded] | None
    trials: tuple[Recorded[MedicationTrialRecorded], ...]
    medicines: Recorded[MedicinesRecorded] | None
    screens: tuple[Recorded[ScreenAnswered], ...]
    implants: tuple[Recorded[ImplantRecorded], ...]
    scales: tuple[Recorded[ScaleFilled], ...]
    head: Recorded[HeadMeasured] | None
    images: tuple[Recorded[ImageAttached], ...]
    motor_thresholds: tuple[Recorded[MotorThresholdMeasured], ...]
    availability: Recorded[AvailabilityRecorded] | None
    plan_request: Recorded[PlanRequested] | None
    plans: tuple[Recorded[PlanProposed], ...]
    signatures: tuple[Recorded[PlanSigned], ...]
    sessions: tuple[Recorded[SessionDelivered], ...]
    trains: tuple[Recorded[TrainDelivered], ...]
    adverse_events: tuple[Recorded[AdverseEventRecorded], ...]
    referrals: tuple[Recorded[ReferralReceived], ...]
    consents: tuple[Recorded[ConsentRecorded], ...]
    authorizations: tuple[Recorded[AuthorizationRecorded], ...]
    notes: tuple[Recorded[NoteWritten], ...]
    letters_signed: tuple[Recorded[LetterSigned], ...]
    calendar: tuple[Recorded[Any], ...]
    placements: tuple[Recorded[PlacementChosen], ...]
    prescriptions: tuple[Recorded[PrescriptionWritten], ...]
    prescription_signatures: tuple[Recorded[PrescriptionSigned], ...]
    deviations: tuple[Recorded[DeviationSigned], ...]
    courses_ended: tuple[Recorded[CourseEnded], ...]
    follow_ups_set: tuple[Recorded[FollowUpSet], ...]
    follow_ups_done: tuple[Recorded[FollowUpDone], ...]
    reminders: tuple[Recorded[ReminderSent], ...]
    retracted: tuple[Recorded[Fact], ...]
    entries: tuple[Entry, ...]

    @property
    def motor_threshold(self) -> Recorded[MotorThresholdMeasured] | None:
        """The latest resting motor threshold."""
        resting = [found for found in self.motor_thresholds if found.fact.state == "resting"]
        return resting[-1] if resting else None

    @property
    def screen_answers(self) -> Mapping[str, tuple[ScreenAnswer, Recorded[ScreenAnswered]]]:
        """For each question of the safety screen its latest answer, and where it comes from."""
        return {
            answer.item: (answer, screen)
            for screen in self.screens
            for answer in screen.fact.answers
        }

    @property
    def safety_tasks(self) -> tuple[SafetyTask, ...]:
        """What answers on suicide ask of a named person, open and closed, in their order."""
        return safety_tasks(self.entries)

    @property
    def open_safety_tasks(self) -> tuple[SafetyTask, ...]:
        """The safety tasks that nobody has closed yet."""
        return tuple(task for task in self.safety_tasks if task.is_open)

    @property
    def appointments(self) -> tuple[Appointment, ...]:
        """Every appointment that was not replaced, in order of its time, with how it stands."""
        return standing_appointments(self.calendar, self.sessions)

    @property
    def standing_prescription(self) -> Recorded[PrescriptionWritten] | None:
        """The prescription that sessions are given by: approved last, and not taken back since."""
        gone = [
            Recorded(each.fact, each.entries)
            for each in self.retracted
            if isinstance(each.fact, PrescriptionSigned)
        ]
        retracted = {each.id for each in gone}
        signatures = sorted((*self.prescription_signatures, *gone), key=lambda each: each.seq)
        digest = standing_sha256(
            (Signed(each.fact, each.id in retracted) for each in signatures),
            (found.fact.sha256 for found in self.prescriptions),
        )
        same = [found for found in self.prescriptions if found.fact.sha256 == digest]
        return same[-1] if same else None

    def deviation(self, session: int, on: date) -> Recorded[DeviationSigned] | None:
        """What was signed last for a session of that number on that day."""
        found = [
            each for each in self.deviations if (each.fact.session, each.fact.on) == (session, on)
        ]
        return found[-1] if found else None

    @property
    def placement(self) -> Recorded[PlacementChosen] | None:
        """The placement chosen last."""
        return _latest(self.placements)

    @property
    def referral(self) -> Recorded[ReferralReceived] | None:
        """The referral received last."""
        return _latest(self.referrals)

    @property
    def authorization(self) -> Recorded[AuthorizationRecorded] | None:
        """Where the request to the payer stands."""
        return _latest(self.authorizations)

    @property
    def follow_ups(self) -> tuple[FollowUp, ...]:
        """The contacts after the course in order of the day they are due, open and done."""
        return follow_ups(
            ((found.fact, found.entries[0]) for found in self.follow_ups_set),
            ((found.fact, found.entries[0]) for found in self.follow_ups_done),
        )

    def consent(self, about: ConsentAbout) -> Recorded[ConsentRecorded] | None:
        """The latest decision about one thing; None if it was never asked."""
        return _latest(tuple(each for each in self.consents if each.fact.about == about))

    def consents_to(self, about: ConsentAbout) -> bool:
        """True only if consent was given and not withdrawn; never asked is no consent."""
        found = self.consent(about)
        return found is not None and found.fact.decision is ConsentDecision.GIVEN

    def placement_of(self, fact: PrescriptionWritten) -> Recorded[PlacementChosen] | None:
        """The placement that a prescription is to be given at."""
        return next((found for found in self.placements if found.id == fact.placement), None)

    def scales_named(self, scale: str) -> tuple[Recorded[ScaleFilled], ...]:
        """All fillings of one scale, oldest first."""
        return tuple(found for found in self.scales if found.fact.score.scale == scale)

    def history(self, entry_id: str) -> tuple[Entry, ...]:
        """The entry of that id and all entries that amend or retract it, in order."""
        touched = {entry_id}
        found: list[Entry] = []
        for entry in self.entries:
            if entry.id == entry_id or _target(entry) in touched:
                touched.add(entry.id)
                found.append(entry)
        return tuple(found)


def replay(entries: Iterable[Entry]) -> Chart:
    """Work out the chart from its entries, in their order; the same entries give the same chart.

    Raises InputError naming the entry that cannot stand where it does: a chart that does not begin
    with its patient, a second patient, an amendment or retraction of something that is not there
    or of another kind, a signature on a plan or prescription that is not there, a change to an
    appointment that does not stand.
    """
    replayer = Replayer()
    for entry in entries:
        replayer.take(entry)
    return replayer.chart()


class Replayer:
    """Works out a chart entry by entry, so that one more entry on a long chart costs little.

    `Replayer().take(first).take(second).chart()` is `replay((first, second))`.
    """

    def __init__(self) -> None:
        self._standing = Standing(_DAYS)

    def take(self, entry: Entry) -> Replayer:
        """Add an entry and return itself; raises InputError, unchanged, if it cannot stand."""
        require_place(entry, self._standing)
        self._standing.add(entry)
        return self

    def copy(self) -> Replayer:
        """One that can take other entries from here, for instance until a write is certain."""
        other = Replayer()
        other._standing = self._standing.copy()
        return other

    def __len__(self) -> int:
        return len(self._standing.entries)

    def chart(self) -> Chart:
        """The chart after the entries taken so far."""
        state = self._standing
        if not state.entries:
            raise InputError("chart", "it holds no entries", "Record the patient first")
        return Chart(
            patient=state.held(PatientRegistered)[0],
            episode=_latest(state.held(EpisodeRecorded)),
            trials=state.held(MedicationTrialRecorded),
            medicines=_latest(state.held(MedicinesRecorded)),
            screens=state.held(ScreenAnswered),
            implants=state.held(ImplantRecorded),
            scales=state.held(ScaleFilled),
            head=_latest(state.held(HeadMeasured)),
            images=state.held(ImageAttached),
            motor_thresholds=state.held(MotorThresholdMeasured),
            availability=_latest(state.held(AvailabilityRecorded)),
            plan_request=_latest(state.held(PlanRequested)),
            plans=state.held(PlanProposed),
            signatures=state.held(PlanSigned),
            sessions=state.held(SessionDelivered),
            trains=state.held(TrainDelivered),
            adverse_events=state.held(AdverseEventRecorded),
            referrals=state.held(ReferralReceived),
            consents=state.held(ConsentRecorded),
            authorizations=state.held(AuthorizationRecorded),
            notes=state.held(NoteWritten),
            letters_signed=state.held(LetterSigned),
            calendar=state.in_order(*CALENDAR),
            placements=state.held(PlacementChosen),
            prescriptions=state.held(PrescriptionWritten),
            prescription_signatures=state.held(PrescriptionSigned),
            deviations=state.held(DeviationSigned),
            courses_ended=state.held(CourseEnded),
            follow_ups_set=state.held(FollowUpSet),
            follow_ups_done=state.held(FollowUpDone),
            reminders=state.held(ReminderSent),
            retracted=state.retracted(),
            entries=tuple(state.entries.values()),
        )


_DAYS: Mapping[type[Fact], Day] = {
    MedicinesRecorded: lambda fact: fact.listed_on,
    ScreenAnswered: lambda fact: fact.answered_on,
    ScaleFilled: lambda fact: fact.score.on,
    HeadMeasured: lambda fact: fact.measured_on,
    MotorThresholdMeasured: lambda fact: fact.measured_on,
    SessionDelivered: lambda fact: fact.started_at,
    TrainDelivered: lambda fact: fact.started_at,
    AdverseEventRecorded: lambda fact: fact.onset_on,
    ReferralReceived: lambda fact: fact.received_on,
    ConsentRecorded: lambda fact: fact.decided_on,
    AuthorizationRecorded: lambda fact: fact.on,
    CourseEnded: lambda fact: fact.ended_on,
    ReminderSent: lambda fact: fact.sent_at,
}
"""The day (or time) that the facts of a kind are ordered by."""


def _latest(found: tuple[Recorded[G], ...]) -> Recorded[G] | None:
    return found[-1] if found else None


def _target(entry: Entry) -> str | None:
    return entry.fact.entry_id if isinstance(entry.fact, Amended | Retracted) else None
