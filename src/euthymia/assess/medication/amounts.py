"""Was enough given: long enough, and at a dose high enough, for one instrument?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from euthymia.assess.data_files import Span
from euthymia.assess.medication.catalogue import Agent, AgentKind, MinimumDose, minimum_dose
from euthymia.assess.medication.exposure import DayRange, Exposure, Stretch
from euthymia.assess.medication.instruments import InstrumentRule
from euthymia.assess.medication.trial import MedicationTrial
from euthymia.assess.medication.verdicts import ReasonStep, Role
from euthymia.core.references import Citation


def role_of(trial: MedicationTrial, agent: Agent) -> Role:
    """An agent that was added to another, or that is only ever added, is an augmentation."""
    if agent.kind is AgentKind.ECT:
        return Role.ECT
    if agent.kind in (AgentKind.TMS, AgentKind.PSYCHOTHERAPY, AgentKind.OTHER):
        return Role.OTHER
    if trial.augments is not None or agent.kind is AgentKind.AUGMENTER:
        return Role.AUGMENTATION
    return Role.OTHER if agent.kind is AgentKind.ESKETAMINE else Role.ANTIDEPRESSANT


class Level(StrEnum):
    """Whether a trial was long and high enough, whatever came of it."""

    ENOUGH = "enough"
    TOO_SHORT = "too_short"
    TOO_LOW = "too_low"


@dataclass(frozen=True, slots=True)
class Amount:
    """The levels that the known doses and days allow, why, and what is missing to tell."""

    levels: frozenset[Level]
    missing: tuple[str, ...]
    steps: tuple[ReasonStep, ...]
    at_dose: DayRange | None


def amount_given(
    trial: MedicationTrial, agent: Agent, role: Role, rule: InstrumentRule, exposure: Exposure
) -> Amount | None:
    """Judge the amount by an instrument's rule; None where the instrument does not judge the agent.

    Treatments given by session are judged by their number, drugs by days and dose.
    """
    if role in (Role.ECT, Role.OTHER):
        asked = rule.sessions.get(agent.id.replace("-", "_"))
        return None if asked is None else _amount_in_sessions(trial, agent, rule, asked)
    ask = _Ask.of(agent, role, rule)
    at_dose = exposure.longest(ask.required)
    levels = _levels(exposure.total, at_dose, ask.days)
    told_length = trial.least_days is not None or trial.most_days is not None
    missing: tuple[str, ...] = ()
    if len(levels) > 1:
        missing = _missing_amounts(agent, exposure, at_dose, ask, told_length=told_length)
    return Amount(levels, missing, _amount_steps(agent, exposure, at_dose, ask), at_dose)


@dataclass(frozen=True, slots=True)
class _Ask:
    """What an instrument asks of one agent: how many days, at which dose, or at any dose."""

    rule: InstrumentRule
    days: Span
    days_source: Citation
    minimum: MinimumDose | None
    judges_dose: bool

    @classmethod
    def of(cls, agent: Agent, role: Role, rule: InstrumentRule) -> _Ask:
        days, source = rule.antidepressant_days, rule.source
        if role is Role.AUGMENTATION:
            days, source = rule.augmentation_days, rule.augmentation_source or rule.source
        judges_dose = rule.dose_list != "none"
        dose_list = "augmentation" if agent.kind is AgentKind.AUGMENTER else rule.dose_list
        minimum = minimum_dose(agent, dose_list) if judges_dose else None
        return cls(rule, days, source, minimum, judges_dose)

    @property
    def required(self) -> Span | None:
        """The dose to reach in mg per day: none asked for, or none on record (None)."""
        if not self.judges_dose:
            return Span()
        return self.minimum.mg_per_day if self.minimum else None


def _levels(taken: DayRange, at_dose: DayRange, asked: Span) -> frozenset[Level]:
    """Enough, too short, too low: all of them that the ranges allow."""
    lenient, strict = asked.low or 0, asked.high or 0
    levels = set()
    if at_dose.may_reach(lenient):
        levels.add(Level.ENOUGH)
    if not at_dose.surely_reaches(strict):
        if not taken.surely_reaches(lenient) or at_dose.may_reach(1):
            levels.add(Level.TOO_SHORT)
        if taken.may_reach(lenient) and at_dose.low == 0:
            levels.add(Level.TOO_LOW)
    return frozenset(levels)


def _amount_in_sessions(
    trial: MedicationTrial, agent: Agent, rule: InstrumentRule, asked: Span
) -> Amount:
    given = trial.sessions
    levels = set()
    if given is None or given >= (asked.low or 0):
        levels.add(Level.ENOUGH)
    if given is None or given < (asked.high or 0):
        levels.add(Level.TOO_SHORT)
    count = "an unknown number of" if given is None else str(given)
    text = f"{agent.name}: {count} sessions; {rule.name} asks for {asked.text}"
    missing: tuple[str, ...] = ()
    if len(levels) > 1:
        open_point = f"whether {count} sessions of {agent.name} are enough"
        unknown = f"the number of sessions of {agent.name}"
        missing = (unknown if given is None else f"{open_point} ({asked.text} are asked for)",)
    return Amount(frozenset(levels), missing, (ReasonStep(text, rule.source),), None)


def _missing_amounts(
    agent: Agent, exposure: Exposure, at_dose: DayRange, ask: _Ask, *, told_length: bool
) -> tuple[str, ...]:
    missing = []
    lenient, strict = ask.days.low or 0, ask.days.high or 0
    if lenient <= at_dose.low < strict:
        text = f"{at_dose.low} days of {agent.name} are enough ({ask.days.text} are asked for)"
        missing.append(f"whether {text}")
    if ask.judges_dose and ask.minimum is None:
        level = f" (a level of {agent.level} is asked for)" if agent.level else ""
        missing.append(f"whether the dose of {agent.name} was enough{level}")
    elif ask.minimum is not None:
        missing.extend(_missing_doses(agent, exposure, ask.minimum))
    if not exposure.start_known and not told_length:
        missing.append(f"when {agent.name} was started")
    if not exposure.end_known and not told_length:
        missing.append(f"when {agent.name} was stopped")
    if not missing:
        asked = ask.required.text if ask.required and ask.required.low else ""
        missing.append(f"how long {agent.name} was taken" + (f" at {asked} mg" if asked else ""))
    return tuple(missing)


def _missing_doses(agent: Agent, exposure: Exposure, minimum: MinimumDose) -> list[str]:
    low, high = minimum.mg_per_day.low or 0, minimum.mg_per_day.high or 0
    missing = []
    between = []
    for dose in exposure.doses:
        if dose.exact and low <= (dose.low_mg_per_day or 0) < high:
            between.append(f"{dose.low_mg_per_day:g}")
        elif not dose.exact and dose.may_reach(low) and not dose.surely_reaches(high):
            told = dose_text(dose)
            missing.append(f"the dose of {agent.name}" + (f" ({told} mg)" if told else ""))
    if between:
        missing.append(
            f"whether {' and '.join(between)} mg of {agent.name} is enough (the sources differ)"
        )
    return list(dict.fromkeys(missing))


def dose_text(dose: Stretch) -> str:
    """ "50", "50 to 100", "at most 100", or nothing where it is unknown."""
    known = dose.low_mg_per_day is not None or dose.high_mg_per_day is not None
    return Span(low=dose.low_mg_per_day, high=dose.high_mg_per_day).text if known else ""


def _amount_steps(
    agent: Agent, exposure: Exposure, at_dose: DayRange, ask: _Ask
) -> tuple[ReasonStep, ...]:
    name = ask.rule.name
    taken = f"{agent.name} was taken for {exposure.total.text}; {name} asks for {ask.days.text}"
    steps = [ReasonStep(f"{taken} days", ask.days_source)]
    if not ask.judges_dose:
        steps.append(ReasonStep(f"{name} does not judge the dose", ask.rule.source))
    elif ask.minimum is None:
        steps.append(ReasonStep(f"No minimum dose of {agent.name} is on record"))
    else:
        asked, why = ask.minimum.mg_per_day.text, ask.minimum.why
        text = f"Time in a row at {asked} mg per day or more ({why}): {at_dose.text}"
        steps.append(ReasonStep(text, ask.minimum.sources[0]))
    return tuple(steps)
