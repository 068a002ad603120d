"""Tags and filters of the design system: `{% load ui %}`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page
from django.forms import BaseForm, BaseFormSet, BoundField
from django.template import Context, Library
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from euthymia.clinic.records.models import Patient
from euthymia.clinic.ui import formats, names
from euthymia.clinic.ui.band import header_of
from euthymia.clinic.ui.pictures import checked_svg
from euthymia.clinic.ui.values import Event, NavItem, Step, Table, Tile
from euthymia.core.findings import Finding, Severity, by_severity
from euthymia.core.references import Citation, Tag

register = Library()

register.filter("day", formats.day)
register.filter("weekday", formats.weekday)
register.filter("clock", formats.clock)
register.filter("moment", formats.moment)
register.filter("percent", formats.percent)
register.filter("number", formats.number)
register.filter("protocol_name", names.protocol)
register.filter("target_name", names.target)
register.filter("stimulator_name", names.stimulator)
register.filter("coil_name", names.coil_name)
register.filter("course_name", names.course)
register.filter("scale_name", names.scale)
register.filter("observation_name", names.observation)
register.simple_tag(formats.interval, name="interval")
register.simple_tag(formats.quantity, name="quantity")


# The page --------------------------------------------------------------------------------------


@register.inclusion_tag("ui/parts/patient_band.html", takes_context=True)
def patient_band(context: Context) -> dict[str, Any]:
    """The band of the page's patient, once a page however often it is asked for."""
    request = context.get("request")
    header = context.get("patient_header")
    patient = context.get("patient")
    if header is None and isinstance(patient, Patient) and request is not None:
        header = header_of(patient, request)
    if header is None or getattr(request, "band_is_shown", False):
        return {"patient": None}
    if request is not None:
        request.band_is_shown = True
    return {"patient": header, "request": request, "example_mode": context.get("example_mode")}


@register.simple_block_tag
def pagehead(content: str) -> SafeString | str:
    """The head of a page; nothing where it is empty."""
    return format_html('<div class="page-head">{}</div>', content) if content.strip() else ""


@register.simple_block_tag
def main_heading(content: str) -> SafeString | str:
    """The one first-order heading; nothing where the page writes its own."""
    return format_html("<h1>{}</h1>", content) if content.strip() else ""


@register.simple_block_tag
def page_actions(content: str) -> SafeString | str:
    """The buttons of a page."""
    if not content.strip():
        return ""
    return format_html('<div class="buttons page-actions screen-only">{}</div>', content)


# Small things ----------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without a label it is hidden from screen readers."""
    picture = f"{static('ui/icons.svg')}#{name}"
    if not label:
        return format_html(
            '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
            picture,
        )
    return format_html(
        '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, picture
    )


@register.simple_tag
def chip(words: str, tone: str = "", icon_name: str = "", url: str = "") -> SafeString:
    """A state in one or two words; the tone only repeats what they say."""
    drawn = icon(icon_name) if icon_name else ""
    if url:
        return format_html('<a class="chip {}" href="{}">{}{}</a>', tone, url, drawn, words)
    return format_html('<span class="chip {}">{}{}</span>', tone, drawn, words)


@register.simple_tag
def protocol(key: str) -> SafeString | str:
    """A protocol by its short name, for lists; its title shows when it is pointed at."""
    title = names.protocol_title(key)
    return format_html('<abbr title="{}">{}</abbr>', title, key) if title else key


@register.simple_tag
def when(value: date | datetime | None, style: str = "moment") -> SafeString | str:
    """A `<time>` that machines can read, too; style: moment, day, weekday or clock."""
    if value is None:
        return formats.not_known()
    styles: dict[str, Callable[[date | datetime], str]] = {
        "moment": formats.moment,
        "day": formats.day,
        "weekday": formats.weekday,
        "clock": lambda given: formats.clock(given) if isinstance(given, datetime) else "",
    }
    written = styles[style](value)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), written)


@register.filter
def severity_word(severity: Severity) -> str:
    """The severity as a clinician reads it."""
    return {
        Severity.STOP: _("Stop"),
        Severity.ACKNOWLEDGE: _("Needs your acknowledgement"),
        Severity.CAUTION: _("Caution"),
        Severity.NOTE: _("Note"),
    }[severity]


# Sources ---------------------------------------------------------------------------------------


@register.simple_tag
def verified(tag: Tag | str) -> SafeString:
    """How far a fact was checked: the letter, or the word "unverified" for recalled facts."""
    known = Tag(tag)
    if not known.verified:
        return format_html(
            '<span class="tag unverified" title="{}">{}</span>', known.meaning, _("unverified")
        )
    return format_html(
        '<span class="tag" title="{}">{}<span class="visually-hidden">: {}</span></span>',
        known.meaning,
        known.value,
        known.meaning,
    )


@register.simple_tag
def source(citation: Citation | None) -> SafeString | str:
    """One citation: author, year, place, a link where there is one, and the tag."""
    if citation is None:
        return ""
    reference = citation.reference
    words = f"{reference.short}, {citation.at}" if citation.at else reference.short
    tag = verified(citation.tag)
    if reference.link is None:
        return format_html('<span class="source" title="{}">{} {}</span>',
                           reference.text, words, tag)  # fmt: skip
    return format_html(
        '<span class="source"><a href="{}" title="{}" rel="noreferrer">{}</a> {}</span>',
        reference.link,
        reference.text,
        words,
        tag,
    )


# Parts -----------------------------------------------------------------------------------------


@register.inclusion_tag("ui/parts/findings.html")
def findings(found: Iterable[Finding], empty: str = "", keep_order: bool = False) -> dict[str, Any]:
    """All findings of a check, gravest first; `empty` is said where there are none."""
    listed = tuple(found)
    return {"findings": listed if keep_order else by_severity(listed), "empty": empty}


