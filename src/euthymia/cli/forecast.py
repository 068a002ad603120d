"""`euthymia forecast`: from check-ins or scores typed in, without a chart."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from typing import Annotated

import typer

from euthymia.cli.options import JsonFlag

app = typer.Typer(
    help="Where patients like this one went from here, beside what is usual; never a verdict.",
    no_args_is_help=True,
)

Answers = Annotated[
    str,
    typer.Argument(
        metavar="ANSWERS",
        help="One answer a session, the first before treatment: 1 worse, 2 same, 3 a bit better, "
        "4 much better, - for a missing one. For example 2,2,2,3,-,3.",
    ),
]

Scores = Annotated[
    str,
    typer.Argument(
        metavar="SCORES",
        help="Scores by how many sessions had been given: 0:24,5:20,10:17.",
    ),
]

AtSession = Annotated[
    int | None, typer.Option("--at", metavar="SESSION", help="Session to forecast.")
]


@app.command("check-ins")
def check_ins(answers: Answers, at: AtSession = None, as_json: JsonFlag = False) -> None:
    """Forecast how a patient will feel at a session, from session check-ins.

    \b
    euthymia forecast check-ins 2,2,2,3,2,3
    """
    from euthymia.cli.forecast_view import check_in_data, check_in_forecast, show_check_ins
    from euthymia.cli.output import write_json

    found = check_in_forecast(answers, at)
    if as_json:
        write_json(check_in_data(found))
    else:
        show_check_ins(found)


@app.command("scores")
def scores(
    scores: Scores,
    scale: Annotated[str, typer.Option("--scale", metavar="SCALE", help="PHQ-9 or HAM-D17.")],
    at: AtSession = None,
    as_json: JsonFlag = False,
) -> None:
    """Forecast a scale's score at a session, from scores so far.

    \b
    euthymia forecast scores 0:19,5:17,10:14 --scale PHQ-9 --at 36
    """
    from euthymia.cli.forecast_view import score_data, score_forecast, show_scores
    from euthymia.cli.output import write_json

    found = score_forecast(scores, scale, at)
    if as_json:
        write_json(score_data(found))
    else:
        show_scores(found)
