"""The pages of plain words: readable, sourced, honest, and without a number of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from clinic.portal.reading import grade, syllables, words_of
from euthymia.assess.burden.evidence import burden_facts
from euthymia.assess.safety.session_rules import session_rules
from euthymia.clinic import portal
from euthymia.clinic.portal.crisis import crisis_lines, known_lines
from euthymia.clinic.portal.figures import figures, rounded
from euthymia.clinic.portal.pages import PAGES, around, page
from euthymia.core.references import Tag

TEMPLATES = Path(portal.__file__).parent / "templates" / "portal"
HARDEST_GRADE = 7.5
SLUGS = [each.slug for each in PAGES]


def _page(slug: str) -> str:
    answer = Client().get(f"/about/{slug}/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat sat on the mat.", 0.39 * 6 + 11.8 * 1 - 15.59),
        ("It is so. Go on.", 0.39 * 2.5 + 11.8 * 1 - 15.59),
        ("Depression can return.", 0.39 * 3 + 11.8 * 6 / 3 - 15.59),
    ],
)
def test_the_grade_is_that_of_flesch_and_kincaid(text: str, expected: float) -> None:
    assert grade(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("word", "count"),
    [("pulse", 1), ("pulses", 2), ("treated", 2), ("helped", 1), ("called", 1), ("while", 1),
     ("changes", 2), ("magnetic", 3), ("table", 2),
     ("stimulation", 4), ("people", 2), ("36", 1), ("TMS", 3)],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.django_db
@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_is_readable_at_about_age_thirteen(slug: str) -> None:
    text = words_of(_page(slug))
    assert len(text.split()) > 40
    assert grade(text) <= HARDEST_GRADE


@pytest.mark.parametrize("slug", SLUGS)
def test_no_number_is_typed_into_a_page(slug: str) -> None:
    text = (TEMPLATES / "pages" / f"{slug}.html").read_text(encoding="utf-8")
    text = re.sub(r"{%(?!\s*(?:blocktranslate|endblocktranslate|translate)).*?%}", " ", text)
    typed = re.sub(r"{{.*?}}|{%|%}|<[^>]*>|\b\w+=\S+", " ", text)
    # What a share is out of, spans of time that head a part, and the denominators of figures.
    allowed = {"100", "1,000", "10,000"} | set("123456") | {"12"}
    found = [n for n in re.findall(r"(?<![\w.])\d[\d.,]*\d|\b\d\b", typed) if n not in allowed]
    assert not found


@pytest.mark.django_db
@pytest.mark.parametrize("slug", SLUGS)
def test_every_mark_leads_to_a_note_and_every_note_has_a_source(slug: str) -> None:
    html = _page(slug)
    marks = set(re.findall(r'href="#(note-\d+)"', html))
    notes = set(re.findall(r'<li id="(note-\d+)"', html))
    assert marks == notes
    assert html.count('class="footnotes"') == (1 if notes else 0)


@pytest.mark.django_db
def test_the_page_on_benefit_says_the_numbers_of_the_data_and_the_null_results() -> None:
    text = re.sub(r"\s+", " ", words_of(_page("how-well")))
    rows = {row.id: row for row in burden_facts().benefit}
    for id_ in ("pooled-response", "pooled-remission", "yesavage-veterans", "herwig-add-on"):
        assert f"{rounded(rows[id_].with_tms)} of 100" in text
        assert f"{rounded(rows[id_].compared)} of 100" in text
    assert rows["yesavage-veterans"].null
    assert "no real gain" in text


@pytest.mark.django_db
def test_an_unverified_number_says_so_in_its_note() -> None:
    recalled = [name for name, each in figures().items() if each.source.tag is Tag.RECALLED]
    assert "headache" in recalled
    html = _page("safety")
    note = html[html.index('<li id="note-1"') :]
    assert "unverified" in note[: note.index("</li>")]


@pytest.mark.django_db
def test_the_page_before_a_session_tells_of_everything_that_is_asked() -> None:
    """A new question of the session screen needs its words on this page, too."""
    words = {
        "seizure": "fit", "syncope": "fainted", "new-metal": "surgery", "worn-metal": "hair pins",
        "no-ear-protection": "ear plugs", "sleep-hours": "slept less", "sleep-loss": "used to",
        "alcohol": "alcohol", "substances": "other drugs", "new-drug": "started a medicine",
        "missed-doses": "missed a pill", "headache": "headache", "neurological": "numb",
        "hearing": "ringing", "pregnancy": "pregnant", "elation": "racing thoughts",
        "psychosis": "voices", "suicide": "harming yourself",
    }  # fmt: skip
    text = words_of(_page("before"))
    assert {question.id for question in session_rules().question} == set(words)
    for told in words.values():
        assert told in text, told


def test_halves_are_rounded_up_and_a_missing_figure_is_no_zero() -> None:
    assert rounded(66.5) == "67"
    assert rounded(3.25, 1) == "3.3"
    with pytest.raises(ValueError, match="missing"):
        rounded(None)


def test_pages_follow_each_other() -> None:
    first, last = PAGES[0], PAGES[-1]
    assert around(first) == (None, PAGES[1])
    assert around(last) == (PAGES[-2], None)
    assert page("no-such-page") is None


@pytest.mark.parametrize("country", sorted({line.country for line in known_lines()}))
def test_each_country_has_a_line_to_talk_and_an_emergency_number(country: str) -> None:
    lines = crisis_lines(country)
    assert len(lines) >= 2
    assert lines[-1].name == "Emergency"
    assert all(line.source is not None for line in lines)


def test_a_country_without_an_entry_gets_no_guessed_number() -> None:
    assert crisis_lines("ZZ") == ()
