"""Making tokens, knowing them again, and taking them back."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from euthymia.chart.envelope import sha256
from euthymia.clinic import clock
from euthymia.clinic.accounts.identify import who_is
from euthymia.clinic.accounts.policy import RIGHTS, Action, Who, check
from euthymia.clinic.api.models import Token
from euthymia.core.errors import InputError

PREFIX = "eut_"
LONGEST_DAYS = 366
_NOTE_EVERY = timedelta(minutes=5)

NEVER = frozenset(
    {
        Action.SIGN_PLAN,
        Action.SIGN_PRESCRIPTION,
        Action.SIGN_LETTER,
        Action.RUN_SESSION,
        Action.STOP_SESSION,
        Action.BREAK_GLASS,
        Action.ERASE_IDENTITY,
        Action.MANAGE_USERS,
        Action.BACK_UP,
        Action.USE_TOKENS,
    }
)
"""What no program may do: signatures and sessions need a person, at the moment they happen."""


def scopes_of(who: Who) -> tuple[Action, ...]:
    """The scopes that this person can give to a token."""
    return tuple(a for a in Action if a not in NEVER and who.all_roles & RIGHTS[a])


def make(who: Who, name: str, scopes: Iterable[Action], days: int) -> tuple[Token, str]:
    """A new token and its secret, which is shown once and never again."""
    check(Action.USE_TOKENS, who)
    assert who.user_id is not None  # `check` has seen to it
    wanted = set(scopes)
    if beyond := wanted - set(scopes_of(who)):
        raise InputError(
            "token", f"you cannot let a program {next(iter(beyond)).value}", "Leave that scope out"
        )
    if not wanted or not name.strip():
        raise InputError("token", "it has no name or no scope", "Give both")
    if not 1 <= days <= LONGEST_DAYS:
        raise InputError("token", f"{days} days is too long or too short", "Give 1 to 366 days")
    secret = PREFIX + secrets.token_urlsafe(32)
    moment = clock.now()
    token = Token.objects.create(
        user_id=who.user_id,
        name=name.strip()[:80],
        start=secret[:10],
        sha256=sha256(secret.encode()),
        scopes=sorted(scope.name for scope in wanted),
        made_at=moment,
        ends_at=moment + timedelta(days=days),
    )
    return token, secret


def revoke(who: Who, token_id: int) -> bool:
    """Take back one of one's own tokens; whether there is such a one."""
    tokens_of(who).filter(pk=token_id).update(revoked_at=clock.now())
    return Token.objects.filter(pk=token_id, user_id=who.user_id or 0).exists()


def tokens_of(who: Who) -> QuerySet[Token]:
    """One's own tokens that still open something, newest first."""
    alive = Token.objects.filter(user_id=who.user_id or 0, revoked_at=None, ends_at__gt=clock.now())
    return alive.order_by("-made_at")


def who_holds(request: HttpRequest, secret: str) -> Who | None:
    """In whose name this secret asks; None if it opens nothing (any more)."""
    found = (
        Token.objects.select_related("user")
        .filter(sha256=sha256(secret.encode()), revoked_at=None, ends_at__gt=clock.now())
        .first()
    )
    if found is None:
        return None
    who = who_is(found.user)
    if who.user_id is None:
        return None
    stale = Q(used_at=None) | Q(used_at__lt=clock.now() - _NOTE_EVERY)
    Token.objects.filter(stale, pk=found.pk).update(used_at=clock.now())
    scopes = frozenset(Action[name] for name in found.scopes if name in Action.__members__)
    return replace(who, confined_to=scopes)
