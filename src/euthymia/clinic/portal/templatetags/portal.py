"""Tags of the patient's pages: `{% load portal %}`."""

from __future__ import annotations

from typing import Any

from django.template import Context, Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from euthymia.clinic.portal.figures import figures
from euthymia.clinic.portal.notes import Notes
from euthymia.clinic.portal.people import of_100

register = Library()


@register.simple_tag(takes_context=True)
def note(context: Context, *names: str) -> SafeString:
    """The numbers of the notes to figures, each a link to the foot of the page."""
    notes: Notes = context["notes"]
    marks = [notes.note(figures()[name]) for name in names]
    links = format_html_join(
        " ",
        '<a href="#note-{}" aria-label="{}">{}</a>',
        ((each.number, _("note %d") % each.number, each.number) for each in marks),
    )
    return format_html('<sup class="mark">{}</sup>', links)


@register.inclusion_tag("portal/notes.html", takes_context=True)
def notes(context: Context) -> dict[str, Any]:
    """The list of all notes that were named above."""
    return {"notes": context["notes"].listed}


@register.simple_tag
def people(name: str, label: str) -> SafeString:
    """A hundred people as dots, so many of them filled; says it in words, too."""
    return of_100(int(figures()[name].text), label)
