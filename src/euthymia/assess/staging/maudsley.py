"""How resistant a depression is: the Maudsley Staging Method and the definitions by failures.

The points and bands stand in `data/staging.toml`. Where facts are missing the result is a range,
from the least to the most that the recorded facts allow, with the list of what would narrow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from euthymia.assess.medication.episode import (
    Tally,
    add_months,
    classes,
    in_current_episode,
    tally_failures,
    used_in_episode,
)
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.trial import EpisodeFacts, EpisodeSeverity
from euthymia.assess.medication.verdicts import ReasonStep, Role, TrialVerdict
from euthymia.assess.staging.rules import Definition, MaudsleyRules, UsedPoints, staging_rules
from euthymia.core.references import Citation


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """The points of one dimension: the least and the most that the facts allow, and why."""

    name: str
    category: str
    low: float
    high: float
    why: str
    missing: tuple[str, ...]
    source: Citation

    @property
    def points(self) -> str:
        """ "2", or "1 to 3"."""
        return span_text(self.low, self.high)


@dataclass(frozen=True, slots=True)
class StageResult:
    """A stage, or the range of stages that the recorded facts allow.

    `applicable` False: the instrument does not apply, and `low` and `high` are None. None: it
    applies only if one of the open trials turns out to count. `label` names the band or stage.
    """

    instrument: Instrument
    name: str
    applicable: bool | None
    low: float | None
    high: float | None
    label: str
    sentence: str
    dimensions: tuple[DimensionScore, ...]
    missing: tuple[str, ...]
    notes: tuple[ReasonStep, ...]
    source: Citation

    @property
    def definite(self) -> bool:
        """Whether there is exactly one possible result."""
        return self.applicable is False or (self.applicable is True and self.low == self.high)


@dataclass(frozen=True, slots=True)
class DefinitionResult:
    """Whether a definition of treatment resistance is met: True, False, or None (open)."""

    definition: Definition
    met: bool | None
    failures: Tally
    classes_low: int
    classes_high: int
    sentence: str
    missing: tuple[str, ...]


def maudsley(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts, on: date) -> StageResult:
    """Stage an episode by the Maudsley Staging Method.

    `verdicts` are those of `Instrument.MAUDSLEY`, all trials of the history in any order.
    """
    rules = staging_rules().maudsley
    failures = tally_failures(verdicts, episode)
    if failures.high == 0:
        return _not_applicable(rules)
    dimensions = (
        _duration(rules, verdicts, episode, on),
        _severity(rules, episode),
        _failures(rules, failures),
        _used(rules, "augmentation", rules.augmentation, _augmented(verdicts, episode)),
        _used(rules, "ECT", rules.ect, _had_ect(verdicts, episode)),
    )
    low = sum(dimension.low for dimension in dimensions)
    high = sum(dimension.high for dimension in dimensions)
    missing = tuple(dict.fromkeys(m for dimension in dimensions for m in dimension.missing))
    label = _join(rules.band_of(low), rules.band_of(high))
    applicable = True if failures.low else None
    sentence = f"Maudsley stage {span_text(low, high)} of {rules.out_of} ({label})"
    if not applicable:
        sentence += ", if one of the open trials counts; otherwise not applicable"
    return StageResult(
        instrument=Instrument.MAUDSLEY,
        name=rules.name,
        applicable=applicable,
        low=low,
        high=high,
        label=label,
        sentence=sentence + unknown_clause(missing),
        dimensions=dimensions,
        missing=missing,
        notes=_cutoffs(rules, low, high),
        source=rules.source,
    )


def resistance(
    definition: Definition, verdicts: Sequence[TrialVerdict], episode: EpisodeFacts
) -> DefinitionResult:
    """Apply a definition by failures; `verdicts` are those of the definition's instrument."""
    failures = tally_failures(verdicts, episode)
    low, high = len(classes(failures.sure)), len(classes(failures.possible))
    met = at_least(failures.low, failures.high, definition.failures)
    met_classes = at_least(low, high, definition.classes)
    both = False if met is False or met_classes is False else (met and met_classes) or None
    missing = failures.missing if both is None else ()
    verb = {True: "met", False: "not met", None: "open"}[both]
    counted = f"{failures.text} adequate failures of the {definition.failures} needed"
    if definition.classes > 1:
        counted += f", from {span_text(low, high)} classes of the {definition.classes} needed"
    sentence = f"{definition.name}: {verb} ({counted}){unknown_clause(missing)}"
    return DefinitionResult(definition, both, failures, low, high, sentence, missing)


def unknown_clause(missing: Sequence[str]) -> str:
    """ "; unknown: the dose of sertraline", or nothing where nothing is missing."""
    return f"; unknown: {', '.join(missing)}" if missing else ""


def _not_applicable(rules: MaudsleyRules) -> StageResult:
    return StageResult(
        instrument=Instrument.MAUDSLEY,
        name=rules.name,
        applicable=False,
        low=None,
        high=None,
        label="not applicable",
        sentence=f"Maudsley stage not applicable: no adequate failure in the present episode "
        f"({rules.not_applicable})",
        dimensions=(),
        missing=(),
        notes=(),
        source=rules.source,
    )


