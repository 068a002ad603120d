"""Secrets of second factors: in the database only sealed, with a key that is not in it.

The key comes from the installation's secret key, which lies in a file beside the database and in
no backup. What was sealed with an older secret key opens as long as that one is kept, too.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from euthymia.core.errors import InputError

_SEALED = "sealed:"
"""How a sealed secret begins; one without it was stored before secrets were sealed."""

_FIELDS = ("secret", "seed")
_KINDS = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]
    """Seals what the sign-in library stores of codes; public keys of passkeys are no secrets."""

    def encrypt(self, text: str) -> str:
        """The secret, sealed with the present secret key."""
        return _SEALED + _box().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; raises InputError if it was sealed with a key that is not here."""
        if not encrypted_text.startswith(_SEALED):
            return encrypted_text
        try:
            return _box().decrypt(encrypted_text.removeprefix(_SEALED)).decode()
        except InvalidToken:
            raise InputError(
                _("second factor"),
                _("it was set up under another secret key and cannot be read"),
                _("Ask an administrator for a new one-time password, or use a passkey"),
            ) from None


class _Told:
    """A form for a code that says so where the code cannot be checked at all."""

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except InputError as problem:
            raise ValidationError(str(problem)) from None
        return code


class AuthenticateForm(_Told, base.AuthenticateForm):  # type: ignore[misc]
    """The code after the password."""


class ReauthenticateForm(_Told, base.ReauthenticateForm):  # type: ignore[misc]
    """The code again, before something that matters."""


def seal_all() -> tuple[str, ...]:
    """Seal every stored secret with the present secret key.

    For those stored plainly before, and after the secret key was changed. Returns the names of the
    users whose secrets cannot be read, and leaves these as they are.
    """
    lost: set[str] = set()
    with transaction.atomic():
        rows = Authenticator.objects.filter(type__in=_KINDS).select_related("user")
        for row in rows.select_for_update(of=("self",)).order_by("pk"):
            try:
                data = _sealed_anew(row.data)
            except InputError:
                lost.add(row.user.username)
                continue
            if data != row.data:
                row.data = data
                row.save(update_fields=["data"])
    return tuple(sorted(lost))


def told_of(lost: tuple[str, ...]) -> str:
    """What an administrator is told of those whose secrets cannot be read."""
    return (
        f"The second factors of {', '.join(lost)} were set up under another secret key. Put the "
        f"old `secret.key` into {settings.PLACE.home} and start again; or let them in anew with "
        "`euthymia clinic user NAME --reset`. Passkeys still work."
    )


def _sealed_anew(data: dict[str, Any]) -> dict[str, Any]:
    new = {name: _anew(value) if name in _FIELDS else value for name, value in data.items()}
    if "migrated_codes" in new:
        new["migrated_codes"] = [_anew(code) for code in new["migrated_codes"]]
    return new


def _anew(stored: str) -> str:
    """The secret sealed with the present key; as it is if it is so already."""
    if stored.startswith(_SEALED):
        try:
            _fernet(settings.SECRET_KEY).decrypt(stored.removeprefix(_SEALED))
        except InvalidToken:
            pass
        else:
            return stored
    adapter = SealedSecrets()
    return adapter.encrypt(adapter.decrypt(stored))


def _box() -> MultiFernet:
    """Seals with the present key; opens with older ones, too."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([_fernet(key) for key in keys])


@cache
def _fernet(secret_key: str) -> Fernet:
    derive = HKDF(SHA256(), length=32, salt=None, info=b"euthymia.clinic.second_factor")
    return Fernet(base64.urlsafe_b64encode(derive.derive(secret_key.encode())))
