"""A written document as one value: what it says, apart from how it is set as PDF or as HTML.

`Document.as_data` is the one tree that both settings read, so the two cannot drift apart. Texts in
it are plain strings; neither setting ever reads them as markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from euthymia.core.references import Bibliography, Citation, Tag
from euthymia.report.blocks import Block, Data
from euthymia.report.svg import slug


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part; an unnumbered one (the summary) has no number before its title.

    `new_page` starts it on a page of its own in print.
    """

    title: str
    blocks: tuple[Block, ...]
    numbered: bool = True
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document.

    title: its name. subject: whom or what it is about, on every page. on: its date.
    software: what made it, at the foot of every page. mark: a word on every page ("SYNTHETIC
    PATIENT"), empty for none. footer: a sentence at the foot of every page.
    """

    title: str
    subject: str
    on: date
    software: str
    sections: tuple[Section, ...]
    mark: str = ""
    footer: str = ""
    language: str = "en"

    def citations(self) -> Iterator[Citation]:
        """Every citation in the document, in reading order."""
        for section in self.sections:
            for block in section.blocks:
                yield from block.citations()

    @property
    def bibliography(self) -> Bibliography:
        """All sources, numbered in the order in which the document first uses them."""
        return Bibliography.of(self.citations())

    def as_data(self) -> Data:
        """The document as plain dictionaries, lists and texts, with its sources numbered."""
        numbering = self.bibliography
        return {
            "title": self.title,
            "subject": self.subject,
            "mark": self.mark,
            "date": {"year": self.on.year, "month": self.on.month, "day": self.on.day},
            "on": self.on.isoformat(),
            "software": self.software,
            "footer": self.footer,
            "language": self.language,
            "sections": _sections(self.sections, numbering),
            "sources": _sources(numbering, tuple(self.citations())),
            "tags": [{"tag": tag.value, "meaning": tag.meaning} for tag in Tag],
        }


def _sections(sections: tuple[Section, ...], numbering: Bibliography) -> list[Data]:
    made: list[Data] = []
    count = 0
    for section in sections:
        count += section.numbered
        made.append(
            {
                "title": section.title,
                "id": slug(section.title),
                "number": str(count) if section.numbered else "",
                "new_page": section.new_page,
                "blocks": [block.as_data(numbering) for block in section.blocks],
            }
        )
    return made


def _sources(numbering: Bibliography, uses: tuple[Citation, ...]) -> list[Data]:
    """Each source once, with every place it was cited for and how far that was verified."""
    listed: list[Data] = []
    for number, reference in numbering:
        places = dict.fromkeys(
            (use.at, use.tag, use.note) for use in uses if use.ref == reference.id
        )
        # A use without a place stands first, on the line of the reference itself.
        ordered = sorted(places, key=lambda place: bool(place[0] or place[2]))
        listed.append(
            {
                "number": number,
                "text": reference.text,
                "link": reference.link,
                "uses": [
                    {"at": at, "tag": tag.value, "unverified": not tag.verified, "note": note}
                    for at, tag, note in ordered
                ],
            }
        )
    return listed
