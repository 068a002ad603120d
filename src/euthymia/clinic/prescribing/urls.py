"""Addresses of plans and prescriptions."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.prescribing import views

_ONE = "patients/<uuid:patient_id>/plan"

urlpatterns = [
    path(f"{_ONE}/", views.prescribing, name="prescribing"),
    path(f"{_ONE}/ask/", views.ask, name="ask_for_plan"),
    path(f"{_ONE}/make/", views.make, name="make_plan"),
    path(f"{_ONE}/<str:sha256>/sign/", views.sign_plan, name="sign_plan"),
    path(f"{_ONE}/<str:sha256>/prescribe/", views.prescribe, name="write_prescription"),
    path(f"{_ONE}/prescription/<str:sha256>/sign/", views.sign_prescription,
         name="sign_prescription"),
]  # fmt: skip
