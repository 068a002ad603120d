"""Addresses of registry, evidence and virtual clinic."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.research import views, what_if

urlpatterns = [
    path("registry/", views.registry, name="registry"),
    path("registry/gather/", views.gather, name="gather_registry"),
    path("registry/export/<str:form>/", views.export, name="export_registry"),
    path("evidence/", views.evidence, name="evidence"),
    path("evidence/trials/", views.trials_page, name="trials"),
    path("evidence/pooled/", views.pooled, name="pooled"),
    path("what-if/", what_if.what_if, name="what_if"),
]
