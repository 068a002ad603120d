"""The other staging instruments: Thase-Rush, MGH-S, European, and the count of the ATHF-SF.

Each takes the verdicts of its own instrument, and gives the range of stages that the facts allow.
Where an instrument leaves a reading to the rater, both readings are within the range.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from euthymia.assess.medication.catalogue import minimum_dose
from euthymia.assess.medication.episode import (
    Tally,
    add_months,
    class_counts,
    classes,
    in_current_episode,
    molecules,
    tally_failures,
    tally_role,
    used_in_episode,
)
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.overlap import combined_at_most
from euthymia.assess.medication.trial import EpisodeFacts
from euthymia.assess.medication.verdicts import ReasonStep, Role, TrialVerdict, sentence_case
from euthymia.assess.staging.results import (
    StageResult,
    at_least,
    joined,
    reached,
    span_text,
    trial_steps,
    unknown_clause,
)
from euthymia.assess.staging.rules import staging_rules

_TRICYCLIC, _MAO_INHIBITOR = "TCA", "MAOI"
_BILATERAL, _UNILATERAL = "ect-bilateral", "ect-unilateral"


def thase_rush(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts) -> StageResult:
    """The Thase-Rush stage, 0 to 5, strictly hierarchical in the classes that failed."""
    rules = staging_rules().thase_rush
    failures = tally_failures(verdicts, episode)
    ect = _bilateral_ect(verdicts, episode)
    low = _thase_rush_stage(classes(failures.sure), ect is True, strict=True)
    high = _thase_rush_stage(classes(failures.possible), ect is not False, strict=False)
    missing = list(failures.missing) if low != high else []
    if low != high and ect is None and high == len(rules.stages) - 1:
        missing.append("whether bilateral ECT was given")
    names = [stage.split(":")[0] for stage in rules.stages]
    label = joined(names[low], names[high])
    notes = (ReasonStep(rules.open_reading, rules.source),)
    return StageResult(
        instrument=Instrument.THASE_RUSH,
        name=rules.name,
        applicable=True,
        low=low,
        high=high,
        label=label,
        sentence=f"Thase-Rush stage {label}{unknown_clause(missing)}",
        dimensions=(),
        missing=tuple(missing),
        notes=notes if _TRICYCLIC in classes(failures.possible) else (),
        source=rules.source,
        steps=(
            *trial_steps([failures]),
            *(
                ReasonStep(f"Stage {stage}: {reached(at_least(low, high, place))}", rules.source)
                for place, stage in enumerate(rules.stages)
                if place
            ),
        ),
    )


def _thase_rush_stage(failed: frozenset[str], bilateral_ect: bool, *, strict: bool) -> int:
    if len(failed) < 2:
        return len(failed)
    # Strictly, the tricyclic comes on top of two other classes; leniently, it may be one of them.
    tricyclic = _TRICYCLIC in failed and (not strict or len(failed - {_TRICYCLIC}) > 1)
    steps = (tricyclic, _MAO_INHIBITOR in failed, bilateral_ect)
    reached = next((place for place, step in enumerate(steps) if not step), len(steps))
    return 2 + reached


def _bilateral_ect(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts) -> bool | None:
    courses = [verdict for verdict in verdicts if verdict.role is Role.ECT]
    if used_in_episode(episode.ect_used, courses, episode) is False:
        return False
    members = [c for c in courses if in_current_episode(c.trial, episode) is not False]
    sure = [c for c in members if in_current_episode(c.trial, episode)]
    if any(course.agent.id == _BILATERAL for course in sure):
        return True
    only_unilateral = bool(members) and all(c.agent.id == _UNILATERAL for c in members)
    return False if only_unilateral else None


def mgh_s(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts) -> StageResult:
    """The points of the Massachusetts General Hospital staging; they have no upper end.

    Two antidepressants that may have been taken together may be scored as a combination.
    """
    rules = staging_rules().mgh_s
    failures = tally_failures(verdicts, episode)
    added = tally_role(verdicts, episode, Role.AUGMENTATION)
    ect = used_in_episode(
        episode.ect_used, [verdict for verdict in verdicts if verdict.role is Role.ECT], episode
    )
    parts = (
        _Part("adequate trials that failed", rules.per_failure, failures.low, failures.high),
        _Part("optimisations", rules.per_optimisation, 0, _optimisations(failures)),
        _Part(
            "augmentations and combinations",
            rules.per_augmentation,
            added.low,
            _most_added(verdicts, episode, failures),
        ),
        _Part("ECT", rules.ect, 1 if ect else 0, 0 if ect is False else 1),
    )
    low, high = sum(part.least for part in parts), sum(part.most for part in parts)
    missing = [*failures.missing, *added.missing]
    if ect is None:
        missing.append("whether ECT was used")
    if parts[2].high and not added.possible:
        missing.append("whether an augmentation or a combination was used")
    missing = list(dict.fromkeys(missing)) if low != high else []
    points = span_text(low, high)
    threshold = f"{rules.threshold.text} ({rules.threshold.at_least:g})"
    return StageResult(
        instrument=Instrument.MGH_S,
        name=rules.name,
        applicable=True,
        low=low,
        high=high,
        label=f"{points} points",
        sentence=f"MGH-S {points} points{unknown_clause(missing)}",
        dimensions=(),
        missing=tuple(missing),
        notes=(
            ReasonStep(rules.open_reading, rules.source),
            ReasonStep(
                f"{threshold}: {reached(at_least(low, high, rules.threshold.at_least))}",
                rules.threshold.source,
            ),
        ),
        source=rules.source,
        steps=(
            *trial_steps([failures, added]),
            *(ReasonStep(part.text, rules.source) for part in parts),
            ReasonStep(f"Sum: {points} points", rules.source),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that scores: how often at least and at most, and the points for each."""

    name: str
    each: float
    low: int
    high: int

    @property
    def least(self) -> float:
        return self.low * self.each

    @property
    def most(self) -> float:
        return self.high * self.each

    @property
    def text(self) -> str:
        points = span_text(self.least, self.most)
        count = span_text(self.low, self.high)
        return f"{sentence_case(self.name)}: {count}, {self.each:g} points each, {points} points"


