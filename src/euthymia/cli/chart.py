"""`euthymia chart`: the ledger itself."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from typing import Annotated

import typer

from euthymia.cli.options import ChartPlace, JsonFlag

app = typer.Typer(help="A patient's chart: its ledger, checked and shown.", no_args_is_help=True)


@app.command("verify")
def verify(
    place: ChartPlace,
    anchor: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER:SHA256",
            help="A last entry noted elsewhere (on a plan): proves that nothing was cut off.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check that a chart is what was written: every line, every hash, every entry.

    Exit code 2 if it is broken. A last entry that was not written to its end is reported, and
    does not break the chart.

    \b
    euthymia chart verify examples/clear-candidate
    euthymia chart verify CASE --anchor 21:3f0c...
    """
    from euthymia.cli.chart_check import run_check

    run_check(place, anchor, as_json)


@app.command("show")
def show(
    place: ChartPlace,
    history: Annotated[
        bool, typer.Option("--history", help="Every entry in order, with amendments and reasons.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show a chart as it stands, or with --history how it came to be.

    \b
    euthymia chart show examples/clear-candidate --history
    """
    from euthymia.cli.chart_files import read_chart
    from euthymia.cli.chart_view import chart_data, history_data, show_chart, show_history
    from euthymia.cli.output import write_json

    chart, findings = read_chart(place)
    if as_json:
        write_json(history_data(chart) if history else chart_data(chart, findings))
    elif history:
        show_history(chart, findings)
    else:
        show_chart(chart, findings)


@app.command("schema")
def schema(as_json: JsonFlag = False) -> None:
    """Print the JSON Schema of everything that an entry can hold (JSON, with or without --json)."""
    from euthymia.chart.entries import schema as schema_of_facts
    from euthymia.cli.output import write_json

    write_json(schema_of_facts())
