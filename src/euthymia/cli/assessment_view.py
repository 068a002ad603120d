"""An assessment on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rich.console import RenderableType
from rich.text import Text

from euthymia.assess.assessment import Assessment
from euthymia.assess.medication.verdicts import TrialVerdict, Verdict
from euthymia.assess.staging.judged import JudgedHistory
from euthymia.assess.staging.results import StageResult
from euthymia.chart.chart import Chart
from euthymia.cli.cases import CaseOn
from euthymia.cli.findings import finding_list, sourced, style_of
from euthymia.cli.output import bullets, facts, section, show, table, title
from euthymia.report.sections.words import conclusion, day_text, tally

_VERDICT_STYLES = {
    Verdict.ADEQUATE_FAILURE: "bold",
    Verdict.UNDETERMINED: "yellow",
    Verdict.INTOLERANCE: "cyan",
}


def show_assessment(opened: CaseOn, assessment: Assessment) -> None:
    """Print the whole assessment."""
    show(*patient_lines(opened.chart, opened.on, "Assessment"))
    if opened.findings:
        show(section("The chart itself", finding_list(opened.findings)))
    show(
        section("Treatment trials, judged by the MGH ATRQ", trial_table(assessment.trials)),
        section("Resistance", *stage_lines(assessment.history)),
    )
    if assessment.maudsley.dimensions:
        show(section("Maudsley stage, point by point", dimension_table(assessment.maudsley)))
    found = finding_list(assessment.safety, "the screen is complete and found nothing")
    show(section("Safety", _safety_words(assessment), found))
    show(section("Scales", _scales(assessment)))
    if assessment.eligibility is not None:
        show(section("Label and payers in the USA", bullets(_label(assessment))))
    if assessment.missing:
        show(section("What would settle more", bullets(assessment.missing)))


def patient_lines(chart: Chart, on: date, what: str) -> Iterator[RenderableType]:
    """Who it is about and on which day; a synthetic patient is called so."""
    fact = chart.patient.fact
    youngest, oldest = fact.age_range(on)
    age = f"{youngest}" if youngest == oldest else f"{youngest} or {oldest}"
    yield title(f"{what} of {fact.pseudonym} on {on.isoformat()}")
    if fact.synthetic:
        yield Text("synthetic patient: nobody like this exists", style="magenta")
    told = [f"{fact.sex.value}, {age} years"]
    if fact.diagnosis:
        told.append(f"{fact.diagnosis.label} ({fact.diagnosis.system} {fact.diagnosis.code})")
    yield Text("; ".join(told), style="dim")


def trial_table(verdicts: Sequence[TrialVerdict]) -> RenderableType:
    """Every trial with its days and its verdict."""
    if not verdicts:
        return Text("none is recorded")
    return table(
        ("treatment", "from", "to", "verdict"),
        [_trial_row(verdict) for verdict in verdicts],
        whole=(1, 2),
    )


def _trial_row(verdict: TrialVerdict) -> tuple[str | Text, ...]:
    trial = verdict.trial
    ended = "ongoing" if _ongoing(verdict) else day_text(trial.end, trial.end_between)
    name = verdict.agent.name
    if trial.augments:
        name += f" (added to {trial.augments})"
    # The verdict's own text begins with the agent's name, which stands in the first column.
    told = verdict.text.removeprefix(f"{verdict.agent.name}: ")
    return (
        name,
        day_text(trial.start, trial.start_between),
        ended,
        Text(told, style=_VERDICT_STYLES.get(verdict.verdict, "")),
    )


def _ongoing(verdict: TrialVerdict) -> bool:
    return verdict.trial.stop_reason.value == "ongoing"


def stage_lines(history: JudgedHistory) -> Iterator[RenderableType]:
    """Definitions, stages, and what was taken together."""
    yield bullets(
        [sourced(each.sentence, each.definition.source) for each in history.definitions]
        + [sourced(stage.sentence, stage.source) for stage in history.stages]
        + [sourced(pair.text, pair.steps[-1].source) for pair in history.together]
    )


def dimension_table(stage: StageResult) -> RenderableType:
    """The Maudsley stage point by point."""
    return table(
        ("dimension", "points", "category", "why"),
        [(part.name, part.points, part.category, part.why) for part in stage.dimensions],
        numeric=(1,),
    )


def _safety_words(assessment: Assessment) -> Text:
    """What the screen means for going ahead; where labels and guidelines differ, both."""
    severity, words = conclusion(assessment.safety)
    cleared = assessment.clearance
    told = Text(f"{words} ({tally(assessment.safety)})", style=style_of(severity))
    if not cleared.agree:
        told.append(
            f"; by the labels {cleared.label.label}, by the guidelines {cleared.guideline.label}"
        )
    return told


def _scales(assessment: Assessment) -> RenderableType:
    if not assessment.scales:
        return Text("none is recorded")
    return facts(
        (result.score.on.isoformat(), sourced(result.sentence, result.scale.source))
        for result in assessment.scales
    )


def _label(assessment: Assessment) -> Iterator[Text]:
    status = assessment.eligibility
    if status is not None:
        yield sourced(status.sentence, status.source)
    if assessment.condition is not None:
        yield sourced(assessment.condition.sentence, assessment.condition.source)
    for each in assessment.payers:
        yield sourced(each.sentence, each.rule.source)