def _most_added(
    verdicts: Sequence[TrialVerdict],
    episode: EpisodeFacts,
    failures: Tally,
) -> int:
    """The most augmentations and combinations that the record allows.

    An antidepressant on top of another scores as a trial of its own or as an addition, not as both.
    """
    alone = molecules(v for v in failures.possible if v.role is Role.ANTIDEPRESSANT)
    own = molecules(failures.possible) - alone
    added = _in_episode(verdicts, episode, Role.AUGMENTATION) - own
    present = [v for v in verdicts if in_current_episode(v.trial, episode) is not False]
    most = len(added) + combined_at_most(present)
    unsaid = episode.augmentation_used is not False
    return most or (1 if unsaid and not own else 0)


def _in_episode(
    verdicts: Iterable[TrialVerdict], episode: EpisodeFacts, role: Role
) -> frozenset[str]:
    """The molecules given in one role that may belong to the present episode."""
    return molecules(
        verdict
        for verdict in verdicts
        if verdict.role is role and in_current_episode(verdict.trial, episode) is not False
    )


def _optimisations(failures: Tally) -> int:
    """The most steps of optimisation, of dose and of duration, that the failed trials allow."""
    dose = {v.agent.molecule for v in failures.possible if _may_exceed_dose(v)}
    time = {v.agent.molecule for v in failures.possible if _may_exceed_time(v)}
    return len(dose) + len(time)


def _may_exceed_dose(verdict: TrialVerdict) -> bool:
    minimum = minimum_dose(verdict.agent, verdict.instrument.rule.dose_list)
    if minimum is None or minimum.mg_per_day.low is None:
        return True
    least = minimum.mg_per_day.low
    steps = verdict.trial.steps
    return not steps or any(
        step.dose_mg_per_day is None or step.dose_mg_per_day > least for step in steps
    )


