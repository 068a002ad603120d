"""The pages of plain words: their addresses, titles, and order."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class PlainPage:
    """One page; its text stands in the template `portal/pages/<slug>.html`."""

    slug: str
    title: str | Promise
    about: str | Promise

    @property
    def template(self) -> str:
        return f"portal/pages/{self.slug}.html"


PAGES = (
    PlainPage("what-is-tms", _("What TMS is"), _("A coil, short pulses, no drug.")),
    PlainPage("a-session", _("What a session is like"), _("What you feel, and how long it takes.")),
    PlainPage("how-well", _("How well it works"), _("For how many people, and for how many not.")),
    PlainPage("how-long", _("How long it lasts"), _("After three, six and twelve months.")),
    PlainPage("safety", _("Is it safe?"), _("What is common, what is rare.")),
    PlainPage("before", _("Before each session"), _("What to tell us each time.")),
    PlainPage("week-by-week", _("From week to week"), _("When things may change, and when not.")),
    PlainPage("feeling-worse", _("If you feel worse"), _("Whom to call, by day and by night.")),
    PlainPage("reach-us", _("How to reach us"), _("Phone, address, hours.")),
    PlainPage("privacy", _("Your data"), _("What we keep, and who sees it.")),
)


def page(slug: str) -> PlainPage | None:
    """The page of that address."""
    return next((each for each in PAGES if each.slug == slug), None)


def around(current: PlainPage) -> tuple[PlainPage | None, PlainPage | None]:
    """The page before and the page after."""
    place = PAGES.index(current)
    before = PAGES[place - 1] if place else None
    return before, PAGES[place + 1] if place + 1 < len(PAGES) else None
