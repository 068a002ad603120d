"""Wishes to a running session: delivered at once where it runs here, else through the mailbox."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.utils.translation import gettext as _

from euthymia.clinic import clock
from euthymia.clinic.accounts.models import User
from euthymia.clinic.chair.engine.running import Run, run_of, run_with_key
from euthymia.clinic.chair.models import Console, ConsoleRequest, Wish

log = logging.getLogger("euthymia.clinic.chair")

_ANSWER_WITHIN_S = 2.0
_WORDS_WITHIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of an emergency stop: whether the engine has confirmed it, and its words."""

    confirmed: bool
    sentence: str
    within_ms: int | None = None


def ask(console: Console, wish: Wish, user: User, train: int | None = None) -> None:
    """Put a wish to the session; the engine takes it within a twentieth of a second."""
    run = run_of(console.pk)
    taken = None
    if run is not None:
        run.operator.wish(wish, train, _who(console.operator_id, user))
        taken = clock.now()
    ConsoleRequest.objects.create(
        console=console, wish=wish, train=train, asked_by=user, asked_at=clock.now(), taken_at=taken
    )


def emergency(stop_key: str, user: User | AnonymousUser) -> Stopped:
    """Stop the session of that key at once, and tell what happened.

    Where the session runs in this process, nothing is asked of the database before the stop.
    """
    began_s = time.monotonic()
    run = run_with_key(stop_key)
    if run is not None:
        run.operator.wish(Wish.EMERGENCY, by=_who(run.operator_id, user))
    console = None
    try:
        console = Console.objects.filter(stop_key=stop_key).first()
        if console is not None and (run is not None or console.ended_at is None):
            ConsoleRequest.objects.create(
                console=console,
                wish=Wish.EMERGENCY,
                asked_by=user if isinstance(user, User) else None,
                asked_at=clock.now(),
                taken_at=clock.now() if run is not None else None,
            )
    except DatabaseError:
        log.warning("an emergency stop could not be noted in the mailbox", exc_info=True)
    if run is not None:
        return _await_run(run, began_s)
    if console is None:
        return Stopped(False, _("No session runs with this button. If pulses come: use the "
                                "stimulator's own stop button."))  # fmt: skip
    if console.ended_at is not None and console.live.get("safe"):
        return Stopped(True, _("The session has ended before. No pulses come from it."))
    return _await(console, began_s)


def _await_run(run: Run, began_s: float) -> Stopped:
    """Wait until the stimulator is held disarmed, then a moment for the engine's words."""
    while not run.held:
        if run.done.wait(0.005) and not run.held:
            return Stopped(False, _unconfirmed())  # it ended without the stimulator's word
        if time.monotonic() - began_s > _ANSWER_WITHIN_S:
            return Stopped(False, _unconfirmed())
    within_ms = _ms(began_s)
    run.done.wait(_WORDS_WITHIN_S)
    return Stopped(True, _words(run.board.given_words()), within_ms)


def _await(console: Console, began_s: float) -> Stopped:
    """The same for a session of another process, which tells the table."""
    if not _seen(console, _is_held, _ANSWER_WITHIN_S):
        return Stopped(False, _unconfirmed())
    within_ms = _ms(began_s)
    _seen(console, lambda ended: ended.ended_at is not None, _WORDS_WITHIN_S)
    return Stopped(True, _words(str(console.live.get("given", ""))), within_ms)


def _seen(console: Console, true: Callable[[Console], object], within_s: float) -> bool:
    """Look at the row until something is true of it; False after its end, or that time."""
    until = time.monotonic() + within_s
    while not true(console):
        if console.ended_at is not None or time.monotonic() > until:
            return False
        time.sleep(0.02)
        console.refresh_from_db(fields=["live", "ended_at"])
    return True


def _is_held(console: Console) -> bool:
    live = console.live
    return bool(live.get("held") or (console.ended_at is not None and live.get("safe")))


def _who(operator_id: int, user: User | AnonymousUser) -> str:
    """Whose wish it is, in words; empty for the operator's own."""
    if not isinstance(user, User):
        return _("somebody at the page")
    return "" if user.pk == operator_id else str(user)


def _ms(began_s: float) -> int:
    return round(1_000 * (time.monotonic() - began_s))


def _words(given: str) -> str:
    told = _("Stopped. The stimulator is disarmed.")
    return f"{told} {given}" if given else told


def _unconfirmed() -> str:
    return _(
        "The stop was sent, but the session has not confirmed it. Press the stimulator's own stop "
        "button now and take the coil off."
    )
