"""The assessment of one patient on one day: resistance, safety, scales, label status, summary.

It joins the rules of this room and adds none of its own. The same facts give the same assessment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from euthymia.assess.eligibility.conditions import TreatedCondition, condition_of
from euthymia.assess.eligibility.label import Candidate, Diagnosis, EligibilityResult, eligibility
from euthymia.assess.eligibility.payers import PayerCase, PayerResult, check_payers, intolerances
from euthymia.assess.medication.catalogue import AgentKind
from euthymia.assess.medication.episode import in_current_episode, molecules, tally_failures
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.names import lookup_agent
from euthymia.assess.medication.overlap import Concurrence
from euthymia.assess.medication.trial import (
    EpisodeFacts,
    MedicationTrial,
    StopReason,
)
from euthymia.assess.medication.verdicts import Role, TrialVerdict, Verdict
from euthymia.assess.safety.implants import Implant
from euthymia.assess.safety.screen import (
    MEDICINES_ITEM,
    Answer,
    Clearance,
    ScreenAnswer,
    clearance,
    label_severity,
    screen,
)
from euthymia.assess.scales.items import refuse_future_score
from euthymia.assess.scales.score import ScaleResult, ScaleScore, score_scale
from euthymia.assess.staging.judged import JudgedHistory, judge_history
from euthymia.assess.staging.results import DefinitionResult, StageResult
from euthymia.core.findings import Finding, by_severity
from euthymia.core.references import Citation


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the summary, with the source of the rule behind it."""

    text: str
    source: Citation | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that the rules say of one patient on one day.

    `verdicts` holds every trial as each instrument judges it, in the order of the history;
    `together` the drugs that were, or may have been, taken at the same time.
    `findings` are those of the safety screen and of the scales, gravest first. `payer_case` is what
    the payers' rules were applied to, `condition` what is on record of the diagnosis; both None
    where the diagnosis is not known.
    """

    on: date
    episode: EpisodeFacts
    verdicts: Mapping[Instrument, tuple[TrialVerdict, ...]]
    maudsley: StageResult
    other_stages: tuple[StageResult, ...]
    definitions: tuple[DefinitionResult, ...]
    together: tuple[Concurrence, ...]
    safety: tuple[Finding, ...]
    clearance: Clearance
    scales: tuple[ScaleResult, ...]
    eligibility: EligibilityResult | None
    payers: tuple[PayerResult, ...]
    payer_case: PayerCase | None
    condition: TreatedCondition | None

    @property
    def trials(self) -> tuple[TrialVerdict, ...]:
        """Every trial as the ATRQ judges it, on which the definition of resistance rests."""
        return self.verdicts[Instrument.ATRQ]

    @property
    def history(self) -> JudgedHistory:
        """The treatment history alone, as every instrument judges it."""
        return JudgedHistory(
            on=self.on,
            episode=self.episode,
            verdicts=self.verdicts,
            together=self.together,
            maudsley=self.maudsley,
            other_stages=self.other_stages,
            definitions=self.definitions,
        )

    @property
    def trd(self) -> DefinitionResult:
        """Treatment-resistant depression by two adequate failures."""
        return next(result for result in self.definitions if result.definition.id == "trd")

    @property
    def findings(self) -> tuple[Finding, ...]:
        found = [finding for result in self.scales for finding in result.findings]
        return by_severity([*self.safety, *found])

    @property
    def summary(self) -> tuple[Statement, ...]:
        """The assessment in sentences, each with its source."""
        return (
            *_trial_statements(self),
            *(Statement(r.sentence, r.definition.source) for r in self.definitions[:1]),
            Statement(self.maudsley.sentence, self.maudsley.source),
            *_safety_statements(self),
            *_scale_statements(self.scales),
            *_label_statements(self.eligibility),
            *_condition_statements(self.condition),
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """What would narrow the results, each point once."""
        points = [*self.maudsley.missing]
        points += [point for result in self.definitions for point in result.missing]
        points += self.eligibility.missing if self.eligibility else ()
        return tuple(dict.fromkeys(points))


def assess(
    *,
    on: date,
    trials: Sequence[MedicationTrial] = (),
    episode: EpisodeFacts | None = None,
    answers: Iterable[ScreenAnswer] = (),
    implants: Iterable[Implant] = (),
    current_drugs: Sequence[str] | None = None,
    withdrawn_drugs: Iterable[str] = (),
    scales: Sequence[ScaleScore] = (),
    diagnosis: Diagnosis | None = None,
    age_years: tuple[int, int] | int | None = None,
    anxious: bool | None = None,
    device: str | None = None,
) -> Assessment:
    """Assess a patient on a day from the recorded facts; what is not given is unknown.

    `current_drugs` None: the list of medicines was not taken, which is a finding; trials that are
    still running count as taken in any case. `age_years` is the age, or the youngest and the oldest
    that a birth year allows. `diagnosis` None: no label status is worked out. `device` narrows it
    to one device. Refuses unknown drugs, impossible scores, and dates after `on`.
    """
    episode = episode or EpisodeFacts()
    history = judge_history(trials, episode, on)
    verdicts = history.verdicts
    for score in scales:
        refuse_future_score(score.scale, score.on, on)
    ages = (age_years, age_years) if isinstance(age_years, int) else age_years
    given = _with_medicines(answers, current_drugs)
    safety = screen(
        given,
        implants,
        current_drugs=current_drugs,
        running_drugs=_running(verdicts[Instrument.ATRQ], current_drugs or ()),
        withdrawn_drugs=withdrawn_drugs,
        age_years=ages[0] if ages else None,
        psychotic=episode.psychotic,
    )
    scored = tuple(score_scale(score) for score in sorted(scales, key=lambda one: one.on))
    case = _payer_case(diagnosis, on, ages, verdicts, episode, scored, safety)
    candidate = _candidate(diagnosis, on, ages, verdicts[Instrument.ATRQ], episode)
    return Assessment(
        on=on,
        episode=episode,
        verdicts=verdicts,
        maudsley=history.maudsley,
        other_stages=history.other_stages,
        definitions=history.definitions,
        together=history.together,
        safety=safety,
        clearance=clearance(safety),
        scales=scored,
        eligibility=eligibility(replace(candidate, anxious=anxious, device=device))
        if candidate
        else None,
        payers=check_payers(case) if case else (),
        payer_case=case,
        condition=condition_of(diagnosis) if diagnosis else None,
    )


def _with_medicines(
    answers: Iterable[ScreenAnswer], current_drugs: Sequence[str] | None
) -> tuple[ScreenAnswer, ...]:
    """The answers, with the question on medicines answered by the list of them, if there is one."""
    given = tuple(answers)
    if current_drugs is None or any(answer.item == MEDICINES_ITEM for answer in given):
        return given
    taken = Answer.YES if current_drugs else Answer.NO
    return (*given, ScreenAnswer(MEDICINES_ITEM, taken, ", ".join(current_drugs)))


def _running(verdicts: Iterable[TrialVerdict], listed: Sequence[str]) -> tuple[str, ...]:
    """Drugs whose trial is still running and that are not on the list, each agent once."""
    known = {_molecule(name) for name in listed}
    running = {
        verdict.agent.molecule: verdict.agent.name
        for verdict in verdicts
        if verdict.trial.stop_reason is StopReason.ONGOING and verdict.agent.is_drug
    }
    return tuple(name for molecule, name in running.items() if molecule not in known)


def _molecule(name: str) -> str:
    agent = lookup_agent(name)
    return agent.molecule if agent else name.casefold()


def _candidate(
    diagnosis: Diagnosis | None,
    on: date,
    ages: tuple[int, int] | None,
    verdicts: Sequence[TrialVerdict],
    episode: EpisodeFacts,
) -> Candidate | None:
    if diagnosis is None:
        return None
    failures = tally_failures(verdicts, episode)
    counted = molecules(failures.possible)
    others = molecules(
        verdict
        for verdict in verdicts
        if verdict.role is Role.ANTIDEPRESSANT
        and verdict.verdict is not Verdict.RESPONDED
        and in_current_episode(verdict.trial, episode) is not False
    )
    return Candidate(
        diagnosis=diagnosis,
        on=on,
        age_years=ages,
        failures=failures,
        unsatisfied=len(others - counted),
    )


def _payer_case(
    diagnosis: Diagnosis | None,
    on: date,
    ages: tuple[int, int] | None,
    verdicts: Mapping[Instrument, tuple[TrialVerdict, ...]],
    episode: EpisodeFacts,
    scored: Sequence[ScaleResult],
    safety: Sequence[Finding],
) -> PayerCase | None:
    """What payer rules are applied to; None where the diagnosis is not known."""
    if diagnosis is None:
        return None
    trials = verdicts[Instrument.ATRQ]
    therapies = [
        verdict.counts
        for verdict in verdicts[Instrument.ATHF_SF]
        if verdict.agent.kind is AgentKind.PSYCHOTHERAPY
    ]
    phq9 = [result for result in scored if result.scale.id == "phq9"]
    return PayerCase(
        on=on,
        diagnosis=diagnosis,
        episode=episode,
        failures=tally_failures(trials, episode),
        intolerant=intolerances(trials, episode),
        psychotherapy=True if True in therapies else None,
        age_years=ages,
        phq9=phq9[-1] if phq9 else None,
        implants=label_severity(safety),
    )


def _trial_statements(assessment: Assessment) -> tuple[Statement, ...]:
    """How many trials failed adequately, and what became of the others, by the ATRQ."""
    trials, rule = assessment.trials, Instrument.ATRQ.rule
    if not trials:
        return (Statement("No treatment trial is recorded", rule.source),)
    kinds: dict[str, list[str]] = {}
    for verdict in trials:
        kinds.setdefault(verdict.verdict.label, []).append(verdict.agent.name)
    said = "; ".join(f"{label}: {', '.join(names)}" for label, names in kinds.items())
    return (
        Statement(f"{_count(len(trials), 'trial')}, judged by {rule.name}: {said}", rule.source),
    )


def _safety_statements(assessment: Assessment) -> tuple[Statement, ...]:
    findings, cleared = assessment.safety, assessment.clearance
    if not findings:
        return (Statement("The safety screen is complete and found nothing", None),)
    gravest = findings[0]
    statements = [
        Statement(
            f"Safety: {_count(len(findings), 'finding')}, the gravest ({gravest.severity.label}): "
            f"{gravest.message}",
            gravest.source,
        )
    ]
    if not cleared.agree:
        text = (
            f"The device labels ({cleared.label.label}) and the guidelines "
            f"({cleared.guideline.label}) differ on the implants"
        )
        statements.append(Statement(text, None))
    return tuple(statements)


def _scale_statements(scales: Sequence[ScaleResult]) -> tuple[Statement, ...]:
    """The latest score of each scale."""
    latest = {result.scale.id: result for result in scales}
    return tuple(
        Statement(f"{result.sentence} on {result.score.on.isoformat()}", result.scale.source)
        for result in latest.values()
    )


def _label_statements(result: EligibilityResult | None) -> tuple[Statement, ...]:
    return (Statement(result.sentence, result.source),) if result else ()


def _condition_statements(condition: TreatedCondition | None) -> tuple[Statement, ...]:
    """What supports TMS for the condition, and by what its outcome is measured."""
    return (Statement(condition.sentence, condition.source),) if condition else ()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
