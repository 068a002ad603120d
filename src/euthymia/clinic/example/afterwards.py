"""The time after a course: scores at the contacts, a response that lasts or is lost."""

from __future__ import annotations

import math
from datetime import date, timedelta

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.chart.entries import Retracted
from euthymia.chart.envelope import Author
from euthymia.chart.follow_up_facts import FollowUpDone, ReminderSent
from euthymia.chart.intake_facts import NoteTopic, NoteWritten
from euthymia.clinic.example.assumptions import assumptions
from euthymia.clinic.example.before import psychiatrist
from euthymia.clinic.example.book import Book
from euthymia.clinic.example.draws import CourseDraw
from euthymia.clinic.example.rooms import COORDINATOR
from euthymia.clinic.example.scores import Scorer
from euthymia.clinic.example.treatment import write_contacts


def write_follow_up(
    book: Book, scorer: Scorer, course: CourseDraw, ended_on: date, until: date | None = None
) -> None:
    """The contacts after a course, those that took place with their scores.

    until: the day from which another course takes their place; None if there is none.
    """
    known = assumptions().scores
    for month, (entry_id, due) in write_contacts(book, ended_on).items():
        if until is not None and due >= until:
            _take_back(book, entry_id, until)
            continue
        if not scorer.is_worried(due) and book.draw.random() >= known.follow_up_kept_share:
            _not_reached(book, entry_id, due)
            continue
        total, late = score_after(book, course, month), month >= known.psychiatrist_from_month
        scorer.by_patient(due, 9 * 60 + book.draw.randrange(180), total, with_others=late)
        author = psychiatrist(book) if late else COORDINATOR.author
        _remind(book, entry_id, book.days.after(due, -2))
        result = f"PHQ-9 {total} at month {month} (synthetic)"
        book.note(
            due,
            13 * 60 + book.draw.randrange(120),
            author,
            FollowUpDone(entry_id=entry_id, done_on=due, result=result),
        )


def _not_reached(book: Book, entry_id: str, due: date) -> None:
    """Nobody was reached; after some weeks the contact is closed all the same."""
    day = book.days.at_or_after(due + timedelta(days=assumptions().days.not_reached_closed_after))
    fact = FollowUpDone(entry_id=entry_id, done_on=day, result="Not reached (synthetic)")
    book.note(day, 16 * 60, COORDINATOR.author, fact)


def _take_back(book: Book, entry_id: str, day: date) -> None:
    """Another course takes the place of a contact that is still to come."""
    book.note(
        day,
        15 * 60,
        COORDINATOR.author,
        Retracted(entry_id=entry_id),
        reason="A second course begins; its own contacts follow (synthetic)",
    )


def score_after(book: Book, course: CourseDraw, month: int) -> int:
    """A PHQ-9 so many months after the course: at the level of its end until it is lost."""
    first, end = course.totals[0] or 0, course.last_total
    lost = course.kept_months is not None and course.kept_months <= month
    known = assumptions().scores
    level = known.after_loss_of_baseline * first if lost else float(end)
    return round(
        min(max(level + book.draw.gauss(0, known.noise_points), 0), find_scale("phq9").high)
    )


def write_relapse(book: Book, scorer: Scorer, again: CourseDraw, day: date) -> None:
    """The visit on which the lost response is found, before the course that follows it."""
    author: Author = psychiatrist(book)
    total = again.totals[0] or 0
    scorer.begin_again(total)
    scorer.by_patient(day, 10 * 60, total)
    scorer.by_clinician(day, 10 * 60 + 10, total, author)
    text = "The response is lost. A second course was agreed on (synthetic)."
    book.note(day, 10 * 60 + 40, author, NoteWritten(topic=NoteTopic.OUTCOME, text=text))


def kept_months(course: CourseDraw) -> float:
    """Months that a response lasted; refuses a course without one."""
    if course.kept_months is None or math.isinf(course.kept_months):
        raise ValueError("this response was not lost")
    return course.kept_months


def _remind(book: Book, entry_id: str, day: date) -> None:
    sent = book.at(day, 8 * 60 + 30)
    fact = ReminderSent(
        sent_at=sent,
        channel=book.draw.choice(("email", "text_message", "portal")),
        about="follow_up",
        follow_up=entry_id,
    )
    book.note_at(sent, COORDINATOR.author, fact)
