"""Users, sites and memberships; and the access that was taken in an emergency."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What a person does at a site. A person may have several roles, also at several sites."""

    PSYCHIATRIST = "psychiatrist", "Psychiatrist"
    OPERATOR = "operator", "Operator"
    COORDINATOR = "coordinator", "Coordinator"
    RESEARCHER = "researcher", "Researcher"
    ADMINISTRATOR = "administrator", "Administrator"
    PATIENT = "patient", "Patient"


class Site(models.Model):
    """One place of the clinic, with its own patients, chairs and wall-clock time."""

    name = models.CharField(max_length=120, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166, for public holidays")
    subdivision = models.CharField(max_length=3, blank=True)
    phone = models.CharField(max_length=40, blank=True, help_text="shown to patients")
    address = models.CharField(max_length=240, blank=True)
    opens = models.TimeField(default="08:00")
    closes = models.TimeField(default="18:00")
    remind_hours = models.PositiveSmallIntegerField(default=24)
    """So long before an appointment the reminder goes out: the day before, as clinics call."""

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A named person who can log in; nobody shares an account."""

    display_name = models.CharField(max_length=120)
    """As it stands in the chart: "Dr Ada Meyer"."""
    patient_id = models.UUIDField(null=True, blank=True, unique=True)
    """Set for a patient's own account, and for nobody else."""
    must_change_password = models.BooleanField(default=False)
    """Set with a one-time password: it lets one in to choose another, and no further."""

    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return self.display_name or self.username


class Membership(models.Model):
    """One role of one person at one site."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=[c for c in Role.choices if c[0] != "patient"])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "site", "role"], name="one_membership_each")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} at {self.site}"


class EmergencyAccess(models.Model):
    """A chart opened without a right to it, for a stated reason; administrators are alerted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT)
    patient_id = models.UUIDField(db_index=True)
    reason = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.user} on {self.since:%Y-%m-%d %H:%M}"


class EventKind(models.TextChoices):
    """What is noted about accounts and the running of the clinic; never about illness."""

    LOGGED_IN = "logged_in", "logged in"
    LOG_IN_FAILED = "log_in_failed", "failed to log in"
    LOGGED_OUT = "logged_out", "logged out"
    PASSWORD_CHANGED = "password_changed", "changed the password"
    FACTOR_ADDED = "factor_added", "added a second factor"
    FACTOR_REMOVED = "factor_removed", "removed a second factor"
    USER_MADE = "user_made", "made a user"
    USER_CHANGED = "user_changed", "changed a user"
    USER_RESET = "user_reset", "gave a one-time password"
    SITE_CHANGED = "site_changed", "changed a site"
    EQUIPMENT_CHANGED = "equipment_changed", "changed the equipment"
    EMERGENCY_OPENED = "emergency_opened", "opened a chart in an emergency"
    EMERGENCY_REVIEWED = "emergency_reviewed", "reviewed an emergency access"
    IDENTITY_ERASED = "identity_erased", "erased an identity"
    BACKED_UP = "backed_up", "backed up the clinic"
    RESTORED = "restored", "restored a backup"
    VERIFIED = "verified", "verified the records"


class Event(models.Model):
    """One line of the log of accounts and operation. Never changed, never removed.

    user: who did it; None for the command line, or for a name that nobody has.
    about: the account, site or file that it was done to; no patient's name.
    """

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=24, choices=EventKind.choices, db_index=True)
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    about = models.CharField(max_length=240, blank=True)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind} {self.about}"
