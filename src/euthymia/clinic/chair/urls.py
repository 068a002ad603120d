"""Addresses at the chair."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.chair import views_after, views_overview, views_prepare, views_run
from euthymia.clinic.chair.threshold.views import threshold

_OF = "patients/<uuid:patient_id>/sessions/"

urlpatterns = [
    path("chairs/", views_overview.chairs, name="chairs"),
    path("stop/<str:stop_key>/", views_run.emergency_stop, name="emergency_stop"),
    path(_OF, views_overview.sessions, name="chair"),
    path(f"{_OF}prepare/", views_prepare.prepare, name="session_prepare"),
    path(f"{_OF}recover/", views_prepare.recover, name="session_recover"),
    path(f"{_OF}deviation/", views_prepare.deviation, name="session_deviation"),
    path(f"{_OF}run/", views_run.console, name="session_run"),
    path(f"{_OF}run/state/", views_run.state, name="session_state"),
    path(f"{_OF}run/ask/", views_run.ask, name="session_ask"),
    path(f"{_OF}threshold/", threshold, name="threshold"),
    path(f"{_OF}<int:number>/", views_after.session, name="session"),
]
