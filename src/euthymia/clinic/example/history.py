"""What invented patients took before, and what they answered to the safety screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from euthymia.assess.medication.catalogue import Agent, all_agents
from euthymia.assess.medication.trial import (
    Adherence,
    DayBounds,
    DoseStep,
    EpisodeFacts,
    EpisodeSeverity,
    MedicationTrial,
    Response,
    StopReason,
    ToldDose,
)
from euthymia.assess.safety.implants import Implant, ImplantKind
from euthymia.assess.safety.screen import MEDICINES_ITEM, Answer, ScreenAnswer, screen_items
from euthymia.chart.patient_facts import ImplantRecorded, MedicinesRecorded, ScreenAnswered
from euthymia.clinic.example.assumptions import Between, assumptions

_WEEK = 7
_NOTE = "As told by an invented (synthetic) patient."


@dataclass(frozen=True, slots=True)
class Past:
    """The episode and everything taken in and before it, in order of time."""

    episode: EpisodeFacts
    trials: tuple[MedicationTrial, ...]
    recurrent: bool

    @property
    def taken_now(self) -> tuple[str, ...]:
        return tuple(t.agent for t in self.trials if t.stop_reason is StopReason.ONGOING)


def between(draw: Random, span: Between) -> int:
    """A whole number of a span, each as likely."""
    return span[0] + int(draw.random() * (span[1] - span[0] + 1))


def past(told_on: date, draw: Random, trials: int | None = None) -> Past:
    """A history as it was told on a day, with so many antidepressants in this episode."""
    known = assumptions().history
    count = between(draw, known.trials) if trials is None else trials
    agents = _different(known.antidepressants, count + 1, draw)
    taken = list(_in_episode(agents[:count], told_on, draw))
    begun = min(trial.earliest_start or told_on for trial in taken)
    onset = begun - timedelta(days=between(draw, known.onset_before_first_trial_days))
    if draw.random() < known.psychotherapy_share:
        taken.append(_psychotherapy(onset, told_on, draw))
    augmented = count > 1 and draw.random() < known.augmented_share
    if augmented:
        taken.append(_augmentation(taken[count - 1], draw, told_on))
    earlier = draw.random() < known.earlier_episode_share
    if earlier:
        taken.insert(0, _earlier(agents[count], onset, draw))
    episode = EpisodeFacts(
        onset=onset,
        severity=draw.choice((EpisodeSeverity.MODERATE, EpisodeSeverity.SEVERE)),
        psychotic=False,
        augmentation_used=augmented,
        ect_used=False,
    )
    return Past(episode, tuple(taken), earlier or draw.random() < known.recurrent_share)


def _in_episode(agents: list[Agent], told_on: date, draw: Random) -> Iterator[MedicationTrial]:
    """One antidepressant after the other, the last one still taken, oldest first."""
    known = assumptions().history
    weeks = [_weeks(draw) for _ in agents]
    gaps = [between(draw, known.days_between_trials) for _ in agents]
    days = sum(weeks) * _WEEK + sum(gaps)
    start = told_on - timedelta(days=days)
    for place, agent in enumerate(agents):
        end = start + timedelta(days=weeks[place] * _WEEK)
        last = place == len(agents) - 1
        intolerant = not last and draw.random() < known.intolerance_share
        yield _trial(agent, start, None if last else end, draw, intolerant, told_on)
        start = end + timedelta(days=gaps[place])


def _weeks(draw: Random) -> int:
    known = assumptions().history
    short = draw.random() < known.too_short_share
    return between(draw, known.too_short_weeks if short else known.weeks)


def _trial(
    agent: Agent, start: date, end: date | None, draw: Random, intolerant: bool, told_on: date
) -> MedicationTrial:
    known = assumptions().history
    dose = _dose(agent, draw)
    rough = end is not None and draw.random() < known.roughly_told_share
    ongoing = end is None
    effects = draw.sample(known.side_effects, 2 if intolerant else draw.randrange(2))
    return MedicationTrial(
        agent=agent.name,
        start=None if rough else start,
        end=None if rough else end,
        steps=() if rough else _steps(agent, start, end, dose),
        adherence=Adherence.UNKNOWN if rough else Adherence.GOOD,
        response=draw.choice((Response.NONE, Response.NONE, Response.PARTIAL)),
        stop_reason=StopReason.ONGOING
        if ongoing
        else StopReason.SIDE_EFFECTS
        if intolerant
        else StopReason.NO_BENEFIT,
        side_effects=tuple(effects),
        current_episode=True,
        note=_NOTE if rough else "",
        start_between=_month(start, told_on) if rough else None,
        end_between=_month(end, told_on) if rough and end else None,
        doses=(ToldDose(dose, dose),) if rough and dose else (),
    )


def _dose(agent: Agent, draw: Random) -> float | None:
    """A target dose of the usual ones, now and then half of the least of them."""
    usual = agent.usual
    if usual is None or usual.low is None:
        return None
    if draw.random() < assumptions().history.too_low_share:
        return usual.low / 2
    high = usual.high or usual.low
    return draw.choice((usual.low, (usual.low + high) / 2, high))


def _steps(agent: Agent, start: date, end: date | None, dose: float | None) -> tuple[DoseStep, ...]:
    first = agent.usual.low if agent.usual else None
    raised = start + timedelta(days=assumptions().history.titration_days)
    if dose is None or first is None or dose <= first or (end and raised >= end):
        return (DoseStep(start, None, dose),)
    return DoseStep(start, None, first), DoseStep(raised, None, dose)


def _month(day: date, told_on: date) -> DayBounds:
    """The month of a day, as far as it had gone when it was told."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return DayBounds(first, min(last, told_on))


