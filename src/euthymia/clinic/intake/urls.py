"""Addresses of the intake."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.intake import correcting, history, referral, registration, told, trials

_OF = "patients/<uuid:patient_id>/"

urlpatterns = [
    path("patients/new/", registration.new_patient, name="new_patient"),
    path(f"{_OF}intake/", referral.intake, name="intake"),
    path(f"{_OF}intake/identity/", referral.identity, name="identity"),
    path(f"{_OF}intake/referral/", referral.referral, name="referral"),
    path(f"{_OF}intake/consent/", referral.consent, name="consent"),
    path(f"{_OF}intake/note/", referral.note, name="note"),
    path(f"{_OF}history/", history.history, name="history"),
    path(f"{_OF}history/told/", told.told, name="told"),
    path(f"{_OF}history/told/reading/", told.told_reading, name="told_reading"),
    path(f"{_OF}history/treatment/", trials.new_trial, name="new_trial"),
    path(f"{_OF}history/episode/", history.episode, name="episode"),
    path(f"{_OF}history/medicines/", history.medicines, name="medicines"),
    path(f"{_OF}entries/<uuid:entry_id>/", correcting.entry, name="entry"),
    path(f"{_OF}entries/<uuid:entry_id>/amend/", correcting.amend, name="amend"),
    path(f"{_OF}entries/<uuid:entry_id>/retract/", correcting.retract, name="retract"),
]