def _may_exceed_time(verdict: TrialVerdict) -> bool:
    asked = verdict.instrument.rule.antidepressant_days.low or 0
    return verdict.taken.may_reach(asked + 1)


def european(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts, on: date) -> StageResult:
    """The European stage: 0 for a non-responder to one trial, 1 to 5 for TRD1 to TRD5.

    The stages are printed as weeks of treatment; they are read as that many trials of 6 to 8 weeks,
    of at least two classes. The least counts each class once, the most every agent.
    """
    rules = staging_rules().european
    failures = tally_failures(verdicts, episode)
    least, classes_at_most = class_counts(failures)
    most = failures.high if classes_at_most > 1 else min(failures.high, 1)
    low = _european_stage(max(least, 1))
    high = _european_stage(max(most, 1))
    labels = [stage.label for stage in rules.stage]
    label = joined(labels[low], labels[high])
    applicable = True if failures.low else None if failures.high else False
    missing = failures.missing if low != high or applicable is None else ()
    sentence = f"European stage {label}{unknown_clause(missing)}"
    if applicable is False:
        label, sentence = "not applicable", "European stage not applicable: no adequate failure"
    return StageResult(
        instrument=Instrument.EUROPEAN,
        name=rules.name,
        applicable=applicable,
        low=None if applicable is False else low,
        high=None if applicable is False else high,
        label=label,
        sentence=sentence,
        dimensions=(),
        missing=missing,
        notes=_chronic_note(episode, on),
        source=rules.stages_source,
        steps=(*trial_steps([failures]), *_european_steps(failures, low, high)),
    )


def _european_steps(failures: Tally, low: int, high: int) -> tuple[ReasonStep, ...]:
    rules = staging_rules().european
    least, most = class_counts(failures)
    counted = ReasonStep(
        f"Different agents that failed: {failures.text}; their classes: {span_text(least, most)}",
        rules.stages_source,
    )
    lines = [
        ReasonStep(
            f"{stage.label}, {stage.failures} trials in a row: "
            f"{reached(at_least(low, high, place) if failures.high else False)}",
            rules.stages_source,
        )
        for place, stage in enumerate(rules.stage)
    ]
    return (counted, *lines)


def _european_stage(failures: int) -> int:
    rows = staging_rules().european.stage
    return max(place for place, row in enumerate(rows) if row.failures <= failures)


def _chronic_note(episode: EpisodeFacts, on: date) -> tuple[ReasonStep, ...]:
    rules = staging_rules().european
    onset = episode.latest_onset
    if onset is None or on <= add_months(onset, rules.chronic_months):
        return ()
    text = (
        f"The episode has lasted more than {rules.chronic_months} months: chronic resistant "
        "depression, if it was treated for all of that time"
    )
    return (ReasonStep(text, rules.source),)


def athf_sf(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts) -> StageResult:
    """How many treatments of any kind failed adequately by the ATHF-SF, each agent once."""
    rules = staging_rules().athf_sf
    tallies = [tally_role(verdicts, episode, role) for role in Role]
    sure = molecules(verdict for tally in tallies for verdict in tally.sure)
    possible = molecules(verdict for tally in tallies for verdict in tally.possible)
    missing = tuple(dict.fromkeys(point for tally in tallies for point in tally.missing))
    count = span_text(len(sure), len(possible))
    return StageResult(
        instrument=Instrument.ATHF_SF,
        name=rules.name,
        applicable=True,
        low=len(sure),
        high=len(possible),
        label=f"{count} adequate failures",
        sentence=f"ATHF-SF, adequate failures of any treatment: {count}{unknown_clause(missing)}",
        dimensions=(),
        missing=missing,
        notes=(),
        source=rules.source,
        steps=(
            *trial_steps(tallies),
            ReasonStep(f"Different treatments that failed adequately: {count}", rules.source),
        ),
    )
