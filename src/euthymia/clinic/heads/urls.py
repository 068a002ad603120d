"""Addresses of a patient's head."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.heads import views

_ONE = "patients/<uuid:patient_id>/head"

urlpatterns = [
    path(f"{_ONE}/", views.head, name="head"),
    path(f"{_ONE}/tape/", views.tape, name="measure_head"),
    path(f"{_ONE}/image/", views.image, name="attach_image"),
    path(f"{_ONE}/build/", views.build, name="build_head"),
]
