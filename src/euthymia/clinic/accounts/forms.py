"""The forms of logging in: nothing is remembered, and nothing is sent by e-mail."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from django.utils.translation import gettext as _


class _Plain:
    """Without the link to a mail that this clinic does not send, and without labels in fields."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in {"password", "oldpassword"}:
                field.help_text = ""


class LoginForm(_Plain, allauth.LoginForm):  # type: ignore[misc]
    """Name and password."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["login"].label = _("Name to log in with")


class ReauthenticateForm(_Plain, allauth.ReauthenticateForm):  # type: ignore[misc]
    """The password again, before something that matters."""


class ChangePasswordForm(_Plain, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one, twice."""
