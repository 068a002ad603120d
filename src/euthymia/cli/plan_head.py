"""The head that a plan is made on, of a case on disk."""

from __future__ import annotations

from pathlib import Path

from euthymia.chart.plan_head import NO_T1, other_head, patients_head
from euthymia.cli.cases import CaseOn
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.progress import Progress
from euthymia.model.head.head import Head


def plan_head(
    name: str | None, opened: CaseOn, progress: Progress
) -> tuple[Head, tuple[Finding, ...]]:
    """The head to plan on, and what is to be said of it.

    The named one; or the one of the case's T1; or the default one, shaped by the tape measurements
    where the chart has them.
    """
    if name is None:
        t1 = opened.case.t1()
        head, doubts = patients_head(opened.chart, t1, progress)
        return head, (*(opened.case.image_findings() if t1 else ()), *doubts)
    own, why_none = _own_image(opened)
    return other_head(name, opened.chart, own, progress, why_none)


def _own_image(opened: CaseOn) -> tuple[Path | None, str]:
    """The case's T1, or why there is none that a head could be compared with."""
    try:
        return opened.case.t1(), NO_T1
    except InputError as refusal:
        return None, refusal.problem
