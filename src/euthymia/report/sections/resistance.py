"""Medication resistance: what was tried, what each trial amounts to, and the stage it makes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from euthymia.assess.medication.catalogue import AgentKind, minimum_dose
from euthymia.assess.medication.overlap import Concurrence
from euthymia.assess.medication.trial import EpisodeFacts, StopReason
from euthymia.assess.medication.verdicts import Role, TrialVerdict, Verdict
from euthymia.assess.staging.results import DefinitionResult, StageResult, unknown_clause
from euthymia.core.findings import Severity
from euthymia.report.blocks import (
    Block,
    Bullets,
    Callout,
    Content,
    Figure,
    Inline,
    Paragraph,
    Strong,
    Table,
    content,
)
from euthymia.report.document import Section
from euthymia.report.figures import medication
from euthymia.report.figures.trials import Step, Tone, TrialBar
from euthymia.report.sections.words import count, sentence, taken

_TONES = {
    Verdict.ADEQUATE_FAILURE: Tone.COUNTS,
    Verdict.TOO_SHORT: Tone.INADEQUATE,
    Verdict.TOO_LOW: Tone.INADEQUATE,
    Verdict.POOR_ADHERENCE: Tone.INADEQUATE,
    Verdict.INTOLERANCE: Tone.INTOLERANCE,
    Verdict.RESPONDED: Tone.HELPED,
    Verdict.TACHYPHYLAXIS: Tone.HELPED,
    Verdict.ONGOING: Tone.UNKNOWN,
    Verdict.NOT_JUDGED: Tone.UNKNOWN,
    Verdict.UNDETERMINED: Tone.UNKNOWN,
}

_SHORT = {
    Verdict.ADEQUATE_FAILURE: "adequate failure",
    Verdict.POOR_ADHERENCE: "not as prescribed",
    Verdict.TACHYPHYLAXIS: "effect lost",
    Verdict.NOT_JUDGED: "not judged",
}


def resistance_section(
    verdicts: Sequence[TrialVerdict],
    stage: StageResult,
    episode: EpisodeFacts,
    on: date,
    *,
    others: Sequence[StageResult | DefinitionResult] = (),
    together: Sequence[Concurrence] = (),
) -> Section:
    """The section on resistance.

    verdicts: every trial as judged by one instrument, which need not be that of `stage`.
    others: further stagings and definitions, shown in a table beside it.
    together: what was, or may have been, taken at the same time.
    """
    told = stage.sentence.removesuffix(unknown_clause(stage.missing))
    blocks: list[Block] = [Paragraph(content(Strong(sentence(told)), stage.source))]
    if stage.missing:
        what = sentence("; ".join(stage.missing))
        blocks.append(Callout("What is missing to be sure", (what,), Severity.CAUTION))
    if verdicts:
        blocks.append(_timeline(verdicts, episode, on))
        blocks.append(_trials(verdicts))
    else:
        blocks.append(Paragraph(("No treatment trial is recorded.",)))
    if stage.dimensions:
        blocks.append(_points(stage))
    blocks += [Paragraph(content(sentence(n.text), n.source), quiet=True) for n in stage.notes]
    if others:
        blocks.append(_others(others))
    if together:
        blocks.append(_together(together))
    return Section("Resistance to medication", tuple(blocks))


def _timeline(verdicts: Sequence[TrialVerdict], episode: EpisodeFacts, on: date) -> Figure:
    bars = [trial_bar(verdict) for verdict in verdicts]
    caption = (
        "Every treatment on record: bars as high as the daily dose, with the verdict on each. "
        "Only an adequate failure of an antidepressant counts as one; augmentations count apart."
    )
    return Figure.of(medication.draw(bars, on, episode.onset), (caption,))


def trial_bar(verdict: TrialVerdict) -> TrialBar:
    """A judged trial as a row of the timeline."""
    trial = verdict.trial
    name = verdict.agent.name + (f" + {trial.augments}" if trial.augments else "")
    taken = verdict.taken.text
    if trial.sessions is not None:
        taken = f"{trial.sessions} sessions"
    elif verdict.at_dose is not None and verdict.at_dose != verdict.taken:
        taken = f"{verdict.at_dose.text} at dose"
    return TrialBar(
        agent=name,
        start=trial.start,
        end=trial.end,
        ongoing=trial.stop_reason is StopReason.ONGOING,
        verdict=_short(verdict),
        tone=Tone.ADDED if _counted_apart(verdict) else _TONES[verdict.verdict],
        steps=_steps(verdict),
        minimum_mg=_minimum_mg(verdict),
        detail=taken,
        given=_given(verdict),
    )


def _steps(verdict: TrialVerdict) -> tuple[Step, ...]:
    """The dose steps; a trial whose days are known only roughly is one step with open ends."""
    trial = verdict.trial
    if trial.steps:
        return tuple(Step(s.start, s.end, s.dose_mg_per_day) for s in trial.steps)
    first = trial.latest_start or trial.earliest_start
    last = trial.earliest_end or trial.latest_end
    if first is None or (trial.start and not trial.doses):
        return ()
    until = max(first, last) if last and trial.stop_reason is not StopReason.ONGOING else None
    return (Step(first, until, trial.highest_dose_mg),)


def _counted_apart(verdict: TrialVerdict) -> bool:
    """Whether it failed adequately and yet is no failure of an antidepressant of its own."""
    failed = verdict.verdict is Verdict.ADEQUATE_FAILURE
    return failed and verdict.role is not Role.ANTIDEPRESSANT


def _short(verdict: TrialVerdict) -> str:
    """The verdict in two or three words; an augmentation is never shown as a counted failure."""
    if _counted_apart(verdict):
        added = verdict.role is Role.AUGMENTATION
        return "failed augmentation" if added else "failed, counted apart"
    return _SHORT.get(verdict.verdict, verdict.verdict.label)


def _given(verdict: TrialVerdict) -> str:
    """How a treatment without a daily dose was given; empty for a drug."""
    if verdict.agent.is_drug or verdict.trial.steps:
        return ""
    sessions = verdict.trial.sessions
    return count(sessions, "session") if sessions is not None else "sessions ?"


def _minimum_mg(verdict: TrialVerdict) -> float | None:
    """The dose from which on the trial is adequate on every reading; None where none is asked."""
    rule = verdict.instrument.rule
    if rule.dose_list == "none" or verdict.role not in (Role.ANTIDEPRESSANT, Role.AUGMENTATION):
        return None
    added = verdict.agent.kind is AgentKind.AUGMENTER
    minimum = minimum_dose(verdict.agent, "augmentation" if added else rule.dose_list)
    return minimum.mg_per_day.high if minimum else None


def _trials(verdicts: Sequence[TrialVerdict]) -> Table:
    rows = tuple(
        (
            (verdict.agent.name + (f" added to {v}" if (v := verdict.trial.augments) else ""),),
            (_taken(verdict),),
            (Strong(_short(verdict)),),
            _reasons(verdict),
        )
        for verdict in verdicts
    )
    name = verdicts[0].instrument.rule.name
    return Table(
        f"Treatment trials as judged by {name}",
        ("Treatment", "Taken", "Verdict", "Why"),
        rows,
        shares=(1.5, 1.6, 1.7, 4.8),
    )


def _taken(verdict: TrialVerdict) -> str:
    highest = verdict.trial.highest_dose_mg
    dose = f", up to {highest:g} mg/day" if highest else ""
    return taken(verdict.trial) + dose


def _reasons(verdict: TrialVerdict) -> Content:
    parts: list[Inline] = []
    for step in verdict.steps:
        parts.extend(content(sentence(step.text), step.source, " "))
    if verdict.missing:
        parts.append(f"Unknown: {sentence('; '.join(verdict.missing))}")
    return tuple(parts)


def _points(stage: StageResult) -> Table:
    rows: list[tuple[Content, ...]] = [
        (
            (sentence(d.name).rstrip("."),),
            content(sentence(d.why), d.source),
            (d.category,),
            (d.points,),
        )
        for d in stage.dimensions
    ]
    low, high = stage.low or 0, stage.high or 0
    total = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    rows.append((("Total",), ("",), (stage.label,), (total,)))
    return Table(
        f"{stage.name}: points",
        ("Dimension", "What is recorded", "Category", "Points"),
        tuple(rows),
        numeric=(3,),
        shares=(1.6, 3, 2.4, 0.8),
        strong_rows=(len(rows) - 1,),
        unbroken=True,
    )


def _others(others: Sequence[StageResult | DefinitionResult]) -> Table:
    rows = []
    for result in others:
        named = result if isinstance(result, StageResult) else result.definition
        rows.append(((named.name,), content(sentence(result.sentence), named.source)))
    return Table(
        "Other instruments and definitions", ("Instrument", "Result"), tuple(rows), shares=(2, 3)
    )


def _together(pairs: Sequence[Concurrence]) -> Bullets:
    return Bullets(tuple(content(sentence(p.text), p.steps[-1].source) for p in pairs))
