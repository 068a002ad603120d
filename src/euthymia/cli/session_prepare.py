"""What a session is to give: from the chart, with what the command line puts in its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from euthymia.chart.case import Case
from euthymia.chart.session_inputs import to_session_inputs
from euthymia.cli.options import today
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.treat.session.operator import DayCheck
from euthymia.treat.session.prescription import Prescription


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prescription with the case it is for, and what is to be known before it is given."""

    case: Case
    prescription: Prescription
    day: DayCheck
    findings: tuple[Finding, ...]


def prepared(
    folder: Path,
    protocol: str | None,
    outputs: list[float] | None,
    number: int | None,
    ramp: bool,
) -> Prepared:
    """The session that these options ask for; refuses what the chart and they leave open."""
    case = Case.open(folder)
    chart = case.chart
    if protocol is None and chart.standing_prescription is None and chart.plan_request is None:
        raise InputError("this chart", "it holds no request for a plan", "Give --protocol")
    found = to_session_inputs(
        chart, today(), protocol=protocol, outputs=outputs or (), number=number, ramp=ramp
    )
    return Prepared(case, found.prescription, found.day, found.findings)
