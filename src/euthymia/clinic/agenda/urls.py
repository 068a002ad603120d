"""Addresses of the calendar."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.agenda import views

_ONE = "patients/<uuid:patient_id>/calendar"

urlpatterns = [
    path("calendar/", views.agenda, name="agenda"),
    path(f"{_ONE}/", views.patient_agenda, name="patient_agenda"),
    path(f"{_ONE}/hours/", views.hours, name="patient_hours"),
    path(f"{_ONE}/set/", views.set_course, name="set_appointments"),
    path(f"{_ONE}/repair/", views.repair, name="repair_appointments"),
    path(f"{_ONE}/<str:appointment>/missed/", views.missed, name="appointment_missed"),
    path(f"{_ONE}/<str:appointment>/move/", views.moved, name="appointment_moved"),
]
