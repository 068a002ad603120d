"""The chart: a patient's record as it stands, worked out from its entries and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from euthymia.assess.safety.screen import ScreenAnswer
from euthymia.chart.course_facts import (
    AvailabilityRecorded,
    PlanProposed,
    PlanRequested,
    PlanSigned,
)
from euthymia.chart.entries import Amended, AnyFact, Entry, Retracted
from euthymia.chart.facts import Fact
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
from euthymia.chart.safety_facts import SafetyTaskClosed
from euthymia.chart.safety_tasks import SafetyTask, safety_tasks
from euthymia.chart.session_facts import AdverseEventRecorded, SessionDelivered, TrainDelivered
from euthymia.core.errors import InputError

F = TypeVar("F", bound=Fact)
G = TypeVar("G", bound=Fact)


@dataclass(frozen=True, slots=True)
class Recorded(Generic[F]):
    """A fact that is in force, with the entries it comes from.

    entries: the first is the one that recorded it, the others its amendments, oldest first.
    """

    fact: F
    entries: tuple[Entry, ...]

    @property
    def id(self) -> str:
        """The id of the entry that recorded it; amendments and retractions name this one."""
        return self.entries[0].id

    @property
    def entry_ids(self) -> tuple[str, ...]:
        return tuple(entry.id for entry in self.entries)

    @property
    def seq(self) -> int:
        """Its place in the chart; an amendment does not move it."""
        return self.entries[0].seq


@dataclass(frozen=True, slots=True)
class Chart:
    """A patient's record as it stands after all its entries.

    Tuples are in order of the day that the fact is about, where it has one, and otherwise in the
    order of recording. What can hold only one value at a time holds the latest.
    `entries` is the whole history, `retracted` what no longer holds.
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
    or of another kind, a signature on a plan that was not proposed.
    """
    state = _State()
    for entry in entries:
        state.take(entry)
    return _chart(state)


class _State:
    """What replay has seen so far."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.amendments: dict[str, list[Entry]] = {}
        self.retracted: set[str] = set()

    def take(self, entry: Entry) -> None:
        fact = entry.fact
        if entry.id in self.entries:
            raise InputError(entry.title, f"its id {entry.id} stands twice", "Give it a new id")
        if isinstance(fact, PatientRegistered) == bool(self.entries):
            raise _wrong_patient(entry)
        if isinstance(fact, Amended):
            self._amend(entry, fact)
        elif isinstance(fact, Retracted):
            self._retract(entry, fact)
        elif isinstance(fact, PlanSigned):
            self._require_proposed(entry, fact)
        elif isinstance(fact, SafetyTaskClosed):
            self._require_open_task(entry, fact)
        self.entries[entry.id] = entry

    def _amend(self, entry: Entry, fact: Amended) -> None:
        target = self._standing(entry, fact.entry_id)
        if isinstance(target.fact, Amended):
            raise InputError(
                entry.title,
                f"it amends {target.title}, which is an amendment itself",
                f"Amend entry {target.fact.entry_id}, which that one amends",
            )
        if target.fact.kind != fact.fact.kind:
            raise InputError(
                entry.title,
                f"it would turn {target.title} into {fact.fact.kind!r}",
                "Retract that entry and record the other fact as a new one",
            )
        self.amendments.setdefault(target.id, []).append(entry)

    def _retract(self, entry: Entry, fact: Retracted) -> None:
        target = self._standing(entry, fact.entry_id)
        if isinstance(target.fact, PatientRegistered | Retracted):
            remedy = (
                "Amend it instead"
                if isinstance(target.fact, PatientRegistered)
                else "Record the retracted fact again as a new entry"
            )
            raise InputError(entry.title, f"{target.title} cannot be retracted", remedy)
        self.retracted.add(target.id)

    def _standing(self, entry: Entry, target_id: str) -> Entry:
        target = self.entries.get(target_id)
        if target is None:
            raise InputError(
                entry.title,
                f"there is no entry {target_id} before it",
                "Give the id of an entry of this chart",
            )
        if target.id in self.retracted:
            raise InputError(
                entry.title, f"{target.title} was retracted before", "Record the fact anew"
            )
        return target

    def _require_proposed(self, entry: Entry, fact: PlanSigned) -> None:
        for other in self.entries.values():
            plan = other.fact
            if (
                isinstance(plan, PlanProposed)
                and plan.plan_sha256 == fact.plan_sha256
                and other.id not in self.retracted
            ):
                return
        raise InputError(
            entry.title,
            f"no plan with the hash {fact.plan_sha256} stands proposed in this chart",
            "Sign a plan that was proposed here",
        )

    def _require_open_task(self, entry: Entry, fact: SafetyTaskClosed) -> None:
        tasks = {task.entry_id: task for task in safety_tasks(self.entries.values())}
        task = tasks.get(fact.entry_id)
        if task is None:
            raise InputError(
                entry.title,
                f"entry {fact.entry_id} opened no safety task",
                "Give the id of the filled-in scale whose answer on suicide was above zero",
            )
        if not task.is_open:
            raise InputError(
                entry.title,
                f"the safety task of {task.opened_by.title} is closed already",
                "Retract that closing first if it was wrong",
            )

    def recorded(self, entry: Entry) -> Recorded[Fact]:
        """An original entry with its amendments in force."""
        amended = [a for a in self.amendments.get(entry.id, ()) if a.id not in self.retracted]
        latest: AnyFact = entry.fact
        if amended and isinstance(amended[-1].fact, Amended):
            latest = amended[-1].fact.fact
        return Recorded(latest, (entry, *amended))


