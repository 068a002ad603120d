"""Secrets of second factors lie sealed in the database, also after a change of the secret key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from clinic.accounts.test_login import PASSWORD, activate, code_of, log_in, text
from clinic.conftest import SmallClinic
from euthymia.clinic.accounts.models import Role, User
from euthymia.clinic.accounts.second_factor import SealedSecrets, seal_all, told_of
from euthymia.clinic.accounts.services import reset
from euthymia.core.errors import InputError

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SEED = "ab" * 40
OTHER_KEY = "another secret key, as long as such a key has to be: so long"


@pytest.fixture
def user(clinic: SmallClinic) -> User:
    user = clinic.people[Role.OPERATOR]
    user.set_password(PASSWORD)
    user.save()
    return user


def plain(user: User) -> tuple[Authenticator, Authenticator]:
    """Factors as they were stored before secrets were sealed."""
    codes = {"seed": SEED, "used_mask": 5}
    return (
        Authenticator.objects.create(user=user, type="totp", data={"secret": SECRET}),
        Authenticator.objects.create(user=user, type="recovery_codes", data=codes),
    )


def stored() -> str:
    return json.dumps(list(Authenticator.objects.values_list("data", flat=True)))


def enters(code: str) -> tuple[bool, str]:
    """Whether password and code open the clinic, and what the page says."""
    cache.clear()  # a code is good once; here another person tries
    client = Client()
    log_in(client, "operator", PASSWORD)
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    return client.get("/patients/").status_code == 200, text(answer)


def test_what_is_set_up_now_is_stored_sealed(user: User) -> None:
    client = Client()
    log_in(client, "operator", PASSWORD)
    secret = activate(client)
    totp = Authenticator.objects.get(type="totp")
    assert secret not in stored()
    assert SealedSecrets().decrypt(totp.data["secret"]) == secret
    seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert seed.startswith("sealed:")
    assert enters(code_of(secret))[0]


def test_what_was_stored_plainly_works_and_is_sealed_at_the_next_start(user: User) -> None:
    plain(user)
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    assert len(codes) == 8
    assert enters(code_of(SECRET))[0]
    assert seal_all() == ()
    assert SECRET not in stored()
    assert SEED not in stored()
    assert enters(code_of(SECRET))[0]
    again = RecoveryCodes(Authenticator.objects.get(type="recovery_codes"))
    assert again.get_unused_codes() == codes
    assert enters(codes[0])[0]
    sealed = stored()
    assert seal_all() == ()
    assert stored() == sealed


def test_a_new_secret_key_opens_what_the_old_one_closed(user: User, settings: Any) -> None:
    plain(user)
    seal_all()
    before, old = stored(), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OTHER_KEY, [old]
    assert TOTP(Authenticator.objects.get(type="totp")).validate_code(code_of(SECRET))
    assert seal_all() == ()
    assert stored() != before
    settings.SECRET_KEY_FALLBACKS = []
    cache.clear()
    assert TOTP(Authenticator.objects.get(type="totp")).validate_code(code_of(SECRET))


def test_without_the_old_secret_key_it_is_said_and_a_reset_lets_one_in(
    user: User, settings: Any
) -> None:
    plain(user)
    seal_all()
    settings.SECRET_KEY = OTHER_KEY
    before = stored()
    assert seal_all() == ("operator",)
    assert stored() == before  # the old key may still come back
    assert "user NAME --reset" in told_of(("operator",))
    opened, said = enters(code_of(SECRET))
    assert not opened
    assert "set up under another secret key" in said
    assert "Ask an administrator" in said
    with pytest.raises(InputError, match="another secret key"):
        RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    once = reset(user, None)
    client = Client()
    log_in(client, "operator", once)
    assert client.get("/patients/").url == reverse("account_change_password")


def test_a_sealed_secret_that_was_changed_is_refused(user: User) -> None:
    sealed = SealedSecrets().encrypt(SECRET)
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(InputError):
        SealedSecrets().decrypt(changed)
