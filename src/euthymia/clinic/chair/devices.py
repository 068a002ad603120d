"""Which stimulators may stand at a chair: the simulated one, and what the site has turned on."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings

from euthymia.clinic import clock as clinic_clock
from euthymia.core.errors import InputError
from euthymia.treat.clock import Clock
from euthymia.treat.devices.counter import PulseMemory
from euthymia.treat.devices.simulator import SimulatedStimulator, Traits
from euthymia.treat.devices.site import allowed, open_device, read_site
from euthymia.treat.devices.stimulator import Stimulator

SIMULATED = "simulated"
_PATIENT = Traits(watchdog_s=1.0)
"""A server has more to do than a session alone: its stimulator waits longer for a sign of life."""


def site_file() -> Path:
    """The file in which this installation turns real stimulators on; most have none."""
    home: Path = settings.PLACE.home
    return home / "devices.toml"


def turned_on() -> tuple[str, ...]:
    """Ids of the real stimulators that may be used today; none in an example clinic."""
    path = site_file()
    if settings.PLACE.example or not path.is_file():
        return ()
    site, found = read_site(path), []
    for device in site.device:
        try:
            found.append(allowed(site, device.id, clinic_clock.today()).id)
        except InputError:
            # It is listed, but not enabled or not tried on the bench: it cannot be chosen.
            continue
    return tuple(found)


def simulated_device(clock: Clock, memory: PulseMemory, *, hurried: bool) -> SimulatedStimulator:
    """The simulated stimulator, which goes on counting where that memory stands."""
    return SimulatedStimulator(clock, memory, traits=None if hurried else _PATIENT)


def real_device(device_id: str, clock: Clock) -> Stimulator:
    """A stimulator of the site's file; refused unless the site has turned it on."""
    if settings.PLACE.example:
        raise InputError(
            f"stimulator {device_id!r}",
            "an example clinic has no real stimulators",
            "Use the simulated one",
        )
    site = read_site(site_file())
    return open_device(allowed(site, device_id, clinic_clock.today()), clock)


def memory_of(patient_id: UUID, session: int) -> PulseMemory:
    """The simulated stimulator's counter during one session; it outlives a killed server."""
    path = memory_path(patient_id, session)
    path.parent.mkdir(parents=True, exist_ok=True)
    for earlier in path.parent.glob(f"{patient_id}-*.memory"):
        # An earlier session has its end on the record: nobody asks for its counter any more.
        if earlier != path:
            earlier.unlink(missing_ok=True)
    return PulseMemory(path)


def memory_path(patient_id: UUID, session: int) -> Path:
    """Where that counter is kept."""
    home: Path = settings.PLACE.home
    return home / "simulated" / f"{patient_id}-{session}.memory"
