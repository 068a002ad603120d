"""What every template may show: the clinic's mode, the navigation, and who is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from euthymia.clinic.accounts.policy import Who
from euthymia.clinic.config.navigation import navigation
from euthymia.clinic.config.patient_tabs import patient_header


@dataclass(frozen=True, slots=True)
class MenuLink:
    """One entry of the account's menu; `post` ones change something."""

    label: str
    url: str
    post: bool = False


@dataclass(frozen=True, slots=True)
class UserMenu:
    """Who has logged in, and where the own account is."""

    name: str
    role: str
    links: tuple[MenuLink, ...]


def clinic(request: HttpRequest) -> dict[str, Any]:
    """The context of all pages."""
    who: Who | None = getattr(request, "who", None)
    known = who is not None and who.user_id is not None
    return {
        "example_mode": settings.PLACE.example,
        "who": who,
        "navigation": navigation(request) if who is not None and who.is_staff else (),
        "user_menu": _menu(who) if who is not None and known else None,
        "patient_header": patient_header(request) if known else None,
    }


def _menu(who: Who) -> UserMenu:
    return UserMenu(
        who.name,
        ", ".join(sorted(role.label for role in who.all_roles)),
        (
            MenuLink(_("Your account"), reverse("account")),
            MenuLink(_("Log out"), reverse("account_logout"), post=True),
        ),
    )
