"""The address of today's list."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.today import views

urlpatterns = [path("today/", views.today, name="today")]
