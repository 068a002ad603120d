"""The clinic's own crisis lines, kept in the file that the patient's page reads."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from euthymia.clinic.accounts.events import note
from euthymia.clinic.accounts.models import EventKind, Site
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.accounts.views import ClinicRequest, needs
from euthymia.clinic.office.scope import found, sites_of
from euthymia.clinic.portal.crisis import own_lines
from euthymia.clinic.ui.forms import form_page, posted

_HEAD = "# The clinic's own crisis lines, shown before those of the country. Kept by the office.\n"


class LineForm(forms.Form):
    """One number that patients of this site can call."""

    name = forms.CharField(label=gettext_lazy("Who answers"), max_length=80)
    show = forms.CharField(label=gettext_lazy("Number as it is shown"), max_length=40)
    call = forms.RegexField(
        r"^\+?[0-9]{2,20}$",
        label=gettext_lazy("Number as a telephone dials it"),
        help_text=gettext_lazy("Digits alone, with + before a country's code."),
        error_messages={"invalid": gettext_lazy("Give digits alone, such as +13125550100.")},
    )
    how = forms.CharField(
        label=gettext_lazy("When and how"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("Such as: day and night, call or text. Try it before you save."),
    )


@needs(Action.ADMINISTER)
def add(request: ClinicRequest, site_id: int) -> HttpResponse:
    """Put a line of the clinic's before those of the country, for this site's patients."""
    site: Site = found(sites_of(request.who, Action.ADMINISTER), site_id)
    form = LineForm(posted(request))
    if request.method == "POST" and form.is_valid():
        line = {"site": site.name, **{k: v for k, v in form.cleaned_data.items() if v}}
        _write([*_rows(), line])
        said = f"{site.name}: crisis line {line['call']} added"
        note(EventKind.SITE_CHANGED, request.who.user_id, said, request)
        messages.success(request, _("The line was added. Look at a patient's page to see it."))
        return redirect("office_site", site_id=site.pk)
    return form_page(request, "office/crisis_line.html", {"form": form, "site": site})


@needs(Action.ADMINISTER)
@require_POST
def remove(request: ClinicRequest, site_id: int) -> HttpResponse:
    """Take a line of this site's away."""
    site: Site = found(sites_of(request.who, Action.ADMINISTER), site_id)
    call = request.POST.get("call", "")
    kept = [row for row in _rows() if (row.get("site"), row.get("call")) != (site.name, call)]
    if len(kept) < len(_rows()):
        _write(kept)
        said = f"{site.name}: crisis line {call} removed"
        note(EventKind.SITE_CHANGED, request.who.user_id, said, request)
        messages.success(request, _("The line was removed."))
    return redirect("office_site", site_id=site.pk)


def rename(before: str, after: str) -> None:
    """Let the lines of a site follow its name."""
    rows = _rows()
    if before != after and any(row.get("site") == before for row in rows):
        _write([{**row, "site": after} if row.get("site") == before else row for row in rows])


def path() -> Path:
    """The file of the clinic's own lines."""
    file: Path = settings.PLACE.home / "crisis.toml"
    return file


def _rows() -> list[dict[str, Any]]:
    own_lines()  # refuses a file that cannot be read, in a sentence
    text = path().read_text(encoding="utf-8") if path().is_file() else ""
    rows: list[dict[str, Any]] = tomllib.loads(text).get("line", [])
    return rows


def _write(rows: list[dict[str, Any]]) -> None:
    parts = [_HEAD]
    for row in rows:
        parts.append("\n[[line]]\n" + "".join(f"{k} = {_toml(v)}\n" for k, v in row.items()))
    scratch = path().with_suffix(f".{os.getpid()}.new")
    scratch.write_text("".join(parts), encoding="utf-8")
    scratch.replace(path())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    return json.dumps(value)  # what a line holds are texts, which JSON writes as TOML does
