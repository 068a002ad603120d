"""`euthymia hotspot`: the coil led over the motor area, pulse by pulse, at a keyboard."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from euthymia.cli.options import JsonFlag


def hotspot(as_json: JsonFlag = False) -> None:
    """Find the hot spot: hold the coil where it says, give a pulse, type the amplitude in µV.

    Places are millimetres from the first guess along the scalp, to the patient's right and to the
    front. u: take the last one back; q: end. First a grid, then finer steps around the best place.

    \b
    euthymia hotspot
    """
    from euthymia.cli.hotspot_run import run

    run(as_json)
