"""`euthymia protocol`: what can be given, shown, checked and drawn."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import JsonFlag

app = typer.Typer(help="Protocols: cleared, published, or your own as JSON.", no_args_is_help=True)

ProtocolName = Annotated[
    str,
    typer.Argument(
        metavar="ID|FILE.json",
        help="An id of `protocol list`, or a protocol file.",
        show_default=False,
    ),
]


class DrawnZoom(StrEnum):
    """How closely a protocol is drawn."""

    SESSION = "session"
    TRAIN = "train"
    BURST = "burst"
    ALL = "all"


@app.command("list")
def list_protocols(as_json: JsonFlag = False) -> None:
    """List the catalogue: every protocol, what it is for, and how far it is established."""
    from euthymia.cli.output import write_json
    from euthymia.cli.protocol_view import catalogue_data, show_catalogue

    if as_json:
        write_json(catalogue_data())
    else:
        show_catalogue()


@app.command("show")
def show(name: ProtocolName, as_json: JsonFlag = False) -> None:
    """Show one protocol: blocks, timing, clearances, course, sources.

    \b
    euthymia protocol show iTBS-600
    euthymia protocol show mine.json --json
    """
    from euthymia.cli.output import write_json
    from euthymia.cli.protocol_data import protocol_data
    from euthymia.cli.protocol_files import find_protocol
    from euthymia.cli.protocol_view import show_protocol

    found = find_protocol(name, whole=False)
    if as_json:
        write_json(protocol_data(found))
    else:
        show_protocol(found)


@app.command("check")
def check(
    name: ProtocolName,
    stimulator: Annotated[
        str | None, typer.Option(metavar="ID", help="Id of `stimulator list`.")
    ] = None,
    coil: Annotated[
        str | None, typer.Option(metavar="ID|FILE.ccd", help="Id of `coil list`, or a file.")
    ] = None,
    rmt: Annotated[
        float | None, typer.Option(metavar="PCT_MSO", help="Resting threshold of the hand.")
    ] = None,
    rmt_leg: Annotated[
        float | None, typer.Option(metavar="PCT_MSO", help="Resting threshold of the leg.")
    ] = None,
    rmt_depth_adjusted: Annotated[
        float | None,
        typer.Option(metavar="PCT_MSO", help="Resting threshold, adjusted for depth."),
    ] = None,
    amt: Annotated[float | None, typer.Option(metavar="PCT_MSO", help="Active threshold.")] = None,
    visual: Annotated[
        bool, typer.Option("--visual", help="The thresholds were read from visible twitches.")
    ] = False,
    intensity: Annotated[
        float | None,
        typer.Option(metavar="PCT", help="Percent of threshold for all blocks, if not as given."),
    ] = None,
    indication: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the patient is treated for: MDD.")
    ] = None,
    pulses_today: Annotated[
        int, typer.Option(min=0, metavar="N", help="Pulses given earlier that day.")
    ] = 0,
    sessions_given: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Sessions given so far.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a protocol against safety tables, device and patient: all findings, none hidden.

    What is not given is not checked, and that is said. The exit code is 0 whatever is found.

    \b
    euthymia protocol check HF10-19 --rmt 52 --stimulator magventure-magpro-x100
    euthymia protocol check mine.json --rmt 60 --visual --coil magventure-c-b60
    """
    from euthymia.cli.protocol_check import CheckRequest, run_check

    asked = CheckRequest(
        name, stimulator, coil, rmt, rmt_leg, rmt_depth_adjusted, amt, visual, intensity,
        indication, pulses_today, sessions_given,
    )  # fmt: skip
    run_check(asked, as_json)


@app.command("draw")
def draw(
    name: ProtocolName,
    zoom: Annotated[DrawnZoom, typer.Option(help="What to draw.")] = DrawnZoom.ALL,
    block: Annotated[
        int, typer.Option(min=1, metavar="N", help="Which block's train or burst, from 1.")
    ] = 1,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.svg", help="Where to write it (default: standard output)."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw a protocol as SVG: the session, a train, a burst, or all three.

    \b
    euthymia protocol draw iTBS-600 --out itbs.svg
    """
    from euthymia.cli.protocol_drawing import write_drawing
    from euthymia.cli.protocol_files import find_protocol

    write_drawing(find_protocol(name), zoom.value, block, out, as_json)


@app.command("export")
def export(
    name: ProtocolName,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Where to write it (default: standard output)."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a protocol in the published JSON format, to be edited and read again.

    \b
    euthymia protocol export HF10-37 --out mine.json
    """
    from euthymia.cli.protocol_files import export_protocol

    export_protocol(name, out, as_json)


@app.command("schema")
def schema(as_json: JsonFlag = False) -> None:
    """Print the JSON Schema of a protocol file (JSON, with or without --json)."""
    from euthymia.plan.protocol.schema import published_schema_text

    typer.echo(published_schema_text(), nl=False)
