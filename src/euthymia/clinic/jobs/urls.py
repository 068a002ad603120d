"""Addresses of jobs."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.jobs import views

urlpatterns = [
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("jobs/<uuid:job_id>/state/", views.state, name="job_state"),
    path("jobs/<uuid:job_id>/cancel/", views.cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/retry/", views.retry, name="job_retry"),
]
