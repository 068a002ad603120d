"""Signing: the person proves in the same request that it is they, with the password."""

from __future__ import annotations

from allauth.core import ratelimit
from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from euthymia.core.errors import InputError


class NotFreshError(InputError):
    """The person did not prove to be the one who has logged in; nothing was signed."""


def require_fresh(request: HttpRequest, password: str) -> None:
    """Let a signature go on only if that is the password of who asks.

    Tries are counted, right or wrong, by the rate of re-authentication. Outside an example clinic
    the account must have a second factor, too. Raises NotFreshError with the sentence to be shown.
    """
    user = request.user
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        raise NotFreshError(_("signature"), _("there were too many tries"), _("Wait a few minutes"))
    if not settings.PLACE.example and not get_adapter().is_mfa_enabled(user):
        raise NotFreshError(
            _("signature"), _("your account has no second factor"), _("Set one up first")
        )
    if not password or not user.check_password(password):
        raise NotFreshError(
            _("signature"), _("this is not your password"), _("Type the one you log in with")
        )
