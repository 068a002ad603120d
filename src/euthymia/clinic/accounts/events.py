"""Noting who logged in and what was done to accounts; signals of logging in end here."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth import signals as auth
from django.http import HttpRequest

from euthymia.clinic import clock
from euthymia.clinic.accounts.middleware import ALL_SET
from euthymia.clinic.accounts.models import Event, EventKind, User


def note(
    kind: EventKind, user_id: int | None, about: str = "", request: HttpRequest | None = None
) -> Event:
    """Add a line to the log of accounts and operation."""
    address = str(request.META.get("REMOTE_ADDR", "")) if request is not None else ""
    return Event.objects.create(
        at=clock.now(), kind=kind, user_id=user_id, about=about[:240], address=address[:45]
    )


def connect() -> None:
    """Listen to what the packages of accounts say."""
    for signal, listener in (
        (auth.user_logged_in, _logged_in),
        (auth.user_logged_out, _logged_out),
        (auth.user_login_failed, _log_in_failed),
        (account.password_changed, _password_changed),
        (account.password_set, _password_changed),
        (mfa.authenticator_added, _factor_added),
        (mfa.authenticator_removed, _factor_removed),
    ):
        signal.connect(listener, dispatch_uid=f"euthymia-{listener.__name__}")


def _logged_in(sender: Any, request: HttpRequest, user: User, **more: Any) -> None:
    note(EventKind.LOGGED_IN, user.pk, "", request)


def _logged_out(sender: Any, request: HttpRequest, user: User | None, **more: Any) -> None:
    if user is not None:
        note(EventKind.LOGGED_OUT, user.pk, "", request)


def _log_in_failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **more: Any
) -> None:
    name = str(credentials.get("username") or "")
    known = User.objects.filter(username=name).first()
    # A name that nobody has may be a password typed into the wrong field: it is not kept.
    note(
        EventKind.LOG_IN_FAILED,
        None,
        known.username if known else "a name that nobody has",
        request,
    )


def _password_changed(sender: Any, request: HttpRequest, user: User, **more: Any) -> None:
    if user.must_change_password:
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])
    note(EventKind.PASSWORD_CHANGED, user.pk, "", request)


def _factor_added(
    sender: Any, request: HttpRequest, user: User, authenticator: Any, **more: Any
) -> None:
    note(EventKind.FACTOR_ADDED, user.pk, str(authenticator.get_type_display()), request)


def _factor_removed(
    sender: Any, request: HttpRequest, user: User, authenticator: Any, **more: Any
) -> None:
    request.session.pop(ALL_SET, None)  # whether one is left is to be asked anew
    note(EventKind.FACTOR_REMOVED, user.pk, str(authenticator.get_type_display()), request)
