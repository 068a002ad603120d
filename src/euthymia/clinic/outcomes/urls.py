"""Addresses of outcomes and the worklist."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.outcomes import views, worklist

_ONE = "patients/<uuid:patient_id>/outcomes"

urlpatterns = [
    path("worklist/", worklist.worklist, name="worklist"),
    path(f"{_ONE}/", views.outcomes, name="outcomes"),
    path(f"{_ONE}/event/", views.adverse_event, name="adverse_event"),
    path(f"{_ONE}/end/", views.end_course, name="end_course"),
    path(f"{_ONE}/contact/", views.contact, name="follow_up"),
    path(f"{_ONE}/contact/<uuid:contact_id>/", views.contact_done, name="follow_up_done"),
    path(f"{_ONE}/reminder/", views.reminder, name="reminder"),
]
