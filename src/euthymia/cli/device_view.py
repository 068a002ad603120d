"""Drivers on the screen, and an emulated device that runs until it is told to end."""

from __future__ import annotations

import sys

from euthymia.cli.clock import SystemClock
from euthymia.cli.output import bullets, section, show, title, write_json
from euthymia.cli.plain import citation_data
from euthymia.treat.devices.emulators import Emulator, MagstimEmulator, MagVentureEmulator
from euthymia.treat.devices.pty_port import PseudoPort
from euthymia.treat.devices.simulator import SimulatedStimulator, Traits
from euthymia.treat.devices.site import driver as known_driver
from euthymia.treat.devices.site import drivers

_WATCHDOG_S = 1.0
_TICK_S = 0.2


def show_drivers(as_json: bool) -> None:
    """All drivers with what they offer, what they refuse, and where their bytes come from."""
    if as_json:
        write_json(
            {
                "drivers": [
                    {
                        "id": each.id,
                        "title": each.title,
                        "baud": each.baud,
                        "offers": each.offers,
                        "refuses": each.refuses,
                        "needs_bench_test": each.needs_bench_test,
                        "sources": [citation_data(source) for source in each.sources],
                    }
                    for each in drivers()
                ]
            }
        )
        return
    show(title("Drivers of real stimulators", "off until a site's file turns one on"))
    for each in drivers():
        bench = ["needs a bench test at the site"] if each.needs_bench_test else []
        show(
            section(
                f"{each.id}: {each.title}",
                bullets(
                    [
                        *(f"offers {text}" for text in each.offers),
                        *(f"refuses {text}" for text in each.refuses),
                        *bench,
                        "sources: " + "; ".join(source.short for source in each.sources),
                    ]
                ),
            )
        )


def serve(driver_id: str, seconds: float | None) -> None:
    """Serve the emulated device until the time is over or someone interrupts."""
    known = known_driver(driver_id)
    clock = SystemClock()
    device = SimulatedStimulator(clock, traits=Traits(watchdog_s=_WATCHDOG_S))
    emulator: Emulator
    if known.id == "magventure":
        emulator = MagVentureEmulator(device)
    else:
        emulator = MagstimEmulator(device, rapid=known.id == "magstim-rapid2")
    end_s = clock.now_s() + seconds if seconds is not None else float("inf")
    with PseudoPort(emulator) as port:
        sys.stdout.write(f"{port.path}\n")
        sys.stdout.flush()
        while clock.now_s() < end_s:
            clock.sleep_until(min(end_s, clock.now_s() + _TICK_S))
