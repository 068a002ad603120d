"""Addresses of the planning bench."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.bench import views

_BASE = "patients/<uuid:patient_id>/bench/"

urlpatterns = [
    path(_BASE, views.bench, name="bench"),
    path(f"{_BASE}state/", views.state, name="bench_state"),
    path(f"{_BASE}prepare/", views.prepare, name="bench_prepare"),
    path(f"{_BASE}scene/", views.scene, name="bench_scene"),
    path(f"{_BASE}coil/<str:coil_id>/", views.coil, name="bench_coil"),
    path(f"{_BASE}field/", views.field, name="bench_field"),
    path(f"{_BASE}detail/", views.detail, name="bench_detail"),
    path(f"{_BASE}slices/", views.slices, name="bench_slices"),
    path(f"{_BASE}choose/", views.choose, name="bench_choose"),
]
