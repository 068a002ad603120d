"""The interface itself: addresses, rights, and how refusals are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.security import HttpBearer

from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.accounts.views import ClinicRequest
from euthymia.clinic.api.tokens import who_holds
from euthymia.core.errors import EuthymiaError

V = TypeVar("V", bound=Callable[..., Any])


class Bearer(HttpBearer):
    """A token in the header `Authorization: Bearer ...`."""

    def authenticate(self, request: HttpRequest, token: str) -> Who | None:
        """Put the holder on the request, as the pages have it."""
        who = who_holds(request, token)
        if who is not None:
            cast(ClinicRequest, request).who = who
            # The middleware that knew nobody yet sets the clocks back after the request.
            timezone.activate(who.time_zone or settings.TIME_ZONE)
        return who


api = NinjaAPI(
    title="Euthymia",
    version="1",
    description="The clinic for programs. Decision support and a record: no address fires a "
    "stimulator, and no program signs.",
    auth=Bearer(),
    docs_url=None,
    urls_namespace="api",
)


def scoped(action: Action) -> Callable[[V], V]:
    """Say which right an address needs; a test asks every one of them."""

    def mark(view: V) -> V:
        view.action = action  # type: ignore[attr-defined]
        return view

    return mark


@api.exception_handler(EuthymiaError)
def _refused(request: HttpRequest, refusal: EuthymiaError) -> HttpResponse:
    return api.create_response(request, {"detail": str(refusal)}, status=422)


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, denial: PermissionDenied) -> HttpResponse:
    return api.create_response(request, {"detail": str(denial)}, status=403)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, _missing: Http404) -> HttpResponse:
    return api.create_response(request, {"detail": "There is no such thing here."}, status=404)


# The addresses register themselves with `api` as they are imported.
from euthymia.clinic.api import addresses, clinical  # noqa: E402, F401
