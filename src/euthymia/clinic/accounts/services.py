"""Making and changing accounts: one way for the pages and for the command line."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import transaction

from euthymia.clinic import clock
from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind, Membership, Role, Site, User
from euthymia.core.errors import InputError

STAFF_ROLES = tuple(role for role in Role if role is not Role.PATIENT)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")


def one_time_password() -> str:
    """A password that can be read out: four groups of four letters, about 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def make_user(
    username: str, display_name: str, roles: Collection[tuple[Site, Role]], by: int | None = None
) -> tuple[User, str]:
    """A new named user with roles at sites, and the password that is good for one login."""
    username = username.strip().lower()
    if not _USERNAME.fullmatch(username):
        raise InputError(
            f"username {username!r}",
            "it must be two or more small letters or digits; a dot, - and _ may stand inside",
            "Choose another one",
        )
    if not display_name.strip():
        raise InputError(
            f"username {username}", "the name as it stands in charts is missing", "Give it"
        )
    if not roles:
        raise InputError(f"username {username}", "it has no role", "Give at least one role")
    if User.objects.filter(username=username).exists():
        raise InputError(f"username {username}", "somebody has it", "Choose another one")
    password = one_time_password()
    with transaction.atomic():
        user = User.objects.create_user(
            username,
            password=password,
            display_name=display_name.strip()[:120],
            must_change_password=True,
        )
        Membership.objects.bulk_create(
            Membership(user=user, site=site, role=role.value) for site, role in roles
        )
        note(EventKind.USER_MADE, by, _described(user))
    return user, password


def set_roles(user: User, roles: Collection[tuple[Site, Role]], by: int | None) -> None:
    """Give a user exactly these roles; the last administrator stays one."""
    with transaction.atomic():
        Membership.objects.filter(user=user).delete()
        Membership.objects.bulk_create(
            Membership(user=user, site=site, role=role.value) for site, role in roles
        )
        _keep_an_administrator()
        note(EventKind.USER_CHANGED, by, _described(user))


def set_active(user: User, active: bool, by: int | None) -> None:
    """Let a user log in or not; who is shut out is logged off at once. Charts keep the name."""
    with transaction.atomic():
        user.is_active = active
        user.save(update_fields=["is_active"])
        if not active:
            log_off(user)
            _keep_an_administrator()
        note(
            EventKind.USER_CHANGED,
            by,
            f"{user.username}: {'may log in' if active else 'may no longer log in'}",
        )


def reset(user: User, by: int | None) -> str:
    """Take away password and second factor, and give a password that is good for one login."""
    password = one_time_password()
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
        Authenticator.objects.filter(user=user).delete()
        log_off(user)
        note(EventKind.USER_RESET, by, user.username)
    return password


def log_off(user: User) -> None:
    """End every session of a user."""
    for session in Session.objects.filter(expire_date__gt=clock.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _keep_an_administrator() -> None:
    left = Membership.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True)
    if not left.exists():
        raise InputError(
            "administrator",
            "the clinic would have nobody left to administer it",
            "Make another user an administrator first",
        )


def _described(user: User) -> str:
    roles = ", ".join(
        f"{each.get_role_display().lower()} at {each.site}"
        for each in Membership.objects.filter(user=user).select_related("site")
    )
    return f"{user.username}: {roles or 'no role'}"
