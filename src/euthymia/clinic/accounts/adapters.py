"""Accounts are made by administrators for named people; nobody signs up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


class NamedUsersOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the sign-up page, and leads on from a new password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the clinic, which asks for what else is missing."""
        return reverse("home")

    def clean_password(self, password: str, user: Any = None) -> str:
        """As the validators say; and a one-time password is not kept."""
        cleaned: str = super().clean_password(password, user)
        if user is not None and user.must_change_password and user.check_password(cleaned):
            raise ValidationError(_("Choose one other than the one-time password."))
        return cleaned
