"""Was a trial an adequate failure? The judgement of one trial by one instrument, step by step.

What is unknown is not guessed: every fact that is missing is taken in each of its possible ways,
and the verdict is the set of what comes out. Only a set of one is a definite verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import product

from euthymia.assess.medication.amounts import Level, amount_given, role_of
from euthymia.assess.medication.catalogue import Agent
from euthymia.assess.medication.exposure import Exposure
from euthymia.assess.medication.instruments import (
    Instrument,
    InstrumentRule,
    intolerance_text,
    response_text,
)
from euthymia.assess.medication.names import find_agent
from euthymia.assess.medication.trial import (
    Adherence,
    EpisodeFacts,
    MedicationTrial,
    Response,
    StopReason,
    refuse_future,
)
from euthymia.assess.medication.verdicts import (
    ReasonStep,
    TrialVerdict,
    Verdict,
    in_order,
    sentence_case,
)


def adequacy(trial: MedicationTrial, instrument: Instrument, on: date) -> TrialVerdict:
    """Judge one trial by one instrument's rule on a day; refuses unknown drugs and future dates."""
    refuse_future((trial,), EpisodeFacts(), on)
    instrument = Instrument(instrument)
    agent = find_agent(trial.agent)
    if trial.augments is not None:
        find_agent(trial.augments)
    rule, role, exposure = instrument.rule, role_of(trial, agent), Exposure.of(trial, on)
    amount = amount_given(trial, agent, role, rule, exposure)
    if amount is None:
        possible: tuple[Verdict, ...] = (Verdict.NOT_JUDGED,)
        why = f"{rule.name} does not judge {agent.name} as a trial of a drug"
        steps: tuple[ReasonStep, ...] = (ReasonStep(why, rule.source),)
        missing: tuple[str, ...] = ()
    else:
        facts = _Facts(trial, agent, rule, amount.levels)
        possible = facts.verdicts()
        steps = (*amount.steps, *facts.steps())
        missing = (*amount.missing, *facts.missing()) if len(possible) > 1 else ()
    return TrialVerdict(
        trial=trial,
        agent=agent,
        role=role,
        instrument=instrument,
        possible=possible,
        missing=missing,
        steps=steps,
        taken=exposure.total,
        at_dose=amount.at_dose if amount else None,
        began=exposure.began,
        ended=exposure.ended,
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts of a trial beside its amount, each with the values it may have."""

    trial: MedicationTrial
    agent: Agent
    rule: InstrumentRule
    levels: frozenset[Level]

    @property
    def responses(self) -> tuple[Response, ...]:
        """An unknown response may be any; a trial stopped for want of benefit did not help."""
        response, no_benefit = self.trial.response, self.trial.stop_reason is StopReason.NO_BENEFIT
        if response is Response.UNKNOWN:
            every = (Response.NONE, Response.RESPONSE, Response.LOST)
            return (Response.NONE,) if no_benefit else every
        if no_benefit and response in (Response.RESPONSE, Response.REMISSION):
            return (Response.NONE, response)
        return (response,)

    @property
    def stops(self) -> tuple[StopReason, ...]:
        if self.trial.stop_reason is not StopReason.UNKNOWN:
            return (self.trial.stop_reason,)
        ended = (StopReason.OTHER, StopReason.SIDE_EFFECTS)
        return ended if self.trial.latest_end is not None else (*ended, StopReason.ONGOING)

    @property
    def adherences(self) -> tuple[Adherence, ...]:
        if self.trial.adherence is not Adherence.UNKNOWN:
            return (self.trial.adherence,)
        if self.rule.confirms_adherence:
            return (Adherence.GOOD, Adherence.POOR)
        return (Adherence.GOOD,)

    def verdicts(self) -> tuple[Verdict, ...]:
        """Every verdict that some reading of the facts leads to, in the order of the enum."""
        return in_order(
            self._decide(*case)
            for case in product(sorted(self.levels), self.adherences, self.responses, self.stops)
        )

    def _decide(
        self, level: Level, adherence: Adherence, response: Response, stop: StopReason
    ) -> Verdict:
        enough = level is Level.ENOUGH
        if not enough and stop is StopReason.SIDE_EFFECTS:
            return Verdict.INTOLERANCE
        # Of a trial that was too short or too low, only a recorded response says more than that.
        known = enough or self.trial.response is not Response.UNKNOWN
        if known and response is Response.LOST:
            return Verdict.TACHYPHYLAXIS
        if known and response in (Response.RESPONSE, Response.REMISSION):
            return Verdict.RESPONDED
        if not enough and stop is StopReason.ONGOING:
            return Verdict.ONGOING
        if adherence is Adherence.POOR:
            return Verdict.POOR_ADHERENCE
        return Verdict.ADEQUATE_FAILURE if enough else Verdict(level.value)

    def missing(self) -> tuple[str, ...]:
        """The unknown facts whose values would change what comes out."""
        name = self.agent.name
        found = []
        contradicted = self.trial.response is not Response.UNKNOWN
        if len(self.responses) > 1 and (contradicted or Level.ENOUGH in self.levels):
            found.append(f"whether {name} helped")
        if len(self.stops) > 1 and self.levels != {Level.ENOUGH}:
            found.append(f"why {name} was stopped")
        if len(self.adherences) > 1:
            found.append(f"whether {name} was taken as prescribed")
        return tuple(found)

    def steps(self) -> tuple[ReasonStep, ...]:
        return (self._response_step(), *self._intolerance_steps(), *self._adherence_steps())

    def _response_step(self) -> ReasonStep:
        trial, below = self.trial, f"{self.rule.failure_below_pct:g} %"
        said = response_text(trial.response)
        text = f"{sentence_case(said.text)}; a failure is an improvement below {below}"
        if trial.stop_reason is StopReason.NO_BENEFIT and trial.response is Response.UNKNOWN:
            text += f"; it was stopped for want of benefit, which is read as below {below}"
        if len(self.responses) > 1 and trial.response is not Response.UNKNOWN:
            text += "; but it was stopped for want of benefit, which contradicts this"
        return ReasonStep(text, said.source)

    def _intolerance_steps(self) -> tuple[ReasonStep, ...]:
        trial, rule = self.trial, intolerance_text()
        if trial.stop_reason is not StopReason.SIDE_EFFECTS:
            return ()
        effects = f" ({', '.join(trial.side_effects)})" if trial.side_effects else ""
        if self.levels == {Level.ENOUGH}:
            text = f"Stopped because of side effects{effects}, after it had become adequate"
        else:
            text = f"Side effects{effects}: if {rule.text}"
        return (ReasonStep(text, rule.source),)

    def _adherence_steps(self) -> tuple[ReasonStep, ...]:
        rule = self.rule
        if self.trial.adherence is Adherence.POOR:
            return (ReasonStep("It was not taken as prescribed, so it was no fair trial"),)
        if self.trial.adherence is Adherence.GOOD:
            return ()
        how = "asks for it" if rule.confirms_adherence else "does not ask for it: assumed good"
        return (ReasonStep(f"Adherence is not recorded; {rule.name} {how}", rule.source),)
