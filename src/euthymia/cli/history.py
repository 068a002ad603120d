"""A treatment history typed into a file, judged without a case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from euthymia.assess.medication.told.lines import ToldHistory, ToldLine, read_history
from euthymia.assess.medication.trial import MedicationTrial
from euthymia.assess.staging.judged import JudgedHistory, judge_history
from euthymia.cli.assessment_data import history_data
from euthymia.cli.assessment_view import dimension_table, stage_lines, trial_table
from euthymia.cli.findings import finding_list, sourced
from euthymia.cli.output import bullets, section, show, title
from euthymia.cli.plain import Data, findings_data
from euthymia.core.errors import InputError, require_file
from euthymia.core.software import software
from euthymia.report.sections.words import day_text


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """A history file as it was understood, and as every instrument judges it."""

    path: Path
    told: ToldHistory
    judged: JudgedHistory

    @property
    def missing(self) -> tuple[str, ...]:
        """What would settle more, lines that could not be read first."""
        return (*self.told.unread, *self.judged.missing)


def read_file(path: Path, on: date) -> ReadHistory:
    """Read and judge a history file; refuses what is no text."""
    require_file(path, "a treatment history, one line a treatment")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            str(path), "it is not a text file in UTF-8", "Save it as plain text"
        ) from None
    told = read_history(text, on)
    return ReadHistory(path, told, judge_history(told.trials, told.episode, on))


def history_document(read: ReadHistory) -> Data:
    """What `euthymia assess --history FILE --json` prints."""
    return {
        "software": software(),
        "on": read.judged.on.isoformat(),
        "history": str(read.path),
        "lines": [_line(line) for line in read.told.lines],
        "findings": findings_data(read.told.findings),
        **history_data(read.judged),
        "missing": list(read.missing),
    }


def _line(line: ToldLine) -> Data:
    return {
        "number": line.number,
        "text": line.text,
        "read": line.trial is not None or not line.problem,
        "understood": [{"words": r.words, "meaning": r.meaning} for r in line.understood],
        "not_understood": list(line.not_understood),
        "problem": line.problem or None,
    }


def show_history(read: ReadHistory, *, steps: bool) -> None:
    """Print what was understood, and what the instruments make of it."""
    judged = read.judged
    show(title(f"Treatment history on {judged.on.isoformat()}", str(read.path)))
    show(section("As it was understood", *_understood(read.told)))
    if read.told.findings:
        show(section("Not understood, and so not counted", finding_list(read.told.findings)))
    show(
        section("Treatment trials, judged by the MGH ATRQ", trial_table(judged.trials)),
        section("Resistance", *stage_lines(judged)),
    )
    if judged.maudsley.dimensions:
        show(section("Maudsley stage, point by point", dimension_table(judged.maudsley)))
    if steps:
        for part in _steps(judged):
            show(part)
    if read.missing:
        show(section("What would settle more", bullets(read.missing)))


def _understood(told: ToldHistory) -> Iterator[RenderableType]:
    for line in told.lines:
        yield Text(f"{line.number}  {line.text}")
        said = "; ".join(reading.meaning for reading in line.understood) or "nothing"
        yield Text(f"   {said}", style="dim" if not line.problem else "yellow")
        if line.trial is not None:
            yield Text(f"   {_days(line.trial)}", style="dim")


def _days(trial: MedicationTrial) -> str:
    first = day_text(trial.start, trial.start_between)
    last = day_text(trial.end, trial.end_between)
    return f"first day {first}, last day {last}"


def _steps(judged: JudgedHistory) -> Iterator[RenderableType]:
    """The reasoning of every result, line by line with its sources."""
    for verdict in judged.trials:
        lines = [sourced(step.text, step.source) for step in verdict.steps]
        yield section(verdict.text, bullets(lines))
    for stage in judged.stages:
        yield section(stage.name, bullets([sourced(s.text, s.source) for s in stage.steps]))
    for result in judged.definitions:
        lines = [sourced(step.text, step.source) for step in result.steps]
        yield section(result.definition.name, bullets(lines))
