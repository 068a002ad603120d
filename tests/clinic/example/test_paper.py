"""A page made by hand: read back by somebody else's reader."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

from euthymia.clinic.example.paper import pdf_of


def test_the_page_reads_back_line_by_line_with_its_brackets() -> None:
    lines = ["Plan of SYN-0001 (synthetic)", "", r"a back\slash", "82 V/m"]
    reader = PdfReader(BytesIO(pdf_of(lines)), strict=True)
    assert len(reader.pages) == 1
    found = [line for line in reader.pages[0].extract_text().splitlines() if line.strip()]
    assert found == [line for line in lines if line]


def test_the_same_words_give_the_same_bytes() -> None:
    assert pdf_of(["one"]) == pdf_of(["one"])
    assert pdf_of(["one"]) != pdf_of(["two"])
