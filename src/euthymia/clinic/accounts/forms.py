"""The forms of logging in: nothing is remembered, and nothing is sent by e-mail."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from django.conf import settings
from django.utils.translation import gettext as _

EXAMPLE_PASSWORD = "synthetic-clinic"
"""Of everyone in an example clinic."""


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
    """Name and password; in an example clinic both are filled in for whom one chose."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["login"].label = _("Name to log in with")
        chosen = self.request.GET.get("as", "") if self.request is not None else ""
        if settings.PLACE.example and chosen:
            self.fields["login"].initial = chosen
            self.fields["password"].initial = EXAMPLE_PASSWORD
            self.fields["password"].widget.render_value = True


class ReauthenticateForm(_Plain, allauth.ReauthenticateForm):  # type: ignore[misc]
    """The password again, before something that matters."""


class ChangePasswordForm(_Plain, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one, twice."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["oldpassword"].label = _("Present password")
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password again")
