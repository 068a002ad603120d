"""The way to the first session as it is written down: referral, history, screen, authorization."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from euthymia.chart.envelope import Author
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
from euthymia.chart.patient_facts import (
    Diagnosis,
    EpisodeRecorded,
    MedicationTrialRecorded,
    PatientRegistered,
)
from euthymia.clinic.example.assumptions import assumptions
from euthymia.clinic.example.book import Book
from euthymia.clinic.example.draws import COURSE, CourseDraw, clinician_first
from euthymia.clinic.example.history import (
    Past,
    medicines,
    metal,
    past,
    screen_of,
    screening,
)
from euthymia.clinic.example.rooms import COORDINATOR, PSYCHIATRISTS
from euthymia.clinic.example.scores import Scorer
from euthymia.clinic.example.way import Way
from euthymia.plan.protocol.courses import course

PAYERS = ("uhc-optum", "aetna", "centene", "medicare-l34998-l34522")
REFERRERS = (
    "Dr. Elm, family practice (synthetic)",
    "Dr. Birch, psychiatry (synthetic)",
    "Valley outpatient unit (synthetic)",
    "Dr. Aspen, psychotherapy (synthetic)",
)
QUESTIONS = (
    "Depression has not answered to several drugs. Is TMS suitable?",
    "Please assess for TMS; drugs were poorly tolerated.",
    "Long depressive episode, now off work. TMS?",
)
SEVERE = Diagnosis(
    system="ICD-10-CM",
    code="F33.2",
    label="Major depressive disorder, recurrent, severe without psychotic features",
)
SINGLE = Diagnosis(
    system="ICD-10-CM",
    code="F32.2",
    label="Major depressive disorder, single episode, severe without psychotic features",
)
_YEAR = timedelta(days=365)
_ASKED = (
    ConsentAbout.TREATMENT,
    ConsentAbout.RESEARCH_REGISTRY,
    ConsentAbout.REMINDERS_BY_EMAIL,
)


@dataclass(frozen=True, slots=True)
class NotEligible:
    """Why someone is not to be treated: a clip near the coil, or too few drugs tried."""

    clip: bool


def psychiatrist(book: Book) -> Author:
    """The one who looks after this patient."""
    return PSYCHIATRISTS[book.person.number % len(PSYCHIATRISTS)].author


def write_referral(book: Book, way: Way) -> Past:
    """The first entries: who it is, and who asked; the history is told at the assessment."""
    draw, author = book.draw, COORDINATOR.author
    told_on = way.assessed or way.referred
    history = past(told_on, draw)
    person = book.person
    registered = PatientRegistered(
        pseudonym=person.pseudonym,
        synthetic=True,
        birth_date=person.birth_date,
        sex=person.sex,
        handedness=person.handedness,
        diagnosis=SEVERE if history.recurrent else SINGLE,
    )
    referral = ReferralReceived(
        received_on=way.referred,
        referred_by=draw.choice(REFERRERS),
        question=draw.choice(QUESTIONS),
        urgency=draw.choice(("routine", "routine", "soon", "urgent")),
        note="A synthetic referral.",
    )
    book.note(way.referred, 9 * 60 + draw.randrange(120), author, registered, referral)
    return history


def write_part_of_history(book: Book, history: Past, day: date) -> None:
    """What the referral letter itself says: the episode and the drug that is still taken."""
    trials = [trial for trial in history.trials if trial.agent in history.taken_now]
    book.note(
        day,
        14 * 60,
        COORDINATOR.author,
        *(MedicationTrialRecorded(trial=trial) for trial in trials),
    )


def write_assessment(
    book: Book, way: Way, history: Past, course: CourseDraw, refused: NotEligible | None = None
) -> Scorer:
    """The day of assessment: history, screen and scales; returns what scores later ones follow."""
    assert way.assessed is not None
    day, draw, author = way.assessed, book.draw, psychiatrist(book)
    if refused is not None and not refused.clip:
        history = past(day, draw, trials=1)
    minute = 9 * 60 + 30 * draw.randrange(4)
    book.note(
        day,
        minute,
        author,
        EpisodeRecorded(episode=history.episode),
        *(MedicationTrialRecorded(trial=trial) for trial in history.trials),
    )
    listed = medicines(day, history.taken_now, draw)
    if refused is not None and refused.clip:
        screen = screen_of(day, {"metal": "an aneurysm clip", "medicines": "see the list"})
        book.note(day, minute + 25, author, listed, screen, metal())
    else:
        book.note(day, minute + 25, author, listed, screening(day, listed.taken, draw))
    scorer = Scorer(book, course.totals[0] or 0, clinician_first(draw))
    scorer.before_treatment(day, minute + 30, author)
    book.note(day, minute + 50, author, _conclusion(refused), *_consents(day, book, refused))
    return scorer


def _conclusion(refused: NotEligible | None) -> NoteWritten:
    if refused is None:
        text = "Suitable by history and screen. Benefits, risks and other ways were talked over."
    elif refused.clip:
        text = "Not suitable: an aneurysm clip lies near the coil. Other treatments were discussed."
    else:
        text = "Not suitable yet: one drug was tried in this episode. A second one was agreed on."
    return NoteWritten(topic=NoteTopic.SUITABILITY, text=f"{text} (Synthetic.)")


def _consents(day: date, book: Book, refused: NotEligible | None) -> list[ConsentRecorded]:
    about = [] if refused else list(_ASKED)
    withheld = book.draw.random() < assumptions().people.research_withheld_share
    return [
        ConsentRecorded(
            about=each,
            decision=ConsentDecision.WITHHELD
            if withheld and each is not ConsentAbout.TREATMENT
            else ConsentDecision.GIVEN,
            decided_on=day,
            version="2026-01 (synthetic)",
        )
        for each in about
    ]


def write_authorization(book: Book, way: Way) -> None:
    """What the payer was asked, and what it answered if it has answered."""
    if way.requested is None:
        return
    draw, author = book.draw, COORDINATOR.author
    payer = draw.choice(PAYERS)
    reference = f"SYN-AUTH-{book.person.number:05d}"
    minute = 13 * 60 + draw.randrange(60)
    asked = AuthorizationRecorded(
        payer=payer, status=AuthorizationStatus.REQUESTED, on=way.requested, reference=reference
    )
    book.note(way.requested, minute, author, asked)
    if way.answered is None:
        return
    known = assumptions().authorization
    long = (way.answered - way.requested).days > known.denied_first_after_days
    if long and draw.random() < known.denied_first_share:
        halfway = book.days.at_or_before(way.requested + (way.answered - way.requested) / 2)
        for later, status in enumerate((AuthorizationStatus.DENIED, AuthorizationStatus.APPEALED)):
            said = AuthorizationRecorded(payer=payer, status=status, on=halfway)
            book.note(halfway, minute + 5 * later, author, said)
    approved = AuthorizationRecorded(
        payer=payer,
        status=AuthorizationStatus.APPROVED,
        on=way.answered,
        sessions_allowed=course(COURSE).sessions_total,
        reference=reference,
        valid_from=way.answered,
        valid_until=way.answered + _YEAR,
    )
    book.note(way.answered, minute, author, approved)
