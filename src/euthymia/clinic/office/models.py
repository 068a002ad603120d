"""The tables of the equipment: stimulators, coils, chairs, and when they were checked."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from euthymia.clinic.accounts.models import Site


class Equipment(models.Model):
    """What a stimulator and a coil have in common."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name in this clinic"), max_length=60)
    model = models.CharField(_("model"), max_length=60)
    """The id in the catalogue."""
    serial_number = models.CharField(_("serial number"), max_length=60, blank=True)
    in_use = models.BooleanField(_("in use"), default=True)
    note = models.CharField(_("note"), max_length=240, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Device(Equipment):
    """A stimulator of the clinic's."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "name"], name="one_device_a_name")
        ]


class Coil(Equipment):
    """A coil of the clinic's."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "name"], name="one_coil_a_name")
        ]


class Chair(models.Model):
    """A place where a patient is treated: with a stimulator, and the coils that are kept there."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="chairs")
    name = models.CharField(_("name"), max_length=60)
    device = models.ForeignKey(
        Device,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="chairs",
        verbose_name=_("stimulator"),
    )
    coils = models.ManyToManyField(Coil, blank=True, related_name="chairs", verbose_name=_("coils"))
    in_use = models.BooleanField(_("in use"), default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "name"], name="one_chair_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class Calibration(models.Model):
    """That a stimulator or a coil was checked, by whom, with what result, and when it is due next.

    Never changed, never removed: a mistake is answered by a new record.
    """

    device = models.ForeignKey(
        Device, null=True, on_delete=models.PROTECT, related_name="calibrations"
    )
    coil = models.ForeignKey(Coil, null=True, on_delete=models.PROTECT, related_name="calibrations")
    on = models.DateField(_("checked on"))
    next_due = models.DateField(_("next due"), db_index=True)
    checked_by = models.CharField(_("checked by"), max_length=120)
    passed = models.BooleanField(_("passed"), default=True)
    note = models.CharField(_("what was measured"), max_length=500, blank=True)
    recorded_by = models.ForeignKey(
        "clinic_accounts.User", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(device=None, coil__isnull=False)
                | models.Q(coil=None, device__isnull=False),
                name="one_thing_checked",
            )
        ]

    def __str__(self) -> str:
        return f"{self.device or self.coil} on {self.on:%Y-%m-%d}"


def latest_check(equipment: Device | Coil) -> Calibration | None:
    """The last record of a stimulator or coil whose `calibrations` were fetched."""
    found = sorted(equipment.calibrations.all(), key=lambda each: (each.on, each.pk))
    return found[-1] if found else None


def is_due(equipment: Device | Coil, today: date) -> bool:
    """Whether it must be checked before it is used again: never checked, failed, or overdue."""
    last = latest_check(equipment)
    return last is None or not last.passed or last.next_due < today
