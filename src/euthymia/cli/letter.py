"""`euthymia letter`: a request for prior authorisation, from a chart to a payer."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import CaseFolder, JsonFlag, OnDay


def letter(
    case: CaseFolder,
    payer: Annotated[
        str,
        typer.Option(
            metavar="PAYER",
            help="Id or name of the payer's rule, see `euthymia rules list --table payers`.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder to write the letter to, as PDF, HTML and text (default: the case).",
            show_default=False,
        ),
    ] = None,
    clinic: Annotated[str, typer.Option(help="Name and address of the clinic.")] = "",
    physician: Annotated[str, typer.Option(help="Who signs.")] = "",
    on: OnDay = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the prior-authorisation letter for a payer, each sentence with its chart entries.

    The payer's rule of the day is applied. What is open is listed as tasks, and the letter is
    marked as a draft until nothing is.

    \b
    euthymia letter examples/clear-candidate --payer medicare-l34998-l34522 --out /tmp/letter
    """
    from euthymia.cli.cases import case_on
    from euthymia.cli.letter_files import letter_data, letter_of, show_letter, write_letter
    from euthymia.cli.output import remark, write_json

    opened = case_on(case, on)
    made = letter_of(opened, payer, clinic, physician)
    files = write_letter(made, opened, out or case)
    if as_json:
        write_json(letter_data(made, files))
        return
    if opened.remark:
        remark(opened.remark)
    show_letter(made, files)
