"""The Django application of operation."""

from __future__ import annotations

from django.apps import AppConfig


class Operation(AppConfig):
    """Commands of the installation, and its health."""

    name = "euthymia.clinic.operation"
    label = "clinic_operation"
    verbose_name = "Operation"
