"""Findings on the screen: each with its severity in words, so that colour only repeats it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from euthymia.core.findings import Finding, Severity, by_severity
from euthymia.core.references import Citation

_STYLES = {
    Severity.STOP: "bold white on red",
    Severity.ACKNOWLEDGE: "bold red",
    Severity.CAUTION: "yellow",
    Severity.NOTE: "dim",
}
_WIDTH = len("acknowledge")


def badge(severity: Severity) -> Text:
    """The severity as a word in its colour."""
    word = severity.label.upper() if severity is Severity.STOP else severity.label
    return Text(word, style=_STYLES[severity])


def style_of(severity: Severity) -> str:
    """The colour of a severity."""
    return _STYLES[severity]


def sourced(text: str, source: Citation | None) -> Text:
    """A sentence with its source behind it."""
    made = Text(text.rstrip("."))
    if source is not None:
        made.append(f"  {source.short}", style="dim")
    return made


def finding_list(findings: Iterable[Finding], none: str = "nothing found") -> RenderableType:
    """All findings, gravest first."""
    ordered = by_severity(findings)
    if not ordered:
        return Text(none)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, min_width=_WIDTH)
    grid.add_column()
    for finding in ordered:
        grid.add_row(badge(finding.severity), _told(finding))
    return grid


def gravest_list(findings: Sequence[Finding], most: int = 6) -> RenderableType:
    """The findings above a note, gravest first, at most so many, and how many more there are."""
    ordered = [found for found in by_severity(findings) if found.severity > Severity.NOTE]
    # What forbids treatment is never cut off.
    stops = sum(found.severity is Severity.STOP for found in ordered)
    shown = ordered[: max(most, stops)]
    listed = finding_list(shown, "nothing that has to be weighed")
    rest = len(findings) - len(shown)
    if rest and isinstance(listed, Table):
        listed.add_row("", Text(f"and {rest} more in the plan", style="dim"))
    return listed


def _told(finding: Finding) -> Text:
    """Subject, message, what was found against what limit, and the source."""
    mark = "" if finding.subject.endswith(("?", ":")) else ":"
    told = Text(f"{finding.subject}{mark} ", style="bold")
    told.append(finding.message.rstrip("."), style="not bold")
    numbers = [
        f"{name} {value}"
        for name, value in (
            ("found", finding.found),
            ("limit", finding.limit),
            ("nearest allowed", finding.nearest_allowed),
        )
        if value
    ]
    if numbers:
        told.append(f" ({'; '.join(numbers)})", style="not bold")
    if finding.source is not None:
        told.append(f"  {finding.source.short}", style="not bold dim")
    return told
