"""What drug treatment has cost one patient: side effects, years, agents tried, trials by class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from euthymia.assess.burden.evidence import burden_facts
from euthymia.assess.medication.exposure import DayRange
from euthymia.assess.medication.told.words import side_effect_of, side_effects
from euthymia.assess.medication.trial import EpisodeFacts, Response, StopReason
from euthymia.assess.medication.verdicts import TrialVerdict
from euthymia.core.references import Citation

_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class BorneEffect:
    """A side effect, the treatments that brought it, and whether TMS would bring it, too.

    `with_tms` None: nothing is on record of it.
    """

    name: str
    agents: tuple[str, ...]
    with_tms: bool | None
    source: Citation | None


@dataclass(frozen=True, slots=True)
class ClassTally:
    """The trials of one class of treatment, by what came of them."""

    name: str
    agents: tuple[str, ...]
    helped: int
    failed: int
    not_tolerated: int
    open: int

    @property
    def trials(self) -> int:
        return self.helped + self.failed + self.not_tolerated + self.open


@dataclass(frozen=True, slots=True)
class Burden:
    """The burden of one history on a day; a range where facts are missing."""

    on: date
    classes: tuple[ClassTally, ...]
    effects: tuple[BorneEffect, ...]
    stopped_for_effects: tuple[str, ...]
    agents: tuple[str, ...]
    episode_days: DayRange | None
    failed_days: DayRange

    @property
    def trials(self) -> int:
        return sum(row.trials for row in self.classes)

    @property
    def episode_years(self) -> str:
        """ "2.5 years", "1.2 to 1.9 years", or "unknown"."""
        return "unknown" if self.episode_days is None else years(self.episode_days)


def burden_of(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts, on: date) -> Burden:
    """The burden of a history; `verdicts` are those of any one instrument.

    `failed_days` adds up the time on treatments that did not help, trial by trial; days of two
    treatments at the same time count for both.
    """
    agents = dict.fromkeys(verdict.agent.name for verdict in verdicts)
    return Burden(
        on=on,
        classes=_classes(verdicts),
        effects=_effects(verdicts),
        stopped_for_effects=tuple(dict.fromkeys(_stopped(verdicts))),
        agents=tuple(agents),
        episode_days=_episode_days(episode, on),
        failed_days=_failed_days(verdicts),
    )


def years(days: DayRange) -> str:
    """A number of days as years, to a tenth."""
    low = days.low / _YEAR_DAYS
    if days.high is None:
        return f"at least {low:.1f} years"
    high = days.high / _YEAR_DAYS
    same = f"{low:.1f}" == f"{high:.1f}"
    return f"{low:.1f} years" if same else f"{low:.1f} to {high:.1f} years"


_NO_HELP = (Response.NONE, Response.PARTIAL)
_HELP = (Response.RESPONSE, Response.REMISSION, Response.LOST)


def _classes(verdicts: Sequence[TrialVerdict]) -> tuple[ClassTally, ...]:
    names = dict.fromkeys(verdict.agent.drug_class for verdict in verdicts)
    return tuple(
        _tally(name, [v for v in verdicts if v.agent.drug_class == name]) for name in names
    )


def _tally(name: str, members: Sequence[TrialVerdict]) -> ClassTally:
    outcomes = [_outcome(verdict) for verdict in members]
    first = members[0].agent
    return ClassTally(
        name=name if first.is_drug else first.name,
        agents=tuple(dict.fromkeys(verdict.agent.name for verdict in members)),
        helped=outcomes.count("helped"),
        failed=outcomes.count("failed"),
        not_tolerated=outcomes.count("not_tolerated"),
        open=outcomes.count("open"),
    )


def _outcome(verdict: TrialVerdict) -> str:
    """What came of a trial for the patient, as it was told, whether or not it was adequate."""
    trial = verdict.trial
    if trial.stop_reason is StopReason.SIDE_EFFECTS:
        return "not_tolerated"
    if trial.response in _HELP:
        return "helped"
    unhelped = trial.stop_reason is StopReason.NO_BENEFIT or trial.response in _NO_HELP
    return "failed" if unhelped else "open"


def _stopped(verdicts: Iterable[TrialVerdict]) -> Iterable[str]:
    return (v.agent.name for v in verdicts if v.trial.stop_reason is StopReason.SIDE_EFFECTS)


def _effects(verdicts: Sequence[TrialVerdict]) -> tuple[BorneEffect, ...]:
    """Every side effect told, the most frequent first."""
    borne: dict[str, list[str]] = {}
    for verdict in verdicts:
        for told in verdict.trial.side_effects:
            known = side_effect_of(told)
            borne.setdefault(known.name if known else told, []).append(verdict.agent.name)
    rows = [_borne(name, tuple(dict.fromkeys(agents))) for name, agents in borne.items()]
    return tuple(sorted(rows, key=lambda row: -len(row.agents)))


def _borne(name: str, agents: tuple[str, ...]) -> BorneEffect:
    known = next((effect for effect in side_effects() if effect.name == name), None)
    spared = {row.effect: row.source for row in burden_facts().spares}
    if known is not None and known.id in spared:
        return BorneEffect(name, agents, False, spared[known.id])
    brought = {row.id: row.source for row in burden_facts().brings}
    if known is not None and known.tms:
        return BorneEffect(name, agents, True, brought.get(known.tms))
    return BorneEffect(name, agents, None, None)


def _episode_days(episode: EpisodeFacts, on: date) -> DayRange | None:
    latest, earliest = episode.latest_onset, episode.earliest_onset
    if latest is None:
        return None
    return DayRange((on - latest).days + 1, (on - earliest).days + 1 if earliest else None)


def _failed_days(verdicts: Sequence[TrialVerdict]) -> DayRange:
    """At least and at most; a trial whose outcome is open counts for the most only."""
    low, high = 0, 0
    bounded = True
    for verdict in verdicts:
        outcome = _outcome(verdict)
        if outcome == "helped" or not verdict.agent.is_drug:
            continue
        low += verdict.taken.low if outcome != "open" else 0
        high += verdict.taken.high or 0
        bounded = bounded and verdict.taken.high is not None
    return DayRange(low, high if bounded else None)
