"""Lines of a told history that speak of the episode, not of a treatment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from euthymia.assess.medication.told.scan import Scan
from euthymia.assess.medication.told.spans import take_times
from euthymia.assess.medication.told.words import episode_pattern
from euthymia.assess.medication.trial import EpisodeFacts, EpisodeSeverity
from euthymia.core.errors import InputError


def read_episode(scan: Scan, known: EpisodeFacts, on: date) -> EpisodeFacts | None:
    """What the line adds to what is known of the episode; None where it speaks of a treatment."""
    if any(episode_pattern(name).match(scan.text.strip()) for name in _NEVER):
        return _never(scan, known)
    opening = episode_pattern("opening").match(scan.text)
    if opening is None:
        return None
    scan.take(opening, "the present episode")
    times = take_times(scan, on)
    facts = _described(scan, _never(scan, known))
    bounds = times.start_between
    if len(times.spans) == 1 and times.spans[0].inside and times.spans[0].begins:
        begun = times.spans[0].begins
        return replace(
            facts, onset=begun.exact, onset_between=None if begun.exact else begun.bounds
        )
    if times.start is not None or bounds is not None:
        facts = replace(facts, onset=times.start, onset_between=bounds)
    return facts


_NEVER = ("no_ect", "no_augmentation")


def _never(scan: Scan, facts: EpisodeFacts) -> EpisodeFacts:
    """What was never used."""
    for match in scan.all(episode_pattern("no_ect")):
        scan.take(match, "ECT was never used")
        facts = replace(facts, ect_used=False)
    for match in scan.all(episode_pattern("no_augmentation")):
        scan.take(match, "augmentation was never used")
        facts = replace(facts, augmentation_used=False)
    return facts


def _described(scan: Scan, facts: EpisodeFacts) -> EpisodeFacts:
    """Severity and psychosis."""
    for name, psychotic in (("not_psychotic", False), ("psychotic", True)):
        for match in scan.all(episode_pattern(name)):
            scan.take(match, "psychotic" if psychotic else "not psychotic")
            facts = replace(facts, psychotic=psychotic)
    for match in scan.all(episode_pattern("unsettled")):
        scan.take(match, "a severity between two, left open")
    told = []
    for severity in EpisodeSeverity:
        for match in scan.all(episode_pattern(severity.value)):
            scan.take(match, f"severity: {severity.value}")
            told.append(severity)
    if len(set(told)) > 1:
        raise InputError(
            "this line",
            f"it tells two severities, {' and '.join(severity.value for severity in told)}",
            "Keep the one that held at its worst",
        )
    if told:
        facts = replace(facts, severity=told[0])
    return facts
