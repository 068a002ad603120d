"""The patient's pages as a Django application."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Links that open a patient's own pages are its only table."""

    name = "euthymia.clinic.portal"
    label = "clinic_portal"
    verbose_name = "The patient's pages"
    default_auto_field = "django.db.models.BigAutoField"
