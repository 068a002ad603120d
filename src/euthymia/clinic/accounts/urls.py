"""Addresses of logging in, the second factor and emergencies."""

from __future__ import annotations

from django.urls import include, path

from euthymia.clinic.accounts import own

urlpatterns = [
    path("account/me/", own.account, name="account"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("emergency/<uuid:patient_id>/", own.break_glass, name="break_glass"),
]
