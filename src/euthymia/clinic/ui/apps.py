"""The design system as a Django application."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Templates, static files and template tags of the design system; it has no models."""

    name = "euthymia.clinic.ui"
    label = "clinic_ui"
    verbose_name = "Design system"
