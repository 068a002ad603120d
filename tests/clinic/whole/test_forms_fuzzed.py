"""Every form of every page, sent with anything at all: refused or taken, and nothing breaks.

A form that is shown again with its errors answers 422.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.whole.prepared import Prepared, pages, person_for

pytestmark = pytest.mark.django_db

EXAMPLES = 5
_LEAVES = {"portal_leave"}
"""It logs out, and holds no field."""
_GUIDE = "/guide/"
"""It shows what an error looks like, and takes nothing."""

ODD = st.sampled_from(
    ["", " ", "0", "-1", "1e309", "nan", "٣", "2026-02-30", "9999-12-31", "0001-01-01", "25:61",
     "\x00", "\ud7ff", "'\"<script>", "%s%(x)s{0}", "x" * 3000,
     "00000000-0000-0000-0000-000000000000"]
)  # fmt: skip
TYPED = st.one_of(
    ODD,
    st.text(max_size=40),
    st.integers(-(10**12), 10**12).map(str),
    st.floats().map(repr),
    st.dates().map(str),
)


@dataclass
class FoundForm:
    """One form of a page: where it is sent, and its fields with what can be chosen in them."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Finds the forms that are sent by POST."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[FoundForm] = []
        self._open: FoundForm | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            posts = given.get("method", "").lower() == "post"
            self._open = FoundForm(given.get("action", "")) if posts else None
            if self._open is not None:
                self.found.append(self._open)
        name = given.get("name", "")
        if self._open is None:
            return
        if tag in {"input", "textarea", "button"} and name and name != "csrfmiddlewaretoken":
            choices = self._open.fields.setdefault(name, [])
            if given.get("value"):
                choices.append(given["value"])
        elif tag == "select":
            self._select = name
            self._open.fields.setdefault(name, [])
        elif tag == "option" and self._select:
            self._open.fields[self._select].append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""


def _forms(html: str) -> list[FoundForm]:
    parser = _Forms()
    parser.feed(html)
    return parser.found


def _values(form: FoundForm) -> st.SearchStrategy[dict[str, str]]:
    """Some of the fields: with what they offer, or with anything."""
    offered: Mapping[str, st.SearchStrategy[str]] = {
        name: st.one_of(st.sampled_from(choices), TYPED) if choices else TYPED
        for name, choices in form.fields.items()
    }
    return st.fixed_dictionaries({}, optional=dict(offered))


def test_no_form_of_any_page_breaks_whatever_is_sent(prepared: Prepared) -> None:
    broken: list[tuple[str, str, dict[str, str], int]] = []
    known: set[str] = set()
    for page in pages():
        if page.name in _LEAVES:
            continue
        path, person = prepared.path(page), person_for(page)
        opened = prepared.as_person(person).get(path)
        if opened.status_code != 200 or "text/html" not in opened.headers["Content-Type"]:
            continue
        for form in _forms(opened.content.decode()):
            target = form.action or path
            if not form.fields or f"{target} {sorted(form.fields)}" in known:
                continue
            known.add(f"{target} {sorted(form.fields)}")
            broken += _sent(prepared, person, target, form)
    assert len(known) > 40
    assert not broken, "\n".join(f"{each}" for each in broken)


def _accepts_an_error(answer: Any) -> bool:
    whole = answer.status_code == 200 and not answer.streaming
    return whole and b"error-summary" in answer.content


def _sent(
    prepared: Prepared, person: str, target: str, form: FoundForm
) -> list[tuple[str, str, dict[str, str], int]]:
    found = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(values=_values(form))
    def send(values: dict[str, str]) -> None:
        with transaction.atomic():
            answer: Any = prepared.as_person(person).post(target, values)
            transaction.set_rollback(True)
        if answer.status_code >= 500 or (target != _GUIDE and _accepts_an_error(answer)):
            found.append((person, target, values, answer.status_code))

    send()
    return found[:1]
