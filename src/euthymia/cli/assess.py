"""`euthymia assess`: what the rules say of a patient on a day."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import JsonFlag, OnDay

CaseOrNone = Annotated[
    Path | None,
    typer.Argument(
        metavar="[CASE]", help="Folder of the case: it holds chart.jsonl.", show_default=False
    ),
]

HistoryFile = Annotated[
    Path | None,
    typer.Option(
        "--history",
        metavar="FILE",
        help="Instead of a case: a text file with one line for each treatment.",
        show_default=False,
    ),
]

StepsFlag = Annotated[
    bool, typer.Option("--steps", help="With --history: show the reasoning of every result.")
]

TalkFile = Annotated[
    Path | None,
    typer.Option(
        "--talk",
        metavar="FILE",
        help="Also write the page for the talk with the patient: what treatment has cost so far, "
        "and what TMS brings (.pdf or .html).",
        show_default=False,
    ),
]


def assess(
    case: CaseOrNone = None,
    history: HistoryFile = None,
    on: OnDay = None,
    steps: StepsFlag = False,
    talk: TalkFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Assess a case: treatment trials, resistance, safety screen, scales, label and payers.

    Nothing is written, unless --talk asks for a page. Entries of the chart that were made after the
    day do not count. With --history, a typed list of treatments is judged by itself.

    \b
    euthymia assess examples/clear-candidate --on 2026-12-17
    euthymia assess CASE --json | jq .maudsley
    euthymia assess --history history.txt --steps
    """
    from euthymia.core.errors import InputError

    if (case is None) == (history is None):
        raise InputError(
            "what to assess",
            "neither a case nor a history is named" if case is None else "both are named",
            "Name the folder of a case, or a text file with --history",
        )
    if history is not None:
        _assess_history(history, on, talk, steps=steps, as_json=as_json)
    elif case is not None:
        _assess_case(case, on, talk, as_json=as_json)


def _assess_case(case: Path, on: str | None, talk: Path | None, *, as_json: bool) -> None:
    from euthymia.cli.assessing import assessed
    from euthymia.cli.assessment_data import assessment_document
    from euthymia.cli.assessment_view import show_assessment
    from euthymia.cli.cases import case_on
    from euthymia.cli.output import remark, write_json
    from euthymia.cli.talk import write_talk

    opened = case_on(case, on)
    found = assessed(opened)
    if talk is not None:
        patient = opened.chart.patient.fact
        write_talk(talk, found.history, patient.pseudonym, synthetic=patient.synthetic)
    if as_json:
        write_json(assessment_document(opened, found))
        return
    if opened.remark:
        remark(opened.remark)
    show_assessment(opened, found)


def _assess_history(
    path: Path, on: str | None, talk: Path | None, *, steps: bool, as_json: bool
) -> None:
    from euthymia.cli.history import history_document, read_file, show_history
    from euthymia.cli.options import day_of, today
    from euthymia.cli.output import write_json
    from euthymia.cli.talk import write_talk

    read = read_file(path, day_of(on) if on else today())
    if talk is not None:
        write_talk(talk, read.judged, path.stem, synthetic=False)
    if as_json:
        write_json(history_document(read))
    else:
        show_history(read, steps=steps)
