"""How long each request took and how often it asked the database, in the log and for tests."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

LOG = logging.getLogger("euthymia.requests")


class Timing:
    """Logs route, status, milliseconds, queries and the user's number; never a path or a name.

    An example clinic also tells the browser, in the header Server-Timing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/static/"):
            return self._get_response(request)
        counted = _Counter()
        begun = time.perf_counter()
        with connection.execute_wrapper(counted):
            answer = self._get_response(request)
        took_ms = (time.perf_counter() - begun) * 1000
        who = getattr(request, "who", None)
        match = request.resolver_match
        LOG.info(
            "request",
            extra={
                "route": match.route if match else "(no such page)",
                "method": request.method,
                "status": answer.status_code,
                "ms": round(took_ms, 1),
                "queries": counted.queries,
                "user": who.user_id if who is not None else None,
            },
        )
        if settings.PLACE.example or settings.DEBUG:
            answer.headers["Server-Timing"] = (
                f'page;dur={took_ms:.1f}, queries;desc="{counted.queries}"'
            )
        return answer


class _Counter:
    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)
