"""`euthymia device`: what stimulators can be driven, and emulated ones to try programs on."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from typing import Annotated

import typer

from euthymia.cli.options import JsonFlag

app = typer.Typer(help="Stimulators: drivers, and emulated devices.", no_args_is_help=True)


@app.command("list")
def list_drivers(as_json: JsonFlag = False) -> None:
    """List the drivers of real stimulators: what each offers and refuses, and its sources.

    All of them are off until a site's file turns one on.
    """
    from euthymia.cli.device_view import show_drivers

    show_drivers(as_json)


@app.command("emulate")
def emulate(
    driver: Annotated[str, typer.Argument(metavar="DRIVER", help="One of `euthymia device list`.")],
    seconds: Annotated[
        float | None,
        typer.Option(help="End by itself after so long (default: Ctrl-C).", show_default=False),
    ] = None,
) -> None:
    """Serve an emulated stimulator on a pseudo-terminal, and print the name of its port.

    It speaks the maker's bytes and gives no pulses: for trying out a driver, a cable's program or
    a course for operators. Linux and macOS only.

    \b
    euthymia device emulate magventure --seconds 1
    """
    from euthymia.cli.device_view import serve

    serve(driver, seconds)
