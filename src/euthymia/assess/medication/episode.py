"""What belongs to the present episode, how long it has lasted, and how many trials failed in it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from euthymia.assess.medication.catalogue import AgentKind
from euthymia.assess.medication.trial import EpisodeFacts, MedicationTrial
from euthymia.assess.medication.verdicts import Role, TrialVerdict


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def in_current_episode(trial: MedicationTrial, episode: EpisodeFacts) -> bool | None:
    """Whether a trial was taken in the present episode; None where the facts leave it open.

    What was said of the trial itself holds, unless its dates contradict it. Otherwise the dates
    decide; a trial that began before the episode and ran into it stays open.
    """
    first, last = episode.earliest_onset, episode.latest_onset
    ended, began = trial.latest_end, trial.earliest_start
    before = first is not None and ended is not None and ended < first
    after = last is not None and began is not None and began >= last
    if trial.current_episode is not None:
        contradicted = before if trial.current_episode else after
        return None if contradicted else trial.current_episode
    if before:
        return False
    return True if after else None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many different agents failed in the present episode: what is sure, and what is possible.

    `sure` is a part of `possible`. Formulations of one molecule count once.
    """

    sure: tuple[TrialVerdict, ...]
    possible: tuple[TrialVerdict, ...]
    missing: tuple[str, ...]

    @property
    def low(self) -> int:
        return len(molecules(self.sure))

    @property
    def high(self) -> int:
        return len(molecules(self.possible))

    @property
    def text(self) -> str:
        """ "2", or "1 to 3"."""
        return f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"


def molecules(verdicts: Iterable[TrialVerdict]) -> frozenset[str]:
    """The different molecules among judged trials."""
    return frozenset(verdict.agent.molecule for verdict in verdicts)


def classes(verdicts: Iterable[TrialVerdict]) -> frozenset[str]:
    """The different pharmacological classes among judged trials."""
    return frozenset(verdict.agent.drug_class for verdict in verdicts)


def class_counts(tally: Tally) -> tuple[int, int]:
    """How many distinct classes surely failed, and how many may have.

    Raters do not draw the classes alike: the least joins those that may be counted as one, the most
    parts those that may be counted as two.
    """
    least = {verdict.agent.family for verdict in tally.sure}
    most = {(verdict.agent.drug_class, verdict.agent.mechanism) for verdict in tally.possible}
    return len(least), len(most)


def class_question(tally: Tally) -> str:
    """What is open about the classes themselves, or nothing where they are told apart alike."""
    families = {verdict.agent.family for verdict in tally.sure}
    mechanisms = {(v.agent.drug_class, v.agent.mechanism) for v in tally.sure}
    if len(families) == len(mechanisms):
        return ""
    names = sorted({verdict.agent.name for verdict in tally.sure})
    return f"whether {' and '.join(names)} are of different classes (raters differ)"


def tally_failures(verdicts: Iterable[TrialVerdict], episode: EpisodeFacts) -> Tally:
    """Count the antidepressants that failed adequately in the present episode.

    An antidepressant that was given on top of another is possible, not sure: the instruments do not
    agree on whether it is a trial of its own or an augmentation.
    """
    return _tally(verdicts, episode, {Role.ANTIDEPRESSANT}, on_top=True)


def tally_role(verdicts: Iterable[TrialVerdict], episode: EpisodeFacts, role: Role) -> Tally:
    """Count the adequate failures in one role (augmentations, say) in the present episode."""
    return _tally(verdicts, episode, {role}, on_top=False)


def _tally(
    verdicts: Iterable[TrialVerdict], episode: EpisodeFacts, roles: set[Role], *, on_top: bool
) -> Tally:
    sure, possible, open_points = [], [], []
    for verdict in verdicts:
        added = on_top and _is_added_antidepressant(verdict)
        member = in_current_episode(verdict.trial, episode)
        if not (verdict.role in roles or added) or verdict.counts is False or member is False:
            continue
        possible.append(verdict)
        if verdict.counts and member and not added:
            sure.append(verdict)
        else:
            open_points.append((verdict.agent.molecule, _open_points(verdict, member, added)))
    settled = molecules(sure)
    missing = [
        point for molecule, points in open_points if molecule not in settled for point in points
    ]
    return Tally(tuple(sure), tuple(possible), tuple(dict.fromkeys(missing)))


def _is_added_antidepressant(verdict: TrialVerdict) -> bool:
    antidepressant = verdict.agent.kind is AgentKind.ANTIDEPRESSANT
    return verdict.role is Role.AUGMENTATION and antidepressant


def _open_points(verdict: TrialVerdict, member: bool | None, added: bool) -> list[str]:
    name = verdict.agent.name
    points = list(verdict.missing) if verdict.counts is None else []
    if member is None:
        points.append(f"whether {name} was taken in the present episode")
    if added:
        base = verdict.trial.augments
        points.append(f"whether {name} on top of {base} counts as a trial of its own")
    return points


def used_in_episode(
    said: bool | None, trials: Iterable[TrialVerdict], episode: EpisodeFacts
) -> bool | None:
    """Whether a kind of treatment was used in this episode, from what was said and from its trials.

    None where it was not asked and no trial shows it, or where the two contradict each other.
    """
    members = [in_current_episode(verdict.trial, episode) for verdict in trials]
    shown = any(member is True for member in members)
    if said is None:
        return True if shown else None
    return None if shown and not said else said
