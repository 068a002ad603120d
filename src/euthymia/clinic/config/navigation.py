"""The navigation of the staff's pages: only what this person may open."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from euthymia.clinic.accounts.policy import Action, can
from euthymia.clinic.ui.values import NavItem

_ENTRIES = (
    ("Today", "today", Action.SEE_TODAY),
    ("At the chairs", "chairs", Action.SEE_TODAY),
    ("Patients", "patients", Action.LIST_PATIENTS),
    ("Calendar", "agenda", Action.READ_AGENDA),
    ("Worklist", "worklist", Action.READ_WORKLIST),
    ("Registry", "registry", Action.READ_REGISTRY),
    ("Evidence", "evidence", Action.READ_EVIDENCE),
    ("Administration", "office", Action.ADMINISTER),
)


def navigation(request: HttpRequest) -> tuple[NavItem, ...]:
    """The entries that exist and are allowed, with the one that is open marked."""
    found = []
    for label, name, action in _ENTRIES:
        if not can(action, request.who):  # type: ignore[attr-defined]
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        found.append((label, url))
    # The longest address that the page's begins with is the open one.
    open_now = max(
        (url for _label, url in found if request.path.startswith(url)), key=len, default=None
    )
    return tuple(NavItem(_(label), url, url == open_now) for label, url in found)
