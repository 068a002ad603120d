"""`euthymia threshold`: a motor threshold, pulse by pulse, at a keyboard."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import JsonFlag


class Method(StrEnum):
    """The ways to a threshold, as the command line spells them."""

    BAYESIAN = "bayesian"
    ML_PEST = "ml-pest"
    FIVE_OF_TEN = "5of10"
    TEN_OF_TWENTY = "10of20"
    MILLS_NITHI = "mills-nithi"


def threshold(
    case: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CASE]", help="Folder of the case, to record it there.", show_default=False
        ),
    ] = None,
    method: Annotated[Method, typer.Option(help="How it is searched for.")] = Method.BAYESIAN,
    twitch: Annotated[
        bool, typer.Option("--twitch", help="Answers are seen as twitches, without EMG.")
    ] = False,
    emg: Annotated[
        bool,
        typer.Option("--emg", help="Type each answer's amplitude in µV, instead of y or n."),
    ] = False,
    start: Annotated[
        float | None,
        typer.Option(metavar="PCT", help="Output of the first pulse, % MSO.", show_default=False),
    ] = None,
    prior: Annotated[
        str,
        typer.Option(help="Prior of the Bayesian search: adults, broad, population, or chart."),
    ] = "adults",
    muscle: Annotated[str, typer.Option(help="The muscle.")] = "right FDI",
    stimulator: Annotated[
        str | None, typer.Option(help="Stimulator, for the record.", show_default=False)
    ] = None,
    coil: Annotated[
        str | None, typer.Option(help="Coil, for the record.", show_default=False)
    ] = None,
    author: Annotated[
        str | None, typer.Option(help="Who measured it; records it.", show_default=False)
    ] = None,
    role: Annotated[str, typer.Option(help="In which role.")] = "operator",
    simulate: Annotated[
        float | None,
        typer.Option(
            metavar="PCT",
            help="Practise on a simulated patient with this threshold.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Find a motor threshold: set the output that is shown, give a pulse, type what came.

    y: the muscle answered; n: it did not; u: take the last one back; q: end. With --emg type the
    peak-to-peak amplitude in µV instead of y or n. A threshold by visible twitch is shown with the
    EMG threshold it stands for on average; it is never corrected by itself.

    \b
    euthymia threshold --simulate 52
    euthymia threshold CASE --twitch --author "Ann" --stimulator neurostar --coil magstim-70mm-fig8
    """
    from euthymia.cli.threshold_run import Options, run

    run(
        Options(
            case, method.value, twitch, emg, start, prior, muscle, stimulator, coil, author, role,
            simulate, as_json,
        )
    )  # fmt: skip
