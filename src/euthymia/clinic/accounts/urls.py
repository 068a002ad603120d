"""Addresses of logging in, the second factor and emergencies."""

from __future__ import annotations

from django.urls import include, path, re_path

from euthymia.clinic.accounts import own

urlpatterns = [
    path("account/me/", own.account, name="account"),
    path("account/touch/", own.touch, name="touch"),
    # What a clinic does not offer: signing up, and anything that is done by e-mail.
    *(
        re_path(rf"^account/{closed}", own.closed)
        for closed in (
            "signup/",
            "email/",
            "confirm-email/",
            "password/reset/",
            "password/set/",
            "login/code/",
            "reauthenticate/code/",
        )
    ),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("emergency/<uuid:patient_id>/", own.break_glass, name="break_glass"),
]
