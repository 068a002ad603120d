"""Random treatment histories, as messy as they come; the benchmark uses them, too."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from euthymia.assess.medication.catalogue import all_agents
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
from euthymia.assess.staging.judged import JudgedHistory

ON = date(2026, 6, 30)
NAMES = [agent.name for agent in all_agents()]
EFFECTS = ["weight gain", "sexual dysfunction", "brain fog", "sedation", "purple spots"]


def random_trials(dice: Random) -> list[MedicationTrial]:
    """Up to eight trials, told exactly, roughly or hardly at all."""
    return [dice.choice([_exact, _told, _bare])(dice) for _ in range(dice.randrange(9))]


def random_episode(dice: Random) -> EpisodeFacts:
    facts = [None, True, False]
    onset = ON - timedelta(days=dice.randrange(30, 2000))
    bounds = DayBounds(dice.choice([None, onset - timedelta(days=dice.randrange(90))]), onset)
    exact = dice.random() < 0.4
    return EpisodeFacts(
        onset if exact else None,
        dice.choice([None, *EpisodeSeverity]),
        dice.choice(facts),
        dice.choice(facts),
        dice.choice(facts),
        None if exact else dice.choice([None, bounds]),
    )


def _common(dice: Random, *, ended: bool) -> dict:
    stops = [r for r in StopReason if not ended or r is not StopReason.ONGOING]
    return {
        "adherence": dice.choice(list(Adherence)),
        "response": dice.choice(list(Response)),
        "stop_reason": dice.choice(stops),
        "side_effects": tuple(dice.sample(EFFECTS, dice.randrange(3))),
        "augments": dice.choice([None, None, "sertraline"]),
        "current_episode": dice.choice([None, True, False]),
        "sessions": dice.choice([None, 6, 30]),
    }


def _exact(dice: Random) -> MedicationTrial:
    start = ON - timedelta(days=dice.randrange(200, 1500))
    end = start + timedelta(days=dice.randrange(1, 190))
    raised = start + (end - start) // 2
    low, high = sorted(dice.sample([5.0, 20.0, 50.0, 150.0, 300.0], 2))
    steps = (DoseStep(start, None, low),)
    if raised > start:
        steps = (*steps, DoseStep(raised, None, dice.choice([high, None])))
    return MedicationTrial(dice.choice(NAMES), start, end, steps, **_common(dice, ended=True))


def _told(dice: Random) -> MedicationTrial:
    start = ON - timedelta(days=dice.randrange(300, 1500))
    slack = timedelta(days=dice.randrange(90))
    end = start + slack + timedelta(days=dice.randrange(1, 100))
    doses = []
    for _ in range(dice.randrange(4)):
        low, high = sorted(dice.sample([5.0, 20.0, 50.0, 150.0, 300.0], 2))
        doses.append(ToldDose(dice.choice([None, low]), dice.choice([None, high])))
    lengths = dice.choice([(None, None), (10, 400), (28, None)])
    return MedicationTrial(
        dice.choice(NAMES),
        None,
        None,
        start_between=dice.choice([None, DayBounds(start, start + slack)]),
        end_between=DayBounds(end, end + timedelta(days=60)),
        least_days=lengths[0],
        most_days=lengths[1],
        doses=tuple(doses),
        **_common(dice, ended=True),
    )


def _bare(dice: Random) -> MedicationTrial:
    """A name, and hardly anything else."""
    return MedicationTrial(dice.choice(NAMES), None, None, **_common(dice, ended=False))


def explained(history: JudgedHistory) -> bool:
    """Whether every verdict, stage and definition gives its reasons, and says what is open."""
    verdicts = [v for judged in history.verdicts.values() for v in judged]
    return (
        all(verdict.steps and verdict.possible and verdict.text for verdict in verdicts)
        and all(verdict.missing for verdict in verdicts if len(verdict.possible) > 1)
        and all(stage.sentence and stage.steps for stage in history.stages)
        and all(s.missing or s.notes for s in history.stages if not s.definite)
        and all(result.sentence and result.steps for result in history.definitions)
        and all(result.missing for result in history.definitions if result.met is None)
        and all(pair.text and pair.steps for pair in history.together)
        and all(step.source for stage in history.stages for step in stage.steps)
    )
