"""Placing steps on days: which days of each week are treated, and at what time.

A step runs in weeks of seven days, counted from the day after the last treated one, so that a
course begun on a Wednesday still has full weeks. Of a week's possible days the step takes as many
as its rhythm says: the first ones where it is daily, evenly spread ones where it is sparser. A day
that cannot hold all the sessions of a day is not used.

In a daily step no treatment day makes seven days in a row hold more of them than the rhythm says,
in a sparser one no five: a session of two a week may then move by a day or two past a holiday
instead of leaving a gap of a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import combinations, pairwise

from euthymia.plan.course.hours import Availability
from euthymia.plan.course.rooms import (
    Blocked,
    Need,
    Slot,
    blocked_by,
    dated_room,
    nearest_start,
    wall_clock,
    weekly_room,
)
from euthymia.plan.course.site import Site
from euthymia.plan.course.steps import Step

WEEK = 7
DAILY_FROM_DAYS_PER_WEEK = 4
"""From so many days a week a rhythm is daily: days follow each other instead of being spread."""

_SPARSE_SPAN_DAYS = 5

_GIVE_UP_AFTER_WEEKS = 13
"""A quarter of a year without a treatment day: what comes after it is not the same course."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the days are looked at with: who can come when, where, for how long, at what time."""

    availability: Availability
    site: Site
    stimulation_min: int
    preferred: time | None = None

    def need(self, step: Step) -> Need:
        return Need(
            self.stimulation_min,
            step.gap_min,
            self.site.setup_minutes,
            self.site.first_setup_minutes,
        )


@dataclass(frozen=True, slots=True)
class Displaced:
    """A day on which a session would have been, had a holiday or the like not stood in its way."""

    day: date
    by: Blocked


@dataclass(frozen=True, slots=True)
class WeekShort:
    """A week of a step with fewer treatment days than its rhythm says."""

    step: Step
    first: date
    treated: int

    @property
    def lacking(self) -> int:
        return self.step.days_per_week - self.treated


@dataclass(frozen=True, slots=True)
class PlacedDay:
    """A treatment day: its step and the slots of its sessions."""

    step: Step
    day: date
    slots: tuple[Slot, ...]


@dataclass(slots=True)
class Placement:
    """What placing has come to so far; `stuck` is the step that found no room any more."""

    days: list[PlacedDay] = field(default_factory=list)
    displaced: list[Displaced] = field(default_factory=list)
    short: list[WeekShort] = field(default_factory=list)
    not_consecutive: list[Step] = field(default_factory=list)
    stuck: Step | None = None


def place(
    steps: Sequence[Step],
    start: date,
    setting: Setting,
    *,
    history: Sequence[date] = (),
) -> Placement:
    """Place the steps one after another, no session before `start`.

    history: the days treated before, in order, when a course goes on; the rhythm counts them.
    """
    placement = Placement()
    placer = _Placer(setting, placement, tuple(history))
    anchor = start
    for step in steps:
        if not placer.place_step(step, anchor):
            placement.stuck = step
            return placement
        if placement.days:
            anchor = placement.days[-1].day + timedelta(days=1)
    return placement