def _duration(
    rules: MaudsleyRules, verdicts: Sequence[TrialVerdict], episode: EpisodeFacts, on: date
) -> DimensionScore:
    rows = rules.duration
    if episode.onset is not None:
        row = next(r for r in rows if _within_months(episode.onset, on, r.up_to_months))
        why = f"the episode began on {episode.onset.isoformat()}"
        return _exact("duration", row.label, row.points, why, rules.source)
    starts = [
        verdict.trial.start
        for verdict in verdicts
        if verdict.trial.start and in_current_episode(verdict.trial, episode)
    ]
    first = min(starts, default=on)
    least = next(r for r in rows if _within_months(first, on, r.up_to_months))
    why = (
        f"the onset is unknown; a trial of this episode began on {first.isoformat()}"
        if starts
        else "the onset is unknown"
    )
    return DimensionScore(
        name="duration",
        category=_join(least.label, rows[-1].label),
        low=least.points,
        high=rows[-1].points,
        why=why,
        missing=("when the episode began",) if least is not rows[-1] else (),
        source=rules.source,
    )


def _within_months(first: date, on: date, months: int | None) -> bool:
    return months is None or on <= add_months(first, months)


def _severity(rules: MaudsleyRules, episode: EpisodeFacts) -> DimensionScore:
    rows = [row for row in rules.severity if _may_be(row.severity, row.psychotic, episode)]
    missing = []
    if episode.severity is None:
        missing.append("how severe the episode was")
    if len(rows) > 1 and episode.psychotic is None:
        missing.append("whether it was psychotic")
    if len(rows) > 1 and not missing:
        missing.append("how a psychotic episode below severe is scored (the table has no row)")
    low, high = min(rows, key=lambda row: row.points), max(rows, key=lambda row: row.points)
    why = f"severity {episode.severity or 'unknown'}, psychosis {_known(episode.psychotic)}"
    return DimensionScore(
        name="severity",
        category=_join(low.label, high.label),
        low=low.points,
        high=high.points,
        why=why,
        missing=tuple(missing),
        source=rules.source,
    )


def _may_be(severity: EpisodeSeverity, psychotic: bool | None, episode: EpisodeFacts) -> bool:
    """Whether a row of the severity table may describe the episode.

    The table knows psychosis only in severe episodes: a psychotic episode that is called less than
    severe may be scored as either. A known absence of psychosis excludes the psychotic row.
    """
    if psychotic is True and episode.psychotic and episode.severity is not None:
        return True
    if episode.severity is not None and severity is not episode.severity:
        return False
    return psychotic is None or episode.psychotic is None or psychotic is episode.psychotic


def _failures(rules: MaudsleyRules, failures: Tally) -> DimensionScore:
    low = rules.failures_row(max(failures.low, 1))
    high = rules.failures_row(failures.high)
    names = sorted({verdict.agent.name for verdict in failures.sure})
    why = f"{failures.text} adequate failures in this episode"
    return DimensionScore(
        name="antidepressant failures",
        category=_join(low.label, high.label),
        low=low.points,
        high=high.points,
        why=f"{why} ({', '.join(names)})" if names else why,
        missing=failures.missing if low is not high or failures.low == 0 else (),
        source=rules.source,
    )


def _augmented(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts) -> bool | None:
    added = [verdict for verdict in verdicts if verdict.role is Role.AUGMENTATION]
    return used_in_episode(episode.augmentation_used, added, episode)


def _had_ect(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts) -> bool | None:
    given = [verdict for verdict in verdicts if verdict.role is Role.ECT]
    return used_in_episode(episode.ect_used, given, episode)


def _used(rules: MaudsleyRules, name: str, points: UsedPoints, used: bool | None) -> DimensionScore:
    category = {True: "used", False: "not used", None: "not used or used"}[used]
    return DimensionScore(
        name=name,
        category=category,
        low=points.used if used else points.not_used,
        high=points.not_used if used is False else points.used,
        why={True: "recorded", False: "recorded as never used", None: "not known"}[used],
        missing=(f"whether {name} was used",) if used is None else (),
        source=rules.source,
    )


def _cutoffs(rules: MaudsleyRules, low: float, high: float) -> tuple[ReasonStep, ...]:
    verbs = {True: "reached", False: "not reached", None: "open"}
    return tuple(
        ReasonStep(
            f"{cutoff.text} ({cutoff.at_least:g}): {verbs[at_least(low, high, cutoff.at_least)]}",
            cutoff.source,
        )
        for cutoff in rules.cutoff
    )


def _exact(name: str, category: str, points: float, why: str, source: Citation) -> DimensionScore:
    return DimensionScore(name, category, points, points, why, (), source)


def at_least(low: float, high: float, needed: float) -> bool | None:
    """Whether a value between `low` and `high` reaches what is needed; None where it is open."""
    if low >= needed:
        return True
    return None if high >= needed else False


def span_text(low: float, high: float) -> str:
    """ "2", or "1 to 3"."""
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _join(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _known(fact: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[fact]
