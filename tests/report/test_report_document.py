"""The document: one tree for PDF and HTML, numbered sources, text that stays text."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pytest
from pypdf import PdfReader
from report_samples import FOREIGN, HOSTILE, ON, cited, finding, itbs

from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.core.references import Tag
from euthymia.report.blocks import (
    Block,
    Bullets,
    Callout,
    Code,
    Facts,
    Figure,
    FindingList,
    Headline,
    Pair,
    Paragraph,
    Signatures,
    Sources,
    Strong,
    Table,
    content,
)
from euthymia.report.document import Document, Section
from euthymia.report.figures.protocol import draw
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf

FIRST, SECOND, THIRD = cited(3), cited(1, Tag.RECALLED, "Table 2"), cited(2, Tag.COMPUTED)


def every_block(words: str) -> tuple[Block, ...]:
    """One of each kind of block, with those words wherever words can stand."""
    picture = Figure.of(draw(itbs(), "train", name=words), content(words, FIRST))
    facts = Facts(((words, content(Strong(words), SECOND)),))
    return (
        Headline((Callout(words, (words,), Severity.CAUTION),), facts),
        Paragraph(content(words, Strong(words), Code(words), FIRST)),
        Paragraph((words,), quiet=True),
        Bullets(((words,), content("two", THIRD))),
        Callout(words),
        Table(
            words, (words, "n"), (((words,), content("1", SECOND)),), numeric=(1,), shares=(3, 1)
        ),
        picture,
        FindingList(
            tuple(
                finding(each, subject=words, message=words, found=words, source=SECOND)
                for each in Severity
            )
        ),
        FindingList((), words),
        Pair(Paragraph((words,)), facts, 0.4),
        Signatures((words,)),
        Sources(),
    )


def document(words: str = "plain words", subject: str = "EX-001") -> Document:
    return Document(
        title="Treatment plan",
        subject=subject,
        on=ON,
        software="Euthymia 0.1.0",
        sections=(
            Section("Summary", every_block(words), numbered=False),
            Section("Second part", (Paragraph((words,)),), new_page=True),
        ),
        mark="SYNTHETIC PATIENT",
        footer=words,
    )


def pdf_text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


class _Page(HTMLParser):
    """The visible text, the tags and the addresses of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action", "data") and value:
                self.links.append(value)
            if name == "id" and value:
                self.ids.append(value)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_sources_are_numbered_in_the_order_of_their_first_use() -> None:
    # The headline's facts use the second citation before the paragraph uses the first.
    numbering = document().bibliography
    assert [numbering.number(each) for each in (SECOND, FIRST, THIRD)] == [1, 2, 3]


def test_sources_list_every_use_and_mark_what_is_unverified() -> None:
    listed = document().as_data()["sources"]
    assert [source["number"] for source in listed] == [1, 2, 3]
    assert listed[0]["uses"] == [{"at": "Table 2", "tag": "M", "unverified": True, "note": ""}]
    assert not listed[1]["uses"][0]["unverified"]


@pytest.mark.parametrize("words", ["plain words", HOSTILE])
def test_html_shows_every_text_as_text(words: str) -> None:
    page = _Page(to_html(document(words, subject=words)))
    assert "script" not in page.tags
    flat = re.sub(r"\s+", " ", page.text)
    assert flat.count(words) >= 20
    assert page.tags.count("svg") == 1


def test_html_asks_for_nothing_from_outside() -> None:
    text = to_html(document())
    page = _Page(text)
    fetched = [link for link in page.links if not link.startswith("#")]
    # Only the addresses of the sources, which a reader may follow.
    assert all(link.startswith("https://") for link in fetched)
    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
    assert "@import" not in text and "url(http" not in text
    assert "default-src 'none'" in text


def test_html_has_a_language_landmarks_one_h1_and_unique_ids() -> None:
    text = to_html(document())
    page = _Page(text)
    assert '<html lang="en">' in text
    assert page.tags.count("h1") == 1 and page.tags.count("main") == 1
    assert len(page.ids) == len(set(page.ids))
    targets = {link[1:] for link in page.links if link.startswith("#")}
    assert targets <= set(page.ids)


def test_unverified_facts_are_marked_in_both_settings() -> None:
    assert to_html(document()).count('class="unverified"') >= 6
    assert pdf_text(to_pdf(document())).count("unverified") >= 6


def test_pdf_shows_hostile_text_as_text() -> None:
    text = re.sub(r"\s+", "", pdf_text(to_pdf(document(HOSTILE, subject=HOSTILE))))
    assert text.count(re.sub(r"\s+", "", HOSTILE)) >= 10


def test_pdf_writes_letters_that_no_font_has_as_code_points_and_keeps_the_rest() -> None:
    text = pdf_text(to_pdf(document(subject=FOREIGN + " \U0001f9ff \U00012000")))
    assert "U+12000" in text or "\U00012000" in text
    assert "Treatment plan" in text


def test_pdf_is_tagged_titled_and_made_for_keeping() -> None:
    reader = PdfReader(io.BytesIO(to_pdf(document())))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None and reader.metadata.title == "Treatment plan: EX-001"
    packet = root["/Metadata"].get_data().decode("utf-8")
    assert "pdfuaid" in packet and "pdfaid" in packet


def test_both_settings_hold_the_same_words() -> None:
    def bare(text: str) -> str:
        return re.sub(r"[\s\u00ad-]+", "", text)

    page, pdf = bare(_Page(to_html(document())).text), bare(pdf_text(to_pdf(document())))
    for block in document().as_data()["sections"][0]["blocks"]:
        for said in _texts(block):
            assert bare(said) in page
            assert bare(said) in pdf


def _texts(value: object) -> list[str]:
    """The words of the tree that a reader sees (keys named text, title, name, message, caption)."""
    if isinstance(value, dict):
        own = [
            v for k, v in value.items() if k in ("text", "message", "name") and isinstance(v, str)
        ]
        return own + [said for part in value.values() for said in _texts(part)]
    return [said for part in value for said in _texts(part)] if isinstance(value, list) else []


def test_the_same_document_gives_the_same_bytes() -> None:
    assert to_html(document()) == to_html(document())
    assert to_pdf(document()) == to_pdf(document())


def test_the_mark_stands_on_every_page() -> None:
    pages = PdfReader(io.BytesIO(to_pdf(document()))).pages
    assert len(pages) >= 2
    assert all("SYNTHETIC PATIENT" in page.extract_text() for page in pages)


def test_a_figure_without_words_is_refused() -> None:
    with pytest.raises(InputError, match="no title"):
        Figure.of('<svg xmlns="http://www.w3.org/2000/svg" width="10"/>', ())


def test_a_table_with_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(InputError, match="1 cells under 2 headings"):
        Table("t", ("a", "b"), ((("x",),),))
    with pytest.raises(InputError, match="width is divided"):
        Table("t", ("a", "b"), (), shares=(1,))
