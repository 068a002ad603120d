"""The work of `euthymia chart verify`."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from euthymia.chart import ledger
from euthymia.chart.verification import Anchor, Verification
from euthymia.cli.chart_files import chart_path, replayed, verified
from euthymia.cli.findings import finding_list
from euthymia.cli.output import section, show, show_unbroken, write_json
from euthymia.cli.plain import Data, findings_data
from euthymia.core.errors import InputError


def run_check(place: Path, anchor: str | None, as_json: bool) -> None:
    """Verify and print; a broken chart is printed first and then refused."""
    path = chart_path(place)
    checked = verified(path, _anchor(anchor) if anchor else None)
    if checked.broken is None:
        replayed(checked)
    if as_json:
        write_json(_data(path, checked))
    elif checked.broken is None:
        _show(path, checked)
    ledger.require_unbroken(path, checked)


def _anchor(text: str) -> Anchor:
    number, _, digest = text.partition(":")
    if not number.isdigit() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise InputError(
            f"--anchor {text!r}",
            "it is not a place in a chart",
            "Write the entry's number and its SHA-256 as NUMBER:SHA256, as a plan shows it",
        )
    return Anchor(int(number), digest)


def _data(path: Path, checked: Verification) -> Data:
    broken, head = checked.broken, checked.head
    return {
        "file": str(path),
        "intact": checked.intact,
        "entries": len(checked.entries),
        "last_entry": {"number": head.seq, "sha256": head.line_sha256} if head else None,
        "broken": {
            "line": broken.line,
            "damage": broken.damage.value,
            "problem": broken.problem,
        }
        if broken
        else None,
        "torn_bytes": len(checked.torn),
        "findings": findings_data(checked.findings),
    }


def _show(path: Path, checked: Verification) -> None:
    head = checked.head
    assert head is not None  # `verified` refuses an empty chart
    told = "intact: every entry is what was written"
    if not checked.intact:
        told = "unbroken, but its last entry was not written to its end"
    show(Text(f"{path}: {told}", style="bold"))
    show_unbroken(
        (
            ("entries", str(len(checked.entries))),
            ("last made", checked.entries[-1].at.isoformat()),
            ("anchor", f"{head.seq}:{head.line_sha256}"),
        )
    )
    if checked.findings:
        show(section("Findings", finding_list(checked.findings)))
