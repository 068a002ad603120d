"""A chart named on the command line, by its file or by the folder of its case."""

from __future__ import annotations

from pathlib import Path

from euthymia.chart import ledger
from euthymia.chart.case import CHART_NAME
from euthymia.chart.chart import Chart, replay
from euthymia.chart.entries import entry_of
from euthymia.chart.verification import Anchor, Verification
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding


def chart_path(place: Path) -> Path:
    """The chart file of a case's folder, or the file itself."""
    if not place.is_dir():
        return place
    path = place / CHART_NAME
    if not path.exists():
        raise InputError(
            str(place),
            f"there is no {CHART_NAME} in this folder",
            "Name the folder of a case, or a chart file",
        )
    return path


def verified(path: Path, anchor: Anchor | None = None) -> Verification:
    """The verification of a chart that holds anything at all."""
    checked = ledger.verify(path, anchor)
    if checked.broken is None and checked.head is None:
        raise InputError(
            str(path),
            "the chart is empty",
            "Create the case anew in this folder, or restore its chart from a backup",
        )
    return checked


def read_chart(place: Path) -> tuple[Chart, tuple[Finding, ...]]:
    """The chart with the findings about its file; refuses a broken one."""
    path = chart_path(place)
    checked = ledger.require_unbroken(path, verified(path))
    return replayed(checked), checked.findings


def replayed(checked: Verification) -> Chart:
    """The chart of verified entries; refuses an entry that cannot stand where it does."""
    return replay(entry_of(envelope) for envelope in checked.entries)
