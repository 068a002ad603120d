"""Courses of invented patients as they go: sessions, missed days, scores, thresholds, events."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

from euthymia.assess.burden.evidence import burden_facts
from euthymia.assess.safety.session_rules import session_rules
from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentReason,
    AppointmentsSet,
)
from euthymia.chart.follow_up_facts import CourseEnded, EndReason, FollowUpSet
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.chart.session_facts import AdverseEventRecorded, SessionDelivered
from euthymia.clinic.example.assumptions import MONTH_DAYS, assumptions
from euthymia.clinic.example.before import psychiatrist
from euthymia.clinic.example.book import Book
from euthymia.clinic.example.draws import MARKS, SESSIONS, CourseDraw
from euthymia.clinic.example.planning import (
    SOFTWARE,
    Ordered,
    appointment_id,
    built,
    calendar_from,
    measured,
    minutes,
    share_of_threshold,
)
from euthymia.clinic.example.rhythm import Attempt
from euthymia.clinic.example.rooms import COORDINATOR, operator_at
from euthymia.clinic.example.scores import Scorer
from euthymia.clinic.example.trains import session_by_train

_SETUP_MIN = 8

Severity = Literal["mild", "moderate", "severe"]
Related = Literal["possible", "probable", "definite"]


class Treatment:
    """Writes one course of one patient."""

    def __init__(
        self,
        book: Book,
        attempts: tuple[Attempt, ...],
        given: CourseDraw,
        ordered: Ordered,
        *,
        by_train_from: date | None = None,
    ) -> None:
        """by_train_from: sessions from this day on are written train by train."""
        self._book, self._attempts = book, attempts
        self._course, self._ordered = given, ordered
        self._by_train_from = by_train_from
        self._operator = operator_at(book.place).author
        self._threshold = ordered.threshold_pct_mso

    def write(self, scorer: Scorer, why: EndReason | None) -> date:
        """Everything of the course, day by day; returns its last day.

        why: the course ends; None while it goes on.
        """
        for attempt in self._attempts:
            if attempt.came:
                self._session(attempt, scorer)
            else:
                self._miss(attempt)
        self._events(why)
        if why is not None:
            self._end(why)
        return self._attempts[-1].day

    def _session(self, attempt: Attempt, scorer: Scorer) -> None:
        book, number = self._book, attempt.session
        begins = book.place.minute + _SETUP_MIN + book.draw.randrange(6)
        if number - 1 in assumptions().treatment.measured_again_after:
            self._measure_again(attempt.day, book.place.minute + 2, number - 1)
        started = book.at(attempt.day, begins)
        if self._by_train_from is not None and attempt.day >= self._by_train_from:
            self._train_by_train(number, started)
        else:
            fact = self._delivered(number, started)
            book.note_at(fact.ended_at + timedelta(minutes=1), self._operator, fact)
        if number == SESSIONS // 2:
            self._halfway(attempt.day, scorer)
        if number in MARKS:
            self._score(attempt, scorer)

    def _delivered(self, number: int, started: datetime) -> SessionDelivered:
        protocol, draw = self._ordered.protocol, self._book.draw
        pulses, known = built(protocol).pulse_count, assumptions().treatment
        output = self._output(number)
        length = timedelta(minutes=minutes(protocol))
        broken = draw.random() < known.broken_off_share
        part = draw.uniform(*known.broken_off_part) if broken else 1.0
        return SessionDelivered(
            number=number,
            protocol=protocol,
            started_at=started,
            ended_at=(started + part * length).replace(microsecond=0),
            pulses=round(pulses * part),
            intensity_pct_mso=output,
            completed=not broken,
            remark="Ended early: pain at the site (synthetic)." if broken else "",
        )

    def _output(self, number: int) -> float:
        """What the stimulator is set to: the first sessions are given at less."""
        whole = share_of_threshold(self._ordered.protocol)
        rise = (*assumptions().treatment.rise, whole)
        share = min(rise[min(number, len(rise)) - 1], whole)
        if share == whole and self._threshold == self._ordered.threshold_pct_mso:
            return self._ordered.setting_pct_mso
        return float(min(round(self._threshold * share), 100))

    def _train_by_train(self, number: int, started: datetime) -> None:
        """A session as the engine writes it, if it is over by now; none is left half given."""
        book = self._book
        if started > book.now:
            return
        given = session_by_train(
            number, self._ordered.protocol, self._output(number), started, SOFTWARE
        )
        if given[-1][0] > book.now:
            return
        for at, fact in given:
            book.note_at(at, self._operator, fact)

    def _measure_again(self, day: date, minute: float, after: int) -> None:
        """The threshold has drifted by its share of the whole course's drift."""
        share = after / SESSIONS
        drifted = self._ordered.threshold_pct_mso * (1 + self._course.drift_pct / 100 * share)
        known = assumptions().treatment
        value = min(max(drifted, known.lowest_threshold_pct_mso), known.highest_threshold_pct_mso)
        fact = measured(self._book, day, value, self._book.draw)
        self._threshold = fact.intensity_pct_mso
        self._book.note(day, minute, self._operator, fact)

    def _miss(self, attempt: Attempt) -> None:
        """Nobody came; the rest of the course moves by a day."""
        book, day = self._book, attempt.day
        missed = AppointmentMissed(
            appointment=appointment_id(attempt.session, day),
            reason=book.draw.choice(
                (AppointmentReason.PATIENT, AppointmentReason.PATIENT, AppointmentReason.OTHER)
            ),
            note=book.draw.choice(("did not come", "called off in the morning", "ill at home")),
        )
        minute = book.place.minute + 20
        book.note(day, minute, COORDINATOR.author, missed)
        calendar = calendar_from(book, book.days.after(day), attempt.session)
        book.note(
            day,
            minute + 10,
            COORDINATOR.author,
            AppointmentsSet(
                appointments=calendar,
                holds_from=book.at(day + timedelta(days=1), 0),
                plan_sha256=self._ordered.plan_sha256,
            ),
        )

    def _score(self, attempt: Attempt, scorer: Scorer) -> None:
        book, place = self._book, MARKS.index(attempt.session)
        total, last = self._course.totals[place], attempt.session == SESSIONS
        forgotten = book.draw.random() < assumptions().scores.forgotten_share
        if total is None or (forgotten and not last) or (last and self._course.end_lost):
            return
        scorer.by_patient(attempt.day, book.place.minute - 3, total, with_others=last)
        if last:
            author = psychiatrist(book)
            scorer.by_clinician(attempt.day, book.place.minute + 45, total, author)

    def _halfway(self, day: date, scorer: Scorer) -> None:
        book, author = self._book, psychiatrist(self._book)
        mark = max(each for each in MARKS if each <= SESSIONS // 2)
        total = self._course.totals[MARKS.index(mark)]
        if total is None:
            return
        scorer.by_clinician(day, book.place.minute + 40, total, author)
        text = f"Halfway: PHQ-9 {scorer.first} before, {total} now. Go on (synthetic)."
        note = NoteWritten(topic=NoteTopic.OUTCOME, text=text, session=SESSIONS // 2)
        book.note(day, book.place.minute + 50, author, note)

    def _events(self, why: EndReason | None) -> None:
        """Side effects as often as the device label and the trials count them."""
        draw, kept = self._book.draw, [each for each in self._attempts if each.came]
        known = assumptions().treatment
        for name, share in event_shares():
            if draw.random() >= share:
                continue
            early = min(len(kept), known.side_effect_within_sessions)
            attempt = kept[draw.randrange(early)]
            self._event(
                name,
                attempt,
                "mild" if draw.random() < known.side_effect_mild_share else "moderate",
            )
        if draw.random() < seizure_share():
            self._seizure(kept[draw.randrange(len(kept))])
        if why is EndReason.SIDE_EFFECTS:
            self._event("pain at the site", kept[-1], "severe", "The course is stopped.")

    def _event(self, name: str, attempt: Attempt, severity: Severity, action: str = "") -> None:
        draw, day = self._book.draw, attempt.day
        told = action or ("" if severity == "mild" else "Paracetamol, coil turned a little.")
        related: Related = draw.choice(("possible", "probable", "definite"))
        fact = AdverseEventRecorded(
            event=name,
            onset_on=day,
            severity=severity,
            serious=False,
            related=related,
            resolved_on=None if self._still_there(day) else day,
            action=f"{told} (Synthetic.)" if told else "",
            session=attempt.session,
        )
        self._book.note(day, self._book.place.minute + 32, self._operator, fact)

    def _still_there(self, day: date) -> bool:
        """Something of the last days may go on; what came before is over."""
        book, most = self._book, assumptions().treatment.side_effect_goes_on_days
        return (book.days.today - day).days <= most and book.draw.random() < 0.5

    def _seizure(self, attempt: Attempt) -> None:
        fact = AdverseEventRecorded(
            event="seizure",
            onset_on=attempt.day,
            severity="severe",
            serious=True,
            related="probable",
            resolved_on=attempt.day,
            action="Session stopped, emergency care, hospital for a night (synthetic).",
            session=attempt.session,
        )
        self._book.note(attempt.day, self._book.place.minute + 34, self._operator, fact)

    def _end(self, why: EndReason) -> None:
        """The end of the course, and the contacts that are due after it."""
        book, day = self._book, self._attempts[-1].day
        author = psychiatrist(book)
        minute = book.place.minute + 60
        ended = CourseEnded(ended_on=day, why=why, note="A synthetic course.")
        book.note(day, minute, author, ended)


def write_contacts(book: Book, ended_on: date) -> dict[int, tuple[str, date]]:
    """The follow-up contacts after a course: for each month its entry and the day it is due."""
    author, found = psychiatrist(book), {}
    late = assumptions().scores.psychiatrist_from_month
    for place, month in enumerate(assumptions().days.followed_months):
        due = book.days.at_or_after(ended_on + timedelta(days=round(month * MONTH_DAYS)))
        fact = FollowUpSet(
            what=f"PHQ-9 and a call, month {month} (synthetic)",
            due_on=due,
            role="coordinator" if month < late else "psychiatrist",
            month=month,
        )
        entry_id = book.note(ended_on, book.place.minute + 65 + place, author, fact)
        found[month] = entry_id, due
    return found


@cache
def event_shares() -> tuple[tuple[str, float], ...]:
    """Side effects with the share of patients who have them: the label's rates, and headache."""
    label = [
        (event.name, event.label_pct / 100)
        for event in session_rules().event
        if event.label_pct is not None
    ]
    headache = next(each for each in burden_facts().brings if each.id == "headache")
    return (*label, ("headache", (headache.per_100 or 0) / 100))


@cache
def seizure_share() -> float:
    """The share of patients who have a seizure."""
    seizure = next(each for each in burden_facts().brings if each.id == "seizure")
    return (seizure.per_1000 or 0) / 1000
