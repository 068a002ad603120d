"""Addresses of a patient's chart and the list of patients."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.records import views

urlpatterns = [
    path("patients/", views.patients, name="patients"),
    path("patients/<uuid:patient_id>/", views.chart, name="chart"),
    path("patients/<uuid:patient_id>/entries/", views.entries, name="entries"),
    path("patients/<uuid:patient_id>/documents/<str:digest>/", views.document, name="document"),
]
