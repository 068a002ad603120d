"""Invented patients with whole charts: from a seed, a moment and a number of patients.

Everything is a function of these three and of the mix of stages: the same call gives the same
patients, entry by entry. Sessions stand as one entry each; trains, which are thousands a course,
are written for a few patients only (`trains`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from euthymia.chart.follow_up_facts import EndReason
from euthymia.clinic.example import worked
from euthymia.clinic.example.afterwards import kept_months, write_follow_up, write_relapse
from euthymia.clinic.example.assumptions import MONTH_DAYS, assumptions
from euthymia.clinic.example.before import (
    NotEligible,
    write_assessment,
    write_authorization,
    write_part_of_history,
    write_referral,
)
from euthymia.clinic.example.book import Book, Document, Noted
from euthymia.clinic.example.draws import SESSIONS, CourseDraw, Draws
from euthymia.clinic.example.history import between
from euthymia.clinic.example.people import Person, person
from euthymia.clinic.example.planning import Ordered, write_plan, write_signature
from euthymia.clinic.example.rhythm import attempts, offset, pattern
from euthymia.clinic.example.rooms import Place, Places, Site
from euthymia.clinic.example.scores import Scorer
from euthymia.clinic.example.stages import Stage, stages
from euthymia.clinic.example.treatment import Treatment
from euthymia.clinic.example.way import Way, way_to
from euthymia.clinic.example.weeks import OpenDays

BY_TRAIN_PROTOCOL, _BY_TRAIN = "iTBS-600", (1, 2)
"""The second and the third patient in treatment have their last sessions written by train."""

WORKED = 3
"""How many patients in treatment come before the one whose plan was really worked out."""

_ENDED_BEFORE_CONTACT = (93, 94)
"""Days after the end of a course on which the contact of month three has just taken place."""


@dataclass(frozen=True, slots=True)
class SyntheticPatient:
    """An invented patient: who it is, how far on the way, and everything that was written down.

    place: the patient's usual chair and time, at the site of that index. documents: the files that
    the chart names by their hash.
    """

    person: Person
    stage: Stage
    place: Place
    noted: tuple[Noted, ...]
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a synthetic clinic is made from; `now` is the local time, with its zone."""

    seed: int
    now: datetime
    patients: int
    sites: tuple[Site, ...]
    mix: str = "example"
    country: str | None = "US"

    @property
    def today(self) -> date:
        return self.now.date()


def synthetic_patients(recipe: Recipe) -> Iterator[SyntheticPatient]:
    """The patients of a recipe, one after the other."""
    days = OpenDays(recipe.today, recipe.country)
    draws, places = Draws(recipe.patients, recipe.seed), Places(recipe.sites, recipe.seed)
    digits = max(4, len(str(recipe.patients)))
    reached: Counter[Stage] = Counter()
    for number, stage in enumerate(stages(recipe.patients, recipe.mix, recipe.seed), start=1):
        draw = Random(f"{recipe.seed}/{number}")
        is_worked = stage is Stage.IN_TREATMENT and reached[stage] == WORKED
        own = None
        if stage in (Stage.IN_TREATMENT, Stage.SIGNED):
            own = places.own(worked.asked().stimulator if is_worked else None)
        book = Book(
            person=person(number, digits, recipe.today, draw),
            seed=recipe.seed,
            now=recipe.now,
            days=days,
            draw=draw,
            place=own or places.some(draw),
        )
        _Writer(book, draws, reached[stage]).write(stage)
        reached[stage] += 1
        yield SyntheticPatient(
            book.person, stage, book.place, book.entries(), tuple(book.documents)
        )


