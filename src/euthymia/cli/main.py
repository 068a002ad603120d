"""The `euthymia` command: its groups, its version, and its way out.

Only the command line's own light modules are imported here; each command imports the rooms that it
needs when it runs, so that `--help` answers at once.
"""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

import inspect
from contextlib import AbstractContextManager
from importlib.metadata import entry_points
from typing import Annotated

import typer

from euthymia.cli import (
    assess,
    cache,
    catalogues,
    chart,
    device,
    evidence,
    field,
    follow,
    forecast,
    head,
    hotspot,
    letter,
    plan,
    protocol,
    registry,
    rules,
    search,
    session,
    threshold,
)
from euthymia.cli.guard import CarefulGroup
from euthymia.core.progress import Progress

app = typer.Typer(
    name="euthymia",
    cls=CarefulGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("plan")(plan.plan)
app.command("assess")(assess.assess)
app.command("follow")(follow.follow)
app.command("letter")(letter.letter)
app.add_typer(protocol.app, name="protocol")
app.command("field")(field.field)
app.command("search")(search.search)
app.command("batch")(search.batch)
app.add_typer(head.app, name="head")
app.add_typer(chart.app, name="chart")
app.command("hotspot")(hotspot.hotspot)
app.command("threshold")(threshold.threshold)
app.add_typer(session.app, name="session")
app.add_typer(device.app, name="device")
app.add_typer(catalogues.coils, name="coil")
app.add_typer(catalogues.targets, name="target")
app.add_typer(catalogues.stimulators, name="stimulator")
app.add_typer(evidence.app, name="evidence")
app.add_typer(forecast.app, name="forecast")
app.add_typer(registry.app, name="registry")
app.add_typer(registry.virtual, name="virtual")
app.add_typer(rules.app, name="rules")
app.add_typer(cache.app, name="cache")


def _version(wanted: bool) -> None:
    if wanted:
        from euthymia.core.software import software

        typer.echo(software())
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole trace of an error; may stand anywhere.")
    ] = False,
) -> None:
    """TMS therapy of medication-resistant depression, from chart and head to a written plan.

    Decision support and a record: it shows its sources, and a clinician decides.

    \b
    euthymia plan CASE            a whole treatment plan, as PDF and HTML
    euthymia assess CASE          resistance and safety only
    euthymia protocol list        what can be given
    """


def _flow_help(group: typer.Typer) -> None:
    """Let help texts wrap to the terminal: lines of a paragraph join, examples stay lines."""
    for command in group.registered_commands:
        command.help = _flowed(command.help or inspect.getdoc(command.callback) or "")
    if group.registered_callback is not None:
        callback = group.registered_callback
        callback.help = _flowed(inspect.getdoc(callback.callback) or "")
    for inner in group.registered_groups:
        if inner.typer_instance is not None and inner.typer_instance is not group:
            _flow_help(inner.typer_instance)


def _flowed(text: str) -> str:
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        paragraph.removeprefix("\b\n")
        if paragraph.startswith("\b")
        else " ".join(paragraph.split())
        for paragraph in paragraphs
    )


def _join_commands_of_other_packages() -> None:
    """Add what stands above the command line, such as the clinic; their bodies import late."""
    for point in entry_points(group="euthymia.commands"):
        point.load()(app, _watching)


def _watching() -> AbstractContextManager[Progress]:
    from euthymia.cli.bars import watching

    return watching()


_join_commands_of_other_packages()
_flow_help(app)


def run() -> None:
    """The entry point of the installed command."""
    app()
