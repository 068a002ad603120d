"""The Django application of accounts."""

from __future__ import annotations

from django.apps import AppConfig


class Accounts(AppConfig):
    """Users, sites, memberships, emergencies."""

    name = "euthymia.clinic.accounts"
    label = "clinic_accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Note who logs in, and what is done to accounts."""
        from euthymia.clinic.accounts.events import connect  # noqa: PLC0415 - needs the tables

        connect()
