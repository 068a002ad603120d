"""Addresses of reminders."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.reminders import views

_ONE = "patients/<uuid:patient_id>/own-page/reminders"

urlpatterns = [
    path(f"{_ONE}/", views.reminders, name="reminders"),
    path(f"{_ONE}/ask/", views.ask, name="ask_for_reminder"),
    path(f"{_ONE}/<uuid:mail_id>/retry/", views.retry, name="retry_reminder"),
    path(f"{_ONE}/<uuid:mail_id>/settle/", views.settle, name="settle_reminder"),
    path("me/reminders/off/", views.switch_off, name="own_reminders_off"),
    path("mail/stop/<str:token>/", views.stop, name="reminders_stop"),
]
