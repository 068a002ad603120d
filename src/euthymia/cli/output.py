"""How results are shown: text set for a person, or JSON for a program.

Texts come from charts and files, so nothing here ever reads them as markup.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

Cell = str | Text


def screen() -> Console:
    """Standard output for a person; plain, without colours, when it is no terminal."""
    return Console(markup=False, highlight=False, emoji=False)


def aside() -> Console:
    """Standard error: progress and remarks, which never mix with results."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def show(*parts: RenderableType, console: Console | None = None) -> None:
    """Print the parts, on standard output if no console is given."""
    console = console or screen()
    for part in parts:
        console.print(part)


def show_unbroken(rows: Iterable[tuple[str, str]]) -> None:
    """Names with values that must stay whole to be copied (paths, hashes), however long."""
    console = screen()
    listed = list(rows)
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        line = Text(f"  {name:<{width}}  ", style="dim")
        console.print(line.append(value, style="not dim"), soft_wrap=True)


def remark(text: str) -> None:
    """Say something in one line on standard error that is neither result nor refusal."""
    aside().print(Text(text, style="dim"), soft_wrap=True)


def write_json(data: Mapping[str, Any]) -> None:
    """Print JSON on standard output; letters beyond ASCII only where the stream can hold them."""
    wide = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    sys.stdout.write(json_text(data, ascii_only=not wide))


def json_text(data: Mapping[str, Any], ascii_only: bool = False) -> str:
    """JSON as it stands in files: indented, and null for what is not a finite number."""
    return json.dumps(finite(data), indent=2, ensure_ascii=ascii_only, allow_nan=False) + "\n"


def finite(value: Any) -> Any:
    """The value with numbers that JSON lacks (NaN, infinity) as None, and tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def title(text: str, aside_text: str = "") -> Text:
    """The first line of a result."""
    made = Text(text, style="bold")
    if aside_text:
        made.append(f"  {aside_text}", style="not bold dim")
    return made


def section(name: str, *parts: RenderableType) -> Group:
    """A titled part with an empty line before it, its content set in by two columns."""
    inner = [Padding(part, (0, 0, 0, 2)) for part in parts]
    return Group(Text(""), Text(name, style="bold cyan"), *inner)


def facts(rows: Iterable[tuple[str, Cell]]) -> Table:
    """Names with their values, the values wrapped under each other."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, _cell(value))
    return grid


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    numeric: Sequence[int] = (),
    whole: Sequence[int] = (),
) -> Table:
    """A table under a thin line. `numeric` columns stand right; `whole` ones are never broken."""
    made = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        header_style="dim",
    )
    for place, name in enumerate(columns):
        right = place in numeric
        made.add_column(name, justify="right" if right else "left", no_wrap=right or place in whole)
    for row in rows:
        made.add_row(*(_cell(cell) for cell in row))
    return made


def bullets(texts: Iterable[Cell]) -> Table:
    """A list, one point a line or more, wrapped beside its dash."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column()
    for text in texts:
        grid.add_row("-", _cell(text))
    return grid


def _cell(value: Cell) -> Text:
    return value if isinstance(value, Text) else Text(value)