class _Writer:
    """Writes the chart of one patient, up to the patient's stage.

    before: how many patients of the same stage there are already. The first one in treatment, and
    the first one after it, answer the suicide item above zero these days.
    """

    def __init__(self, book: Book, draws: Draws, before: int) -> None:
        self._book, self._draws, self._before = book, draws, before
        self._worried = False
        self._by_train = self._worked_out = False

    def write(self, stage: Stage) -> None:
        self._worried = self._before == 0 and stage in (Stage.IN_TREATMENT, Stage.IN_FOLLOW_UP)
        self._by_train = stage is Stage.IN_TREATMENT and self._before in _BY_TRAIN
        device = self._book.place.chair.stimulator.model
        self._worked_out = (
            stage is Stage.IN_TREATMENT
            and self._before == WORKED
            and device == worked.asked().stimulator
        )
        match stage:
            case Stage.REFERRED:
                self._referred()
            case Stage.ASSESSED | Stage.NOT_ELIGIBLE:
                self._assessed(stage)
            case Stage.AWAITING_AUTHORIZATION | Stage.PLANNED | Stage.SIGNED:
                self._waiting(stage)
            case Stage.IN_TREATMENT:
                self._in_treatment()
            case Stage.FINISHED | Stage.IN_FOLLOW_UP | Stage.STOPPED:
                self._over(stage)
            case Stage.TREATED_AGAIN:
                self._again()

    # --- before the first session ---------------------------------------------------------------

    def _ago(self, least: int, most: int) -> date:
        """An open day so many days before today."""
        book = self._book
        back = timedelta(days=between(book.draw, (least, most)))
        return book.days.at_or_before(book.days.today - back)

    def _referred(self) -> None:
        way = Way(self._ago(1, 7))
        history = write_referral(self._book, way)
        if self._book.draw.random() < 0.5:
            write_part_of_history(self._book, history, way.referred)

    def _assessed(self, stage: Stage) -> None:
        refused = None
        ago = (1, 5)
        if stage is Stage.NOT_ELIGIBLE:
            refused, ago = NotEligible(clip=self._before % 2 == 0), (2, 90)
        way = way_to("assessed", self._ago(*ago), self._book.days, self._book.draw)
        history = write_referral(self._book, way)
        write_assessment(self._book, way, history, self._course(), refused)

    def _waiting(self, stage: Stage) -> None:
        book = self._book
        if stage is Stage.AWAITING_AUTHORIZATION:
            way = way_to("requested", self._ago(1, 9), book.days, book.draw)
            self._until_authorized(way, self._course())
            return
        if stage is Stage.PLANNED:
            way = way_to("planned", self._ago(1, 3), book.days, book.draw)
            self._until_authorized(way, self._course())
            write_plan(book, way, book.days.after(book.days.today, 4))
            return
        first = book.days.after(book.days.today, between(book.draw, (1, 5)))
        way = way_to("signed", self._ago(1, 3), book.days, book.draw)
        self._until_signed(way, first, self._course())

    def _until_authorized(self, way: Way, course: CourseDraw) -> Scorer:
        history = write_referral(self._book, way)
        scorer = write_assessment(self._book, way, history, course)
        write_authorization(self._book, way)
        return scorer

    def _until_signed(self, way: Way, first: date, course: CourseDraw) -> tuple[Scorer, Ordered]:
        scorer = self._until_authorized(way, course)
        protocol = BY_TRAIN_PROTOCOL if self._by_train else None
        if self._worked_out:
            protocol = worked.asked().protocol
        ordered = write_plan(self._book, way, first, protocol, worked_out=self._worked_out)
        write_signature(self._book, way, first, ordered)
        return scorer, ordered

    def _course(self) -> CourseDraw:
        return self._draws.whole(self._book.person.number)

    # --- treatment ------------------------------------------------------------------------------

    def _treated(
        self, course: CourseDraw, came: tuple[bool, ...], first: date, why: EndReason | None
    ) -> tuple[Scorer, date]:
        """A first course with everything before it; returns its last day."""
        book = self._book
        scorer, ordered = self._until_signed(self._way_to_first(first), first, course)
        if self._worried:
            scorer.worried_from = book.days.after(book.days.today, -5)
        given = Treatment(
            book,
            attempts(first, came, book.days),
            course,
            ordered,
            by_train_from=book.days.after(book.days.today, -2) if self._by_train else None,
        )
        return scorer, given.write(scorer, why)

    def _way_to_first(self, first: date) -> Way:
        return way_to("first", first, self._book.days, self._book.draw)

    def _in_treatment(self) -> None:
        """On a day of the course such that a session is planned for today."""
        book, course = self._book, self._course()
        came = pattern(course.delivered, course.missed, book.draw)
        today = book.draw.randrange(len(came) - 1)
        first = book.days.after(book.days.today, -offset(came, today))
        self._treated(course, came, first, None)

    def _over(self, stage: Stage) -> None:
        """A course that is over, for days or for years."""
        book, number = self._book, self._book.person.number
        known = assumptions()
        why = EndReason.COMPLETED
        span = _ENDED_BEFORE_CONTACT if self._worried else known.days.in_follow_up_ago
        course = self._draws.any(number)
        if stage is Stage.FINISHED:
            span, course = known.days.finished_ago, self._draws.whole(number)
        if stage is Stage.STOPPED:
            whole = self._draws.whole(number)
            course = whole.cut(between(book.draw, known.treatment.stopped_after))
            span, why = known.days.stopped_ago, EndReason.SIDE_EFFECTS
        elif course.delivered < SESSIONS:
            why = EndReason.PATIENTS_WISH
        scorer, ended_on = self._until(course, self._ago(*span), why)
        write_follow_up(book, scorer, course, ended_on)

    def _until(self, course: CourseDraw, last: date, why: EndReason) -> tuple[Scorer, date]:
        """A first course that ended on a day."""
        book = self._book
        came = pattern(course.delivered, course.missed, book.draw)
        first = book.days.after(last, -offset(came, len(came) - 1))
        return self._treated(course, came, first, why)

    def _again(self) -> None:
        """Two courses: the response to the first was lost, and the second is over."""
        book, number, known = self._book, self._book.person.number, assumptions()
        second = self._draws.whole(number + 1)
        came = pattern(second.delivered, second.missed, book.draw)
        last = self._ago(1, known.days.in_follow_up_ago[1] // 2)
        first = book.days.after(last, -offset(came, len(came) - 1))
        way = self._way_to_first(first)
        relapse = way.referred - timedelta(
            days=between(book.draw, known.days.relapse_to_second_referral)
        )
        relapse = book.days.at_or_before(relapse)
        before = self._draws.lost_again(number)
        months = min(kept_months(before), known.again.kept_months_at_most)
        ended = book.days.at_or_before(relapse - timedelta(days=round(months * MONTH_DAYS)))
        scorer, ended_on = self._until(before, ended, EndReason.COMPLETED)
        write_follow_up(book, scorer, before, ended_on, until=relapse)
        write_relapse(book, scorer, second, relapse)
        self._second(scorer, way, second, came)

    def _second(self, scorer: Scorer, way: Way, course: CourseDraw, came: tuple[bool, ...]) -> None:
        book = self._book
        assert way.first is not None
        write_authorization(book, way)
        ordered = write_plan(book, way, way.first)
        write_signature(book, way, way.first, ordered)
        given = Treatment(book, attempts(way.first, came, book.days), course, ordered)
        write_follow_up(book, scorer, course, given.write(scorer, EndReason.COMPLETED))