def _wrong_patient(entry: Entry) -> InputError:
    if isinstance(entry.fact, PatientRegistered):
        return InputError(
            entry.title,
            "the chart has its patient already",
            "Amend the first entry, or make a new chart for another patient",
        )
    return InputError(
        entry.title,
        "the chart does not begin with the registration of its patient",
        "Record the patient first",
    )


def _chart(state: _State) -> Chart:
    if not state.entries:
        raise InputError("chart", "it holds no entries", "Record the patient first")
    facts = [
        state.recorded(entry)
        for entry in state.entries.values()
        if not isinstance(entry.fact, Amended | Retracted)
    ]
    held = [found for found in facts if found.id not in state.retracted]
    return Chart(
        patient=_all(held, PatientRegistered)[0],
        episode=_latest(_all(held, EpisodeRecorded)),
        trials=_all(held, MedicationTrialRecorded),
        medicines=_latest(_all(held, MedicinesRecorded, lambda fact: fact.listed_on)),
        screens=_all(held, ScreenAnswered, lambda fact: fact.answered_on),
        implants=_all(held, ImplantRecorded),
        scales=_all(held, ScaleFilled, lambda fact: fact.score.on),
        head=_latest(_all(held, HeadMeasured, lambda fact: fact.measured_on)),
        images=_all(held, ImageAttached),
        motor_thresholds=_all(held, MotorThresholdMeasured, lambda fact: fact.measured_on),
        availability=_latest(_all(held, AvailabilityRecorded)),
        plan_request=_latest(_all(held, PlanRequested)),
        plans=_all(held, PlanProposed),
        signatures=_all(held, PlanSigned),
        sessions=_all(held, SessionDelivered, lambda fact: fact.started_at),
        trains=_all(held, TrainDelivered, lambda fact: fact.started_at),
        adverse_events=_all(held, AdverseEventRecorded, lambda fact: fact.onset_on),
        retracted=tuple(found for found in facts if found.id in state.retracted),
        entries=tuple(state.entries.values()),
    )


def _all(
    facts: Iterable[Recorded[Fact]], kind: type[G], day: Callable[[G], object] | None = None
) -> tuple[Recorded[G], ...]:
    """The facts of one kind, by their day if they have one, those of one day as recorded."""
    found = [Recorded(item.fact, item.entries) for item in facts if isinstance(item.fact, kind)]
    if day is not None:
        found.sort(key=lambda item: (day(item.fact), item.seq))
    return tuple(found)


def _latest(found: tuple[Recorded[G], ...]) -> Recorded[G] | None:
    return found[-1] if found else None


def _target(entry: Entry) -> str | None:
    return entry.fact.entry_id if isinstance(entry.fact, Amended | Retracted) else None
