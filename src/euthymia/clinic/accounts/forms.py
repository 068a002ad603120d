"""The form for logging in."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from django.utils.translation import gettext as _


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """Name and password; nothing is remembered, and nothing is sent by e-mail."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["password"].help_text = ""
        self.fields["login"].label = _("Name to log in with")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
