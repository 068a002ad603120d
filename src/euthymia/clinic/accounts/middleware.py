"""Who asks, whether they were away too long, and whether the second factor stands."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from euthymia.clinic.accounts.identify import who_is

GetResponse = Callable[[HttpRequest], HttpResponse]

_TOUCHED = "euthymia_touched"
_NOTE_EVERY_S = 60
ALL_SET = "euthymia_second_factor"
"""In the session once password and second factor are as they should be."""


class IdleLogOff:
    """Logs a person off who has not touched anything for the site's idle time.

    What a page asks by itself (a poll, marked by the header X-Background) is no touch.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            moment = int(time.time())
            touched = request.session.get(_TOUCHED, moment)
            if moment - touched > settings.PLACE.idle_minutes * 60:
                logout(request)
                messages.info(request, _("You were logged off after a time without activity."))
            elif "X-Background" not in request.headers and (
                _TOUCHED not in request.session or moment - touched >= _NOTE_EVERY_S
            ):
                # Written once a minute at most: a page view should not cost a write.
                request.session[_TOUCHED] = moment
        return self._get_response(request)


class KnowWho:
    """Puts the `Who` of the person who asks on the request, and lets their site's clocks hold.

    Pages of one patient go by the clocks at that patient's site instead (`accounts.views.needs`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        who = who_is(request.user)
        request.who = who  # type: ignore[attr-defined]
        with timezone.override(who.time_zone or settings.TIME_ZONE):
            return self._get_response(request)


class SecondFactorFirst:
    """Staff choose a password of their own and set up a second factor before anything else.

    Not in an example clinic, whose passwords everyone knows.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        who = request.who  # type: ignore[attr-defined]
        if (
            who.user_id is not None
            and not settings.PLACE.example
            and not request.path.startswith(("/account/", "/static/", "/health"))
            and not request.session.get(ALL_SET)
        ):
            if request.user.must_change_password:  # type: ignore[union-attr]
                messages.warning(request, _("Choose a password of your own first."))
                return redirect(reverse("account_change_password"))
            if who.is_staff and not get_adapter().is_mfa_enabled(request.user):
                messages.warning(
                    request, _("Set up a second factor first: an app with codes, or a passkey.")
                )
                return redirect(reverse("mfa_index"))
            request.session[ALL_SET] = True
        return self._get_response(request)
