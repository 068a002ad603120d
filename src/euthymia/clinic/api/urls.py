"""Addresses of the interface for programs, and of the page where tokens are made."""

from __future__ import annotations

from django.urls import path

from euthymia.clinic.api import pages
from euthymia.clinic.api.interface import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("account/tokens/", pages.tokens_page, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", pages.revoke, name="revoke_token"),
]
