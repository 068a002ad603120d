"""The equipment of the synthetic clinic: stimulators, coils, chairs, and their checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from euthymia.clinic.accounts.models import Site, User
from euthymia.clinic.example import rooms
from euthymia.clinic.office.models import Calibration, Chair, Coil, Device
from euthymia.clinic.ui.names import coil_name

_CHECKED_AGO, _DUE_AFTER = timedelta(days=120), timedelta(days=365)
_LAST_ONE_AGO = timedelta(days=380)
"""The last site's equipment is overdue, so that the list of equipment has something to show."""


def furnish(
    made: Sequence[rooms.Site], sites: Sequence[Site], administrator: User, today: date
) -> None:
    """Put chairs with their stimulators and coils into the sites, checked some time ago."""
    for index, (each, site) in enumerate(zip(made, sites, strict=True)):
        overdue = 0 < index == len(sites) - 1
        on = today - (_LAST_ONE_AGO if overdue else _CHECKED_AGO)
        for chair in each.chairs:
            _furnish(chair, site, administrator, on)


def _furnish(chair: rooms.Chair, site: Site, administrator: User, on: date) -> None:
    known = chair.stimulator
    device = Device.objects.create(
        site=site,
        name=known.name,
        model=known.model,
        serial_number=known.serial_number,
        note="synthetic",
    )
    coil = Coil.objects.create(
        site=site,
        name=f"{coil_name(known.coil)} ({known.serial_number})",
        model=known.coil,
        serial_number=f"{known.serial_number}-C",
        note="synthetic",
    )
    placed = Chair.objects.create(site=site, name=chair.name, device=device)
    placed.coils.add(coil)
    for thing in ({"device": device}, {"coil": coil}):
        Calibration.objects.create(
            **thing,
            on=on,
            next_due=on + _DUE_AFTER,
            checked_by="Medical physics (synthetic)",
            note="Output, rate and leakage current as specified (synthetic).",
            recorded_by=administrator,
        )
