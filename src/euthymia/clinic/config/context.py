"""What every template may show: the clinic's mode, who reads, and the navigation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from euthymia.clinic.accounts.policy import Who
from euthymia.clinic.config.navigation import navigation


def clinic(request: HttpRequest) -> dict[str, Any]:
    """The context of all pages."""
    who: Who | None = getattr(request, "who", None)
    return {
        "example_mode": settings.PLACE.example,
        "who": who,
        "navigation": navigation(request) if who is not None and who.is_staff else (),
    }
