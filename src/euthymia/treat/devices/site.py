"""Which real stimulators a site has turned on. By default: none.

A site's file (TOML) names each device, and a person who answers for it:

    [[device]]
    id = "room-1"
    driver = "magventure"
    port = "/dev/ttyUSB0"
    coil = "Cool-B65"
    enabled = true
    bench_tested_on = 2026-02-11
    responsible = "A. Physicist"

Without such an entry there is no way to a real stimulator. With it, the device still stays
disarmed until a person arms it, and every train waits for a press.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from euthymia.core.errors import InputError, require_file
from euthymia.core.references import Citation
from euthymia.treat.clock import Clock
from euthymia.treat.datafiles import NO_EXTRAS, read_table
from euthymia.treat.devices.magstim import MagstimBiStim, MagstimRapid2
from euthymia.treat.devices.magventure import MagVenture
from euthymia.treat.devices.stimulator import Stimulator
from euthymia.treat.devices.transport import SerialTransport, Transport

ANSWER_WITHIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver: what it offers, what it refuses, and where its bytes come from."""

    id: str
    title: str
    baud: int
    offers: tuple[str, ...]
    refuses: tuple[str, ...]
    sources: tuple[Citation, ...]
    needs_bench_test: bool = False

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class _DriverFile:
    driver: tuple[Driver, ...]

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class SiteDevice:
    """One real stimulator of a site."""

    id: str
    driver: str
    port: str
    coil: str
    responsible: str
    enabled: bool = False
    serial_number: str = ""
    unlock_code: str = ""
    bench_tested_on: date | None = None

    __pydantic_config__ = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Site:
    """The real stimulators of a site; empty unless a file says otherwise."""

    device: tuple[SiteDevice, ...] = ()

    __pydantic_config__ = NO_EXTRAS


@cache
def drivers() -> tuple[Driver, ...]:
    """Every driver, in the order of the data file."""
    return read_table("euthymia.treat.devices", "devices.toml", _DriverFile).driver


def driver(driver_id: str) -> Driver:
    """The driver of that id."""
    for each in drivers():
        if each.id == driver_id:
            return each
    known = ", ".join(each.id for each in drivers())
    raise InputError(f"driver {driver_id!r}", "it is not known here", f"Choose one of: {known}")


def read_site(path: Path) -> Site:
    """The site's file; refuses anything that it does not understand."""
    require_file(path, "a site's devices")
    try:
        return TypeAdapter(Site).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(str(path), f"it is not TOML ({problem})", "Correct it") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}, {where}", first["msg"].lower(), "Correct it") from None


def allowed(site: Site, device_id: str, on: date) -> SiteDevice:
    """The device if the site has turned it on; otherwise a refusal that says what is missing."""
    for device in site.device:
        if device.id == device_id:
            break
    else:
        known = ", ".join(each.id for each in site.device) or "none"
        raise InputError(
            f"stimulator {device_id!r}", "this site has not turned it on", f"Turned on are: {known}"
        )
    described = driver(device.driver)
    if not device.enabled:
        raise InputError(
            f"stimulator {device_id!r}",
            "it is not enabled in the site's file",
            "Whoever answers for the devices of this site sets enabled = true",
        )
    if not device.responsible.strip():
        raise InputError(
            f"stimulator {device_id!r}", "nobody answers for it", "Name the responsible person"
        )
    tested = device.bench_tested_on
    if described.needs_bench_test and (tested is None or tested > on):
        raise InputError(
            f"stimulator {device_id!r}",
            f"the driver {device.driver} was not tried on the bench with this device",
            "Try it without a patient, then note the day as bench_tested_on",
        )
    return device


def open_device(device: SiteDevice, clock: Clock) -> Stimulator:
    """The driver on its serial port; call `allowed` first."""
    transport = SerialTransport(device.port, driver(device.driver).baud, ANSWER_WITHIN_S)
    return on_transport(device, transport, clock)


def on_transport(device: SiteDevice, transport: Transport, clock: Clock) -> Stimulator:
    """The driver on any transport."""
    if device.driver == "magventure":
        return MagVenture(transport, clock, coil=device.coil)
    kind = MagstimRapid2 if device.driver == "magstim-rapid2" else MagstimBiStim
    return kind(
        transport,
        clock,
        coil=device.coil,
        serial_number=device.serial_number,
        unlock_code=device.unlock_code,
    )