@dataclass(slots=True)
class _Placer:
    setting: Setting
    placement: Placement
    history: tuple[date, ...]

    def place_step(self, step: Step, anchor: date) -> bool:
        """Place one step; False when it finds no room for a quarter of a year."""
        remaining = step.sessions
        if step.consecutive:
            first = self._first_run(step, anchor)
            if first is not None:
                for offset in range(step.days):
                    remaining -= self._treat(step, first + timedelta(days=offset), remaining)
                return True
            self.placement.not_consecutive.append(step)
        empty_weeks = 0
        while remaining:
            week = [anchor + timedelta(days=offset) for offset in range(WEEK)]
            chosen = self._choose(step, week, remaining)
            self._note_displaced(step, week, remaining, chosen)
            for day in chosen:
                remaining -= self._treat(step, day, remaining)
            if remaining and len(chosen) < step.days_per_week:
                self.placement.short.append(WeekShort(step, anchor, len(chosen)))
            empty_weeks = 0 if chosen else empty_weeks + 1
            if remaining and empty_weeks >= _GIVE_UP_AFTER_WEEKS:
                return False
            anchor += timedelta(days=WEEK)
        return True

    def _first_run(self, step: Step, anchor: date) -> date | None:
        """The first day from which on all the step's days follow each other with room."""
        for offset in range(_GIVE_UP_AFTER_WEEKS * WEEK):
            first = anchor + timedelta(days=offset)
            days = (first + timedelta(days=later) for later in range(step.days))
            if all(self._fits(step, day, step.sessions) for day in days) and (
                not self._opens_course or self._slots(step, first, step.sessions, opens=True)
            ):
                return first
        return None

    def _choose(self, step: Step, week: Sequence[date], remaining: int) -> tuple[date, ...]:
        candidates = [day for day in week if self._fits(step, day, remaining)]
        return self._best(step, candidates, remaining, dated=True)

    def _note_displaced(
        self,
        step: Step,
        week: Sequence[date],
        remaining: int,
        chosen: Sequence[date],
    ) -> None:
        """Note which days would have been chosen if only the hours of the week counted."""
        candidates = [day for day in week if self._fits_weekly(step, day, remaining)]
        ideal = self._best(step, candidates, remaining, dated=False)
        setting = self.setting
        for day in ideal:
            if day not in chosen and not self._fits(step, day, remaining):
                by = blocked_by(day, setting.availability, setting.site)
                self.placement.displaced.append(Displaced(day, by))

    def _best(
        self,
        step: Step,
        candidates: Sequence[date],
        remaining: int,
        *,
        dated: bool,
    ) -> tuple[date, ...]:
        """The best of the candidates; the first of a course must hold its longer first session."""
        openers = candidates
        if self._opens_course:
            openers = [
                day for day in candidates if self._slots(step, day, remaining, dated, opens=True)
            ]
        return _best_days(
            step,
            candidates,
            openers=openers,
            before=self._before,
            counted=self._counted(step),
            remaining=remaining,
        )

    @property
    def _opens_course(self) -> bool:
        return not self._before

    @property
    def _before(self) -> tuple[date, ...]:
        """Every day treated so far, of this course and of what was given before."""
        return (*self.history, *(placed.day for placed in self.placement.days))

    def _counted(self, step: Step) -> tuple[date, ...]:
        """The days that a step's rhythm counts: all before a daily one, its own in a sparser one.

        A taper begins sparse right after daily sessions, which must not push it a week away.
        """
        if _is_daily(step):
            return self._before
        return tuple(placed.day for placed in self.placement.days if placed.step is step)

    def _fits(self, step: Step, day: date, remaining: int) -> bool:
        return bool(self._slots(step, day, remaining))

    def _fits_weekly(self, step: Step, day: date, remaining: int) -> bool:
        return bool(self._slots(step, day, remaining, dated=False))

    def _slots(
        self, step: Step, day: date, remaining: int, dated: bool = True, *, opens: bool = False
    ) -> tuple[Slot, ...]:
        """The slots of the day's sessions; empty where not all of them fit.

        dated: whether holidays and busy dates count; opens: whether the course begins on this day.
        """
        setting = self.setting
        find = dated_room if dated else weekly_room
        room = find(day, setting.availability, setting.site)
        if not room:
            return ()
        need = setting.need(step)
        setups = need.setups(min(step.sessions_per_day, remaining), opens)
        wanted = self._wanted_time(day, room[0][0])
        return nearest_start(room, setups, need, setting.site, wanted)

    def _wanted_time(self, day: date, earliest: datetime) -> datetime:
        """The preferred time, else that of the first session, else as early as the day allows."""
        zone = self.setting.site.zone
        if self.setting.preferred is not None:
            return wall_clock(day, self.setting.preferred, zone)
        if not self.placement.days:
            return earliest
        first = self.placement.days[0].slots[0].start.astimezone(zone)
        return wall_clock(day, first.time(), zone)

    def _treat(self, step: Step, day: date, remaining: int) -> int:
        """Take the day; returns how many sessions it holds."""
        slots = self._slots(step, day, remaining, opens=self._opens_course)
        self.placement.days.append(PlacedDay(step, day, slots))
        return len(slots)


def _best_days(
    step: Step,
    candidates: Sequence[date],
    *,
    openers: Sequence[date],
    before: Sequence[date],
    counted: Sequence[date],
    remaining: int,
) -> tuple[date, ...]:
    """The days to treat among a week's candidates: as many as the rhythm allows, best spread.

    openers: the candidates that may come first. A course begins on the first of them.
    before: every day treated so far; counted: those of them that the rhythm counts.
    """
    days_left = -(-remaining // step.sessions_per_day)
    most = min(step.days_per_week, days_left, len(candidates))
    for count in range(most, 0, -1):
        allowed = [
            days
            for days in combinations(candidates, count)
            if days[0] in openers and _keeps_rhythm(counted, days, step)
        ]
        if not before:
            allowed = [days for days in allowed if days[0] == openers[0]]
        if not allowed:
            continue
        if _is_daily(step):
            return allowed[0]
        return min(allowed, key=lambda days: _unevenness(days, before, WEEK / step.days_per_week))
    return ()


def _is_daily(step: Step) -> bool:
    return step.days_per_week >= DAILY_FROM_DAYS_PER_WEEK


def _keeps_rhythm(counted: Sequence[date], days: Sequence[date], step: Step) -> bool:
    """Whether none of the new days makes a week (or five days) hold more than the rhythm says."""
    most, span = step.days_per_week, WEEK if _is_daily(step) else _SPARSE_SPAN_DAYS
    joined = (*counted[-most:], *days)
    new_ones = range(max(most, len(joined) - len(days)), len(joined))
    return all((joined[new] - joined[new - most]).days >= span for new in new_ones)


def _unevenness(days: Sequence[date], before: Sequence[date], ideal_days: float) -> float:
    """How far the gaps lie from the even spacing, as a sum of squares; smaller is better."""
    first = before[-1] if before else days[0] - timedelta(days=round(ideal_days))
    return sum(
        ((later - earlier).days - ideal_days) ** 2 for earlier, later in pairwise((first, *days))
    )
