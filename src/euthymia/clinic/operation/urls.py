"""The address of the clinic's health."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.operation import health

urlpatterns = [path("health/", health.health, name="health")]
