"""A document as PDF: tagged for reading by ear (PDF/UA-1) and for keeping (PDF/A-2a).

The typesetter gets the document as data, never as markup, so no text in it can be read as code.
Its own fonts are used, so that every machine sets the same pages; the system's fonts come in only
for letters that they lack, and a letter that no font has is written out as its code point.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from importlib.resources import files

import typst

from euthymia.core.errors import InputError
from euthymia.report.blocks import Data
from euthymia.report.document import Document

_UNDRAWABLE = re.compile(r'the text `"(.+?)"` could not be displayed')
_MOST_ROUNDS = 4


def to_pdf(document: Document) -> bytes:
    """The document as the bytes of one PDF file, the same for the same document and software."""
    data = document.as_data()
    stamp = datetime(document.on.year, document.on.month, document.on.day, tzinfo=UTC)
    undrawable: set[str] = set()
    for round_ in range(_MOST_ROUNDS):
        try:
            return _compile(_without(data, undrawable), stamp, own_fonts_only=round_ == 0)
        except typst.TypstError as problem:
            found = set(_UNDRAWABLE.findall(f"{problem.message}\n{problem.diagnostic}"))
            if not found:
                raise
            if round_ > 0:
                undrawable |= {letter for cluster in found for letter in cluster}
    letters = " ".join(f"U+{ord(letter):04X}" for letter in sorted(undrawable))
    raise InputError(
        f"PDF of {document.title}",
        f"no font here can draw {letters}",
        "Install a font for these letters, or use the HTML file",
    )


def _compile(data: Data, stamp: datetime, own_fonts_only: bool) -> bytes:
    source = (files("euthymia.report") / "templates" / "document.typ").read_bytes()
    compiler = typst.Compiler(
        source,
        ignore_system_fonts=own_fonts_only,
        sys_inputs={"document": json.dumps(data, ensure_ascii=False)},
    )
    made = compiler.compile(format="pdf", pdf_standards=["ua-1", "a-2a"], timestamp=stamp)
    if not isinstance(made, bytes):
        raise TypeError("the typesetter did not return one PDF")
    return made


def _without(data: Data, letters: set[str]) -> Data:
    """The data with those letters written as code points."""
    if not letters:
        return data
    pattern = re.compile("[" + "".join(map(re.escape, sorted(letters))) + "]")

    def clean(value: object) -> object:
        match value:
            case str():
                return pattern.sub(lambda found: f"[U+{ord(found.group()):04X}]", value)
            case list():
                return [clean(part) for part in value]
            case dict():
                return {name: clean(part) for name, part in value.items()}
            case _:
                return value

    return {name: clean(part) for name, part in data.items()}
