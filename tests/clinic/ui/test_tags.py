"""The tags: nothing of a finding is lost, an error leads to its field, text is escaped."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.test import RequestFactory

from euthymia.clinic.ui import values
from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Citation, Tag

NASTY = '<b onclick="x">&'


def _render(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def test_all_findings_are_shown_gravest_first_with_everything_they_carry() -> None:
    cited = Citation(ref="fekadu-2018", tag=Tag.RECALLED, at="Table 3")
    found = [
        Finding("a", Severity.NOTE, "Hearing", "Aid worn."),
        Finding("b", Severity.STOP, "Implant", NASTY, "4 cm", "30 cm", "none", cited),
        Finding("c", Severity.CAUTION, "Sleep", "Little."),
    ]
    html = _render("{% findings found %}", found=found)
    said = _words(html)
    assert said.index("Implant") < said.index("Sleep") < said.index("Hearing")
    for part in ("Stop", "4 cm", "30 cm", "none", "Fekadu 2018, Table 3", "unverified", "Caution"):
        assert part in said
    assert NASTY not in html
    assert html.count('class="finding ') == len(found)


def test_no_finding_says_so_in_words() -> None:
    assert "Nothing found" in _render('{% findings none empty="Nothing found" %}', none=())


@pytest.mark.parametrize("tag", list(Tag))
def test_a_tag_says_what_it_means_and_a_recalled_fact_is_unverified(tag: Tag) -> None:
    html = _render("{% verified tag %}", tag=tag)
    assert tag.meaning in html
    assert ("unverified" in _words(html)) == (tag is Tag.RECALLED)


class _Form(forms.Form):
    name = forms.CharField(label="Name", help_text=NASTY)
    mood = forms.ChoiceField(
        label="Mood", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect
    )
    sure = forms.BooleanField(label="Sure")

    def clean(self) -> dict[str, Any]:
        raise forms.ValidationError("The two do not go together.")


def test_every_error_in_the_summary_leads_to_an_element_that_is_there() -> None:
    html = _render('{% include "ui/form.html" %}', form=_Form({"mood": "z"}))
    links = re.findall(r'href="#([\w-]+)"', html)
    assert len(links) == 3
    for link in links:
        assert f'id="{link}"' in html
    assert "The two do not go together." in html
    # What is wrong with a field is also said by the field itself.
    assert re.search(r'<input[^>]*name="name"[^>]*aria-describedby="[^"]*id_name_error', html)
    assert NASTY not in html


def test_a_fresh_form_shows_no_summary_and_keeps_what_was_typed_later() -> None:
    assert "error-summary" not in _render('{% include "ui/form.html" %}', form=_Form())
    typed = _render('{% include "ui/form.html" %}', form=_Form({"name": "O'Hara <x>"}))
    assert "O&#x27;Hara &lt;x&gt;" in typed


def test_a_table_names_every_cell_by_its_column() -> None:
    table = values.Table(
        "People",
        [values.Column("Name"), values.Column("Score", numeric=True)],
        [values.Row([values.Cell("Ada", url="/x/", quiet="EU-1"), "14"], "stop")],
    )
    html = _render("{% datatable table %}", table=table)
    assert 'data-label="Score"' in html
    assert 'href="/x/"' in html
    assert html.count('role="cell"') + html.count('role="rowheader"') == 2


def test_a_row_of_the_wrong_length_is_refused() -> None:
    table = values.Table("People", [values.Column("Name")], [values.Row(["Ada", "14"])])
    with pytest.raises(ValueError, match="zip"):
        table.lines()


def test_the_pager_keeps_the_rest_of_the_address() -> None:
    page = Paginator(range(100), 10).page(5)
    request = RequestFactory().get("/patients/?q=ada&page=5")
    html = Template("{% load ui %}{% pager page %}").render(RequestContext(request, {"page": page}))
    assert "?q=ada&amp;page=4" in html
    assert "?q=ada&amp;page=6" in html
    assert "41 to 50 of 100" in _words(html)


@pytest.mark.parametrize(
    ("done", "total", "expected"), [(None, 100, "working"), (5, 20, "25 %"), (30, 20, "100 %")]
)
def test_a_bar_says_its_state_in_words(done: float | None, total: float, expected: str) -> None:
    html = _render('{% progress "Head" done total %}', done=done, total=total)
    assert expected in _words(html).replace("\u00a0", " ")


def test_work_that_has_ended_is_not_asked_for_again() -> None:
    source = '{% progress "Head" 1 1 state=state poll_url="/jobs/1/" %}'
    assert "hx-get" in _render(source, state="running")
    assert "hx-get" not in _render(source, state="done")
    assert "hx-get" not in _render(source, state="failed")
