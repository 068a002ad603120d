"""`euthymia rules`: every rule with its source and tag, and whether the data files are sound."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from typing import Annotated

import typer

from euthymia.cli.options import JsonFlag

app = typer.Typer(
    help="The cited rules: listed, shown with their sources, checked.", no_args_is_help=True
)


@app.command("list")
def list_rules(
    table: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="Only the rules of this table.", show_default=False),
    ] = None,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Only rules that were recalled and never read.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """List the rules of all data files: id, tag, source. Without a table: the tables and counts.

    \b
    euthymia rules list
    euthymia rules list --table payers
    euthymia rules list --unverified
    """
    from euthymia.cli.output import write_json
    from euthymia.cli.rules_view import rules_data, show_rules

    if as_json:
        write_json(rules_data(table, unverified))
    else:
        show_rules(table, unverified)


@app.command("show")
def show_rule(
    rule: Annotated[
        str,
        typer.Argument(metavar="ID", help="Id of a rule, or of all below it.", show_default=False),
    ],
    as_json: JsonFlag = False,
) -> None:
    """Show a rule as it stands in its data file, with its sources and how far they were read.

    \b
    euthymia rules show scales.phq9
    euthymia rules show payers.medicare-l34998-l34522
    """
    from euthymia.cli.output import write_json
    from euthymia.cli.rules_view import rule_data, show_found

    if as_json:
        write_json(rule_data(rule))
    else:
        show_found(rule)


@app.command("check")
def check(as_json: JsonFlag = False) -> None:
    """Check all data files: references, tags, dates, bands, and the links between tables.

    Exit code 2 on a fault. What is merely unverified is counted, and is no fault.
    """
    from euthymia.cli.rules_check import run_check

    run_check(as_json)
