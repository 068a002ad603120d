"""How resistant a depression is by the Maudsley Staging Method.

The points and bands stand in `data/staging.toml`. Where facts are missing the result is a range,
from the least to the most that the recorded facts allow, with the list of what would narrow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from euthymia.assess.medication.episode import (
    Tally,
    add_months,
    in_current_episode,
    tally_failures,
    used_in_episode,
)
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.trial import EpisodeFacts, EpisodeSeverity
from euthymia.assess.medication.verdicts import ReasonStep, Role, TrialVerdict, sentence_case
from euthymia.assess.staging.results import (
    DimensionScore,
    StageResult,
    at_least,
    joined,
    reached,
    span_text,
    trial_steps,
    unknown_clause,
)
from euthymia.assess.staging.rules import MaudsleyRules, UsedPoints, staging_rules
from euthymia.core.references import Citation


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
    label = joined(rules.band_of(low), rules.band_of(high))
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
        steps=_steps(rules, failures, dimensions, low, high),
    )


def _steps(
    rules: MaudsleyRules,
    failures: Tally,
    dimensions: Sequence[DimensionScore],
    low: float,
    high: float,
) -> tuple[ReasonStep, ...]:
    """Which trials count, the points of every dimension, their sum and its band."""
    points = [
        ReasonStep(f"{part.name}: {part.category}, {part.points} points ({part.why})", part.source)
        for part in dimensions
    ]
    band = joined(rules.band_of(low), rules.band_of(high))
    total = ReasonStep(f"Sum: {span_text(low, high)} of {rules.out_of}, {band}", rules.source)
    return (*trial_steps([failures]), *points, total)


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
        steps=(ReasonStep(sentence_case(rules.not_applicable), rules.source),),
    )


def _duration(
    rules: MaudsleyRules, verdicts: Sequence[TrialVerdict], episode: EpisodeFacts, on: date
) -> DimensionScore:
    rows = rules.duration
    if episode.onset is not None:
        row = next(r for r in rows if _within_months(episode.onset, on, r.up_to_months))
        why = f"the episode began on {episode.onset.isoformat()}"
        return _exact("duration", row.label, row.points, why, rules.source)
    latest, why = _latest_onset(verdicts, episode, on)
    least = next(r for r in rows if _within_months(latest, on, r.up_to_months))
    earliest = episode.earliest_onset
    most = rows[-1]
    if earliest is not None:
        most = next(r for r in rows if _within_months(earliest, on, r.up_to_months))
    if most.points < least.points:  # a trial of this episode is older than its told onset
        most = least
    return DimensionScore(
        name="duration",
        category=joined(least.label, most.label),
        low=least.points,
        high=most.points,
        why=why,
        missing=("when the episode began",) if least is not most else (),
        source=rules.source,
    )


def _latest_onset(
    verdicts: Sequence[TrialVerdict], episode: EpisodeFacts, on: date
) -> tuple[date, str]:
    """The last day on which the episode can have begun, and how that is known."""
    told = episode.latest_onset
    starts = [
        verdict.began.latest
        for verdict in verdicts
        if verdict.began.latest
        and verdict.began.latest < on
        and in_current_episode(verdict.trial, episode)
    ]
    first = min(starts, default=on)
    if told is not None and told <= first:
        return told, f"the episode began by {told.isoformat()}"
    if starts:
        began = f"a trial of this episode began by {first.isoformat()}"
        return first, f"the onset is unknown; {began}"
    return on, "the onset is unknown"


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
        category=joined(low.label, high.label),
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
        category=joined(low.label, high.label),
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
    return tuple(
        ReasonStep(
            f"{cutoff.text} ({cutoff.at_least:g}): {reached(at_least(low, high, cutoff.at_least))}",
            cutoff.source,
        )
        for cutoff in rules.cutoff
    )


def _exact(name: str, category: str, points: float, why: str, source: Citation) -> DimensionScore:
    return DimensionScore(name, category, points, points, why, (), source)


def _known(fact: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[fact]
