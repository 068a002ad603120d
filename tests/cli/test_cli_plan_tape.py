"""The head that a plan is made on where the chart has tape measurements and no image."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_samples import AUTHOR, EXAMPLES

from euthymia.chart.case import Case
from euthymia.chart.patient_facts import HeadMeasured
from euthymia.cli.cases import case_on
from euthymia.cli.plan_head import plan_head
from euthymia.core.findings import Severity
from euthymia.core.progress import SILENT
from euthymia.model.head.head import Origin


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A synthetic patient whose head was measured: 358, 364 and 556 mm."""
    return Path(shutil.copytree(EXAMPLES / "clear-candidate", tmp_path / "case"))


def test_the_tape_of_the_chart_shapes_the_head_that_is_planned_on(case: Path) -> None:
    head, doubts = plan_head(None, case_on(case, None), SILENT)
    assert head.origin is Origin.TAPE
    found = head.eeg.measures
    assert found.nasion_inion_mm == pytest.approx(358.0, abs=1.0)
    assert found.tragus_tragus_mm == pytest.approx(364.0, abs=1.0)
    assert found.circumference_mm == pytest.approx(556.0, abs=1.0)
    assert all(doubt.severity < Severity.ACKNOWLEDGE for doubt in doubts)


def test_the_default_head_can_still_be_asked_for(case: Path) -> None:
    head, _ = plan_head("default", case_on(case, None), SILENT)
    assert head.origin is Origin.DEFAULT


def test_measures_that_cannot_be_used_must_be_acknowledged(case: Path) -> None:
    opened = Case.open(case)
    later = max(entry.at for entry in opened.chart.entries)
    fact = HeadMeasured(
        measured_on=later.date(),
        nasion_inion_mm=400.0,
        tragus_tragus_mm=300.0,
        circumference_mm=520.0,
    )
    opened.record(fact, id="00000000-0000-0000-0000-0000000000ac", at=later, author=AUTHOR)
    head, doubts = plan_head(None, case_on(case, None), SILENT)
    assert head.origin is Origin.DEFAULT
    assert [(doubt.code, doubt.severity) for doubt in doubts] == [
        ("plan.tape-not-used", Severity.ACKNOWLEDGE)
    ]
    assert "do not belong to one head" in doubts[0].message
