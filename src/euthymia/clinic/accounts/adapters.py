"""Accounts are made by administrators for named people; nobody signs up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class NamedUsersOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the sign-up page, and leads on from a new password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the clinic, which asks for what else is missing."""
        return reverse("home")
