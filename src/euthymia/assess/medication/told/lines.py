"""A treatment history as it is typed, one line a trial, turned into structured trials.

    Zoloft 50->150 mg, Mar-Sep 2021, no response, weight gain
    Effexor XR 225 mg, about 6 weeks in spring 2022, stopped due to nausea
    lithium added to Cymbalta, 2023, dose unknown, partial response
    ECT bilateral, 8 sessions, 2019 to 2020
    Episode: since January 2021, severe, not psychotic

Every line says what was understood and what was not; nothing is dropped and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from euthymia.assess.medication.exposure import Exposure
from euthymia.assess.medication.told.agents import take_agents
from euthymia.assess.medication.told.episode import read_episode
from euthymia.assess.medication.told.scan import Reading, Scan
from euthymia.assess.medication.told.spans import TimeFacts, join_doses, take_times
from euthymia.assess.medication.told.values import Values, take_values
from euthymia.assess.medication.trial import (
    EpisodeFacts,
    MedicationTrial,
    StopReason,
    ToldDose,
    refuse_future,
)
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity

_BULLET = re.compile(r"^\s*(?:[-*•–]\s+|\(?\d{1,2}[.)]\s+)")


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One line of a told history: its trial, what was understood, and what was not.

    `trial` None: the line speaks of the episode only, or could not be read, and `problem` says why.
    """

    number: int
    text: str
    trial: MedicationTrial | None
    understood: tuple[Reading, ...]
    not_understood: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ToldHistory:
    """A whole history as it was typed."""

    lines: tuple[ToldLine, ...]
    episode: EpisodeFacts

    @property
    def trials(self) -> tuple[MedicationTrial, ...]:
        return tuple(line.trial for line in self.lines if line.trial is not None)

    @property
    def unread(self) -> tuple[str, ...]:
        """What the lines that could not be read leave open."""
        return tuple(
            f"what line {line.number} means ({line.text})" for line in self.lines if line.problem
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A finding for every line that could not be read, and for all words left over."""
        return tuple(finding for line in self.lines for finding in _findings(line))


def read_history(text: str, on: date) -> ToldHistory:
    """Read a history typed one line a trial, as it is told on a day.

    Empty lines and lines that begin with # are left out. Refuses a text without any other line.
    """
    lines: list[ToldLine] = []
    episode = EpisodeFacts()
    for place, raw in enumerate(text.splitlines(), start=1):
        told = _BULLET.sub("", raw).strip()
        if not told or told.startswith("#"):
            continue
        line, episode = _read_line(place, told, episode, on)
        lines.append(line)
    if not lines:
        raise InputError(
            "treatment history", "it holds no line", "Write one line for each treatment"
        )
    return ToldHistory(tuple(lines), episode)


def _read_line(
    place: int, told: str, episode: EpisodeFacts, on: date
) -> tuple[ToldLine, EpisodeFacts]:
    scan = Scan(told)
    try:
        facts = read_episode(scan, episode, on)
        if facts is not None:
            refuse_future((), facts, on)
            return ToldLine(place, told, None, scan.readings, scan.not_understood), facts
        trial = _read_trial(scan, on)
        return ToldLine(place, told, trial, scan.readings, scan.not_understood), episode
    except InputError as refusal:
        left = scan.not_understood
        return ToldLine(place, told, None, scan.readings, left, str(refusal)), episode


def _read_trial(scan: Scan, on: date) -> MedicationTrial:
    named = take_agents(scan)
    times = take_times(scan, on)
    values, doses, lengths = take_values(
        scan, named.others, in_micrograms=named.agent.in_micrograms
    )
    steps, told_doses, whole = join_doses(doses, times, lengths)
    stop = _stop(values, times)
    trial = MedicationTrial(
        agent=named.agent.name,
        start=times.start,
        end=None if stop is StopReason.ONGOING else times.end,
        steps=steps,
        adherence=values.adherence,
        response=values.response,
        stop_reason=stop,
        side_effects=values.side_effects,
        augments=named.augments.name if named.augments else None,
        current_episode=values.current_episode,
        note=values.note,
        sessions=values.sessions,
        start_between=times.start_between,
        end_between=None if stop is StopReason.ONGOING else times.end_between,
        least_days=whole.least if whole else None,
        most_days=whole.most if whole else None,
        doses=_kept(told_doses, values),
    )
    refuse_future((trial,), EpisodeFacts(), on)
    Exposure.of(trial, on)  # refuses dates and durations that contradict each other
    return trial


def _stop(values: Values, times: TimeFacts) -> StopReason:
    """Why it was stopped; "since March" without a word of stopping means that it goes on."""
    if values.stop_reason is StopReason.UNKNOWN and times.ongoing and not values.stopped:
        return StopReason.ONGOING
    ended = times.end or (times.end_between is not None and not times.ongoing)
    if values.stop_reason is StopReason.ONGOING and ended:
        raise InputError(
            "this line", "it is called ongoing and yet has an end", "Leave out one of the two"
        )
    return values.stop_reason


def _kept(doses: tuple[ToldDose, ...], values: Values) -> tuple[ToldDose, ...]:
    return doses or ((ToldDose(),) if values.dose_unknown else ())


def _findings(line: ToldLine) -> Iterable[Finding]:
    subject = f"line {line.number}"
    if line.problem:
        yield Finding(
            "history.line.unread",
            Severity.ACKNOWLEDGE,
            subject,
            f"it could not be read and counts for nothing. {line.problem}",
            found=line.text,
        )
        return
    for words in line.not_understood:
        yield Finding(
            "history.words.unread",
            Severity.CAUTION,
            subject,
            f"{words!r} was not understood",
            found=line.text,
        )
