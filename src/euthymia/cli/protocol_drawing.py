"""The work of `euthymia protocol draw`."""

from __future__ import annotations

import sys
from pathlib import Path

from euthymia.cli.files import require_output_file, write_whole
from euthymia.cli.output import remark, write_json
from euthymia.cli.protocol_files import NamedProtocol
from euthymia.core.errors import InputError
from euthymia.report.figures import protocol as drawing


def write_drawing(
    found: NamedProtocol, zoom: str, block: int, out: Path | None, as_json: bool
) -> None:
    """Draw it and write the SVG to a file, or to standard output."""
    built = found.built
    if block > len(built.blocks):
        raise InputError(
            f"--block {block}",
            f"{found.name} has {len(built.blocks)} block(s)",
            "Name one of them, counted from 1",
        )
    if out is not None:
        require_output_file(out, ".svg")
    label = f"protocol-{found.name}"
    svg = (
        drawing.draw_all(built, label)
        if zoom == "all"
        else drawing.draw(built, zoom, block - 1, label)
    )
    if out is not None:
        write_whole(out, svg.encode())
    if as_json:
        place = {"file": str(out)} if out is not None else {"svg": svg}
        write_json({"protocol": found.name, "zoom": zoom, "block": block, **place})
    elif out is None:
        sys.stdout.write(svg if svg.endswith("\n") else f"{svg}\n")
    else:
        remark(f"written: {out}")
