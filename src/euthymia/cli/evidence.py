"""`euthymia evidence`: published trials, what they say together, and what is known."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import JsonFlag

app = typer.Typer(
    help="Published trials, what they say together, and what is known.", no_args_is_help=True
)


class Ratio(StrEnum):
    """How two arms are compared."""

    ODDS = "odds"
    RISK = "risk"
    DIFFERENCE = "difference"


Kind = Annotated[str, typer.Argument(metavar="OUTCOME", help="`response` or `remission`.")]
Indication = Annotated[
    str, typer.Option("--indication", metavar="NAME", help="`depression` or `OCD`.")
]


@app.command("list")
def list_trials(
    indication: Annotated[
        str | None, typer.Option("--indication", metavar="NAME", help="Only of this indication.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the trials, oldest first, null results among them."""
    from euthymia.cli.evidence_view import show_trials, trials_data
    from euthymia.cli.output import write_json

    if as_json:
        write_json(trials_data(indication))
    else:
        show_trials(indication)


@app.command("claims")
def list_claims(as_json: JsonFlag = False) -> None:
    """Say what is known: each claim of the field with its strength and sources."""
    from euthymia.cli.evidence_view import claims_data, show_claims
    from euthymia.cli.output import write_json

    if as_json:
        write_json(claims_data())
    else:
        show_claims()


@app.command("pool")
def pool(
    kind: Kind = "response",
    ratio: Annotated[Ratio, typer.Option("--as", help="How arms are compared.")] = Ratio.ODDS,
    indication: Indication = "depression",
    counts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Your own counts instead: study, events, treated, control_events, control.",
        ),
    ] = None,
    forest: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Also draw the forest plot.")
    ] = None,
    funnel: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Also draw the funnel plot.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Take the masked trials together, by every estimator, with the doubts.

    \b
    euthymia evidence pool remission --as risk
    euthymia evidence pool response --forest forest.svg
    """
    from euthymia.cli.evidence_view import analysis_data, analysis_of, draw, show_analysis
    from euthymia.cli.output import write_json

    found = analysis_of(kind, ratio.value, indication, counts)
    draw(found, forest, funnel)
    if as_json:
        write_json(analysis_data(found))
    else:
        show_analysis(found)
