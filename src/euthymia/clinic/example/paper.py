"""A page of plain text as PDF, made by hand so that the same words always give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

_PAGE_PT = (595, 842)
_MARGIN_PT, _LEADING_PT, _SIZE_PT = 56, 16, 11


def pdf_of(lines: Sequence[str]) -> bytes:
    """One A4 page with these lines; letters outside Latin-1 become question marks."""
    width, height = _PAGE_PT
    text = b"".join(b"(" + _escaped(line) + b") '\n" for line in lines)
    drawn = (
        f"BT /F1 {_SIZE_PT} Tf {_LEADING_PT} TL {_MARGIN_PT} {height - _MARGIN_PT} Td\n".encode()
        + text
        + b"ET"
    )
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    page = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] "
        "/Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>"
    )
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page.encode(),
            font,
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        ]
    )


def _escaped(line: str) -> bytes:
    plain = line.encode("latin-1", errors="replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: Sequence[bytes]) -> bytes:
    """The objects one after the other, and the table of where each begins."""
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return made + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (count, table, count, len(made))
    )