@register.inclusion_tag("ui/parts/tiles.html")
def tiles(values: Sequence[Tile]) -> dict[str, Any]:
    """Numbers that stand by themselves."""
    return {"tiles": values}


@register.inclusion_tag("ui/parts/timeline.html")
def timeline(events: Sequence[Event], empty: str = "") -> dict[str, Any]:
    """What happened, point by point."""
    return {"events": events, "empty": empty}


@register.inclusion_tag("ui/parts/steps.html")
def steps(values: Sequence[Step], label: str = "") -> dict[str, Any]:
    """The steps of a way and where it stands."""
    return {"steps": values, "label": label}


@register.inclusion_tag("ui/parts/tabs.html")
def tabs(items: Sequence[NavItem], label: str, inset: bool = True) -> dict[str, Any]:
    """Links to the pages of one thing."""
    return {"items": items, "label": label, "inset": inset}


@register.inclusion_tag("ui/parts/table.html")
def datatable(table: Table) -> dict[str, Any]:
    """A table that turns into cards at a narrow width."""
    return {"table": table}


@register.inclusion_tag("ui/parts/facts.html")
def facts(pairs: Iterable[tuple[str, Any]], ruled: bool = False) -> dict[str, Any]:
    """Pairs of label and value as a definition list; None is "not known"."""
    return {
        "pairs": [
            (label, formats.not_known() if value is None else value) for label, value in pairs
        ],
        "ruled": ruled,
    }


@register.inclusion_tag("ui/parts/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], noun: str = "") -> dict[str, Any]:
    """Links to the other pages of a list; every other part of the address is kept."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "numbers": list(numbers),
        "gap": page.paginator.ELLIPSIS,
        "noun": noun,
        "request": context.get("request"),
    }


@register.inclusion_tag("ui/parts/progress.html")
def progress(
    label: str,
    done: float | None = None,
    total: float = 100,
    text: str = "",
    state: str = "running",
    poll_url: str = "",
) -> dict[str, Any]:
    """A bar; `done=None` is work of unknown length, `poll_url` asks for it again each second.

    state: running, done or failed. The view behind `poll_url` answers with this same part.
    """
    share = None if done is None or not total else min(max(done / total, 0.0), 1.0)
    return {
        "label": label,
        "done": done,
        "total": total,
        "text": text or (formats.percent(share) if share is not None else _("working")),
        "state": state,
        "poll_url": poll_url if state == "running" else "",
    }


@register.inclusion_tag("ui/parts/empty.html")
def empty(
    title: str, text: str = "", icon_name: str = "list", url: str = "", action: str = ""
) -> dict[str, Any]:
    """What stands where there is nothing yet: why, and what to do about it."""
    return {"title": title, "text": text, "icon_name": icon_name, "url": url, "action": action}


@register.inclusion_tag("ui/parts/figure.html")
def figure(svg: str, caption: str = "", natural: bool = False) -> dict[str, Any]:
    """A figure of the report on its white paper, checked before it is let in."""
    return {"svg": checked_svg(svg), "caption": caption, "natural": natural}


# Forms -----------------------------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField, kind: str = "") -> SafeString:
    """One field with its label, help and errors; kind: "boxed" and "across" for large choices."""
    return render_to_string("ui/parts/field.html", {"field": bound, "kind": kind})


@register.inclusion_tag("ui/parts/error_summary.html")
def error_summary(*forms: BaseForm | BaseFormSet[Any]) -> dict[str, Any]:
    """All errors of the forms at the top, each a link to its field."""
    problems: list[tuple[str, str, str]] = []
    for given in forms:
        if isinstance(given, BaseFormSet):
            problems += [("", "", str(error)) for error in given.non_form_errors()]
            for each in given.forms:
                problems += _problems(each)
        else:
            problems += _problems(given)
    return {"problems": problems}


def _problems(form: BaseForm) -> list[tuple[str, str, str]]:
    """Triples of the field's id, its label, and what is wrong; a form's own errors have no id."""
    if not form.is_bound:
        return []
    found = [("", "", str(error)) for error in form.non_field_errors()]
    for bound in form:
        for error in bound.errors:
            # A group of radios has no element of its own id; its first option stands for it.
            first = f"{bound.auto_id}_0" if bound.use_fieldset else bound.id_for_label
            found.append(("" if bound.is_hidden else first, str(bound.label), str(error)))
    return found


# Blocks ----------------------------------------------------------------------------------------


@register.simple_block_tag
def callout(content: str, tone: str = "note", title: str = "") -> SafeString:
    """A remark that stands out; its tone is note, good, caution, acknowledge or stop."""
    names = {"good": "check"}
    heading = format_html('<p class="callout-title">{}</p>', title) if title else ""
    return format_html(
        '<div class="callout {}">{}<div class="callout-body">{}{}</div></div>',
        tone,
        icon(names.get(tone, tone)),
        heading,
        content,
    )


@register.simple_block_tag
def disclosure(content: str, summary: str, opened: bool = False) -> SafeString:
    """What is shown when asked for."""
    return format_html(
        '<details class="disclosure"{}><summary>{}{}</summary>'
        '<div class="disclosure-body">{}</div></details>',
        SafeString(" open") if opened else "",
        icon("right"),
        summary,
        content,
    )


@register.simple_block_tag
def card(content: str, title: str = "", kind: str = "", level: int = 2) -> SafeString:
    """A part of a page on paper, with a heading of that level; kind: flush, accented."""
    heading = format_html("<header><h{}>{}</h{}></header>", level, title, level) if title else ""
    return format_html('<section class="card {}">{}{}</section>', kind, heading, content)