def _psychotherapy(onset: date, told_on: date, draw: Random) -> MedicationTrial:
    known = assumptions().history
    after = min(known.psychotherapy_within_days, (told_on - onset).days // 3)
    start = onset + timedelta(days=after)
    end = start + (told_on - start) / 2
    return MedicationTrial(
        "cognitive behavioural therapy",
        start,
        end,
        response=draw.choice((Response.NONE, Response.PARTIAL)),
        stop_reason=StopReason.OTHER,
        sessions=between(draw, known.psychotherapy_sessions),
        current_episode=True,
    )


def _augmentation(base: MedicationTrial, draw: Random, told_on: date) -> MedicationTrial:
    agent = _by_id()[draw.choice(assumptions().history.augmenters)]
    start = base.earliest_start or told_on
    end = base.latest_end or told_on
    length = (min(end, told_on) - start).days
    dose = agent.usual.low if agent.usual else None
    begun = start + timedelta(days=length // 3)
    return MedicationTrial(
        agent.name,
        begun,
        start + timedelta(days=max(length - 1, length // 3)),
        (DoseStep(begun, None, dose),),
        Adherence.GOOD,
        response=Response.NONE,
        stop_reason=StopReason.NO_BENEFIT,
        augments=base.agent,
        current_episode=True,
    )


def _earlier(agent: Agent, onset: date, draw: Random) -> MedicationTrial:
    known = assumptions().history
    start = onset - timedelta(days=between(draw, known.earlier_episode_ago_days))
    return MedicationTrial(
        agent.name,
        start,
        start + timedelta(days=between(draw, known.earlier_trial_days)),
        (DoseStep(start, None, _dose(agent, draw)),),
        Adherence.GOOD,
        response=draw.choice((Response.RESPONSE, Response.REMISSION)),
        stop_reason=StopReason.OTHER,
        current_episode=False,
        note="An earlier episode; stopped when well.",
    )


def _different(ids: tuple[str, ...], count: int, draw: Random) -> list[Agent]:
    """So many different agents, the more usual ones more often."""
    weights = {each: 1 / (2 + place) for place, each in enumerate(ids)}
    found: list[Agent] = []
    for _ in range(count):
        chosen = draw.choices(list(weights), list(weights.values()))[0]
        del weights[chosen]
        found.append(_by_id()[chosen])
    return found


@cache
def _by_id() -> dict[str, Agent]:
    return {agent.id: agent for agent in all_agents()}


_DETAILS = {
    "earlier-mri": "knee, some years ago, no problem",
    "family-epilepsy": "a brother, since childhood",
    "headache": "tension-type, about twice a week",
    "hearing": "slight ringing on the left, checked by audiology",
    "sleep-loss": "wakes at four in the morning",
    "head-injury": "concussion at school, no after-effects",
    "syncope": "once, when blood was taken",
    "earlier-tms": "ten sessions elsewhere, no problem",
}


def screening(answered_on: date, medicines: tuple[str, ...], draw: Random) -> ScreenAnswered:
    """Every question of the safety screen answered."""
    shares = assumptions().screen
    yes = {item: _DETAILS[item] for item, share in shares.items() if draw.random() < share}
    if medicines:
        yes[MEDICINES_ITEM] = ", ".join(medicines)
    return screen_of(answered_on, yes)


def screen_of(answered_on: date, yes: dict[str, str]) -> ScreenAnswered:
    """Yes to those questions, with what was said; no to all others."""
    answers = tuple(
        ScreenAnswer(item.id, Answer.YES, yes[item.id])
        if item.id in yes
        else ScreenAnswer(item.id, Answer.NO)
        for item in screen_items()
    )
    return ScreenAnswered(answered_on=answered_on, answers=answers)


def medicines(listed_on: date, taken: tuple[str, ...], draw: Random) -> MedicinesRecorded:
    """The list of everything taken: what the history says, and now and then something else."""
    others = draw.sample(assumptions().history.others, draw.choice((0, 0, 1, 2)))
    return MedicinesRecorded(listed_on=listed_on, taken=(*taken, *others))


def metal() -> ImplantRecorded:
    """A piece of metal that rules treatment out under the labels."""
    return ImplantRecorded(
        implant=Implant(
            ImplantKind.ANEURYSM_CLIP,
            "left middle cerebral artery",
            distance_from_coil_cm=assumptions().body.clip_distance_cm,
            conductive=True,
            removable=False,
            note="invented (synthetic)",
        )
    )
