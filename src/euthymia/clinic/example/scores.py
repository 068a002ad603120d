"""The scales of one invented patient over time, the suicide item and what follows from it."""

from __future__ import annotations

from datetime import date
from random import Random

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.chart.envelope import Author
from euthymia.chart.patient_facts import ScaleFilled
from euthymia.chart.safety_facts import SafetyTaskClosed
from euthymia.clinic.example.assumptions import assumptions
from euthymia.clinic.example.book import Book
from euthymia.clinic.example.draws import clinician_total
from euthymia.clinic.example.history import between
from euthymia.clinic.example.people import own_name
from euthymia.clinic.example.rooms import PSYCHIATRISTS
from euthymia.clinic.example.scales import filled


class Scorer:
    """Fills in scales so that they follow one drawn course.

    first, clinicians_first: PHQ-9 and HAM-D17 before treatment. worried_from: from this day on the
    patient answers the suicide item above zero, and nobody has closed the task yet.
    """

    def __init__(self, book: Book, first: int, clinicians_first: int) -> None:
        self._book = book
        self._first = first
        self._clinicians_first = clinicians_first
        self._thinks = book.draw.random() < assumptions().scores.suicide_item_share
        self.worried_from: date | None = None

    @property
    def first(self) -> int:
        """The PHQ-9 before treatment."""
        return self._first

    def begin_again(self, total: int) -> None:
        """Another course begins from this PHQ-9; the clinician's scale follows it as before."""
        self._first = total

    def before_treatment(self, day: date, minute: float, author: Author) -> None:
        """All scales of the assessment."""
        self.by_patient(day, minute, self._first, with_others=True)
        self.by_clinician(day, minute + 10, self._first, author)

    def by_patient(
        self, day: date, minute: float, total: int, *, with_others: bool = False
    ) -> None:
        """A PHQ-9, with anxiety and well-being where they are due."""
        draw, author = self._book.draw, Author(own_name(self._book.person.pseudonym), "patient")
        answer = self._answer(total, day)
        self._record(
            day, minute, author, filled("phq9", day, total, draw, fixed={_suicide("phq9"): answer})
        )
        if not with_others:
            return
        share = total / find_scale("phq9").high
        anxious = _near(share * find_scale("gad7").high, draw)
        well = _near(
            (1 - share) * sum(find_scale("who5").item_max) * assumptions().scores.well_being_share,
            draw,
        )
        self._record(day, minute + 2, author, filled("gad7", day, anxious, draw))
        self._record(day, minute + 4, author, filled("who5", day, well, draw))

    def by_clinician(self, day: date, minute: float, total: int, author: Author) -> None:
        """A HAM-D17 that belongs to a PHQ-9 of that total."""
        draw = self._book.draw
        score = clinician_total(draw, total, self._first, self._clinicians_first)
        answer = 1 if self._answer(min(total, _without_suicide()), day) else 0
        fact = filled("hamd17", day, score, draw, "clinician", {_suicide("hamd17"): answer})
        self._record(day, minute, author, fact)

    def _answer(self, total: int, day: date) -> int:
        """The answer on the PHQ-9's suicide item."""
        forced = max(0, total - _without_suicide())
        if self.is_worried(day):
            return max(forced, 1)
        known, draw = assumptions().scores, self._book.draw
        low = not self._thinks or total < known.thoughts_from
        if low or draw.random() < known.thoughts_not_told_share:
            return forced
        ill = total >= known.thoughts_often_from
        return max(forced, 2 if ill and draw.random() < known.thoughts_often_share else 1)

    def is_worried(self, day: date) -> bool:
        """Whether the suicide item is answered above zero on that day, with nobody asking yet."""
        return self.worried_from is not None and day >= self.worried_from

    def _record(self, day: date, minute: float, author: Author, fact: ScaleFilled) -> None:
        entry_id = self._book.note(day, minute, author, fact)
        rule, items = find_scale(fact.score.scale).suicide, fact.score.items
        if rule is not None and any(items[number - 1] for number in rule.items):
            self._close(entry_id, day, minute)

    def _close(self, entry_id: str, day: date, minute: float) -> None:
        """Someone asks, and says so; unless this one is to be left open."""
        book = self._book
        if self.is_worried(day):
            return
        who = PSYCHIATRISTS[book.person.number % len(PSYCHIATRISTS)]
        later = between(book.draw, assumptions().scores.task_closed_within_days)
        on = book.days.at_or_after(book.days.after(day, later)) if later else day
        fact = SafetyTaskClosed(
            entry_id=entry_id,
            person=who.name,
            note="Asked on the same day or the next: thoughts, no plan, safety plan agreed "
            "(synthetic).",
            assessed_on=on,
        )
        book.note(on, minute + 30 if on == day else 8 * 60 + 5, who.author, fact)


def _suicide(scale: str) -> int:
    """The place of a scale's item on suicide, from 0."""
    rule = find_scale(scale).suicide
    assert rule is not None
    return rule.items[0] - 1


def _without_suicide() -> int:
    """The highest PHQ-9 with nothing on that item: above it the item cannot be zero."""
    phq9 = find_scale("phq9")
    return int(phq9.high - phq9.item_max[_suicide("phq9")])


def _near(value: float, draw: Random) -> int:
    return max(0, round(value + draw.gauss(0, assumptions().scores.noise_points)))
