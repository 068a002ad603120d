"""A protocol named on the command line, and the files that are made of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from euthymia.cli.files import require_output_file, write_whole
from euthymia.cli.output import remark, write_json
from euthymia.core.errors import InputError, require_file
from euthymia.plan.protocol.algebra import Protocol
from euthymia.plan.protocol.catalogue import CatalogueEntry, entry
from euthymia.plan.protocol.schema import from_json, to_dict, to_json

_LARGEST_FILE = 20_000_000


@dataclass(frozen=True, slots=True)
class NamedProtocol:
    """A protocol with the name it was asked for by.

    protocol: None where the catalogue's entry cannot be built. entry: None for a file.
    """

    name: str
    protocol: Protocol | None
    entry: CatalogueEntry | None

    @property
    def built(self) -> Protocol:
        """The protocol; refuses an entry that is not published whole."""
        if self.protocol is not None:
            return self.protocol
        assert self.entry is not None  # a file is always whole
        return self.entry.build()


def find_protocol(
    name: str, whole: bool = True, intensity_pct: float | None = None
) -> NamedProtocol:
    """The protocol of an id or a file. `whole` refuses an entry that is not published whole."""
    path = Path(name)
    if path.suffix.lower() == ".json" or len(path.parts) > 1 or path.is_file():
        return NamedProtocol(path.name, _read(path), None)
    known = entry(name)
    if known.missing and not whole:
        return NamedProtocol(known.id, None, known)
    return NamedProtocol(known.id, known.build(intensity_pct=intensity_pct), known)


def _read(path: Path) -> Protocol:
    require_file(path, "a protocol file (JSON)")
    if path.stat().st_size > _LARGEST_FILE:
        raise InputError(str(path), "it is too large for a protocol", "Give a protocol file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            str(path), "it is not a text file", "Give a protocol file (JSON)"
        ) from None
    return from_json(text, str(path))


def export_protocol(name: str, out: Path | None, as_json: bool) -> None:
    """Write the published JSON format; with --json and a file, say where it went as JSON."""
    built = find_protocol(name).built
    if out is None:
        sys.stdout.write(to_json(built))
        return
    write_whole(require_output_file(out), to_json(built).encode())
    if as_json:
        write_json({"file": str(out), "protocol": to_dict(built)})
    else:
        remark(f"written: {out}")
