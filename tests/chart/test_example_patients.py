"""The example patients: made by their script, marked synthetic, and of different kinds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from euthymia.assess.assessment import Assessment, assess
from euthymia.assess.medication.verdicts import Verdict
from euthymia.assess.safety.screen import screen_items
from euthymia.chart import ledger
from euthymia.chart.assessment_inputs import to_assessment_inputs
from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.chart import Chart
from euthymia.core.findings import Severity
from euthymia.model.coil.catalogue import coil_ids
from euthymia.plan.course.public_holidays import PublicHolidays
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.stimulators import stimulator
from euthymia.plan.target.catalogue import targets

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("clear-candidate", "contraindication", "course-and-after", "intolerance")


def chart(name: str) -> Chart:
    return Case.open(ROOT / "examples" / name).chart


def assessed(name: str) -> Assessment:
    found = chart(name)
    return assess(**to_assessment_inputs(found, found.entries[-1].at.date()))


def test_the_files_are_what_the_script_makes(tmp_path: Path) -> None:
    script = ROOT / "tools" / "make_examples.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, capture_output=True)
    made = {path.relative_to(tmp_path): path for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == 2 * len(NAMES)
    for relative, path in made.items():
        assert (ROOT / "examples" / relative).read_bytes() == path.read_bytes(), (
            f"{relative} differs: run tools/make_examples.py"
        )


@pytest.mark.parametrize("name", NAMES)
def test_each_chart_is_intact_and_synthetic_in_chart_and_readme(name: str) -> None:
    folder = ROOT / "examples" / name
    checked = ledger.verify(folder / CHART_NAME)
    assert checked.intact
    assert checked.findings == ()
    found = chart(name)
    assert found.patient.fact.synthetic
    assert found.patient.fact.pseudonym.startswith("SYN-")
    assert "This patient is synthetic." in (folder / "README.md").read_text(encoding="utf-8")
    assert all("(invented)" in entry.author.name for entry in found.entries)


@pytest.mark.parametrize("name", NAMES)
def test_each_chart_answers_the_whole_screen_and_every_item_of_its_scales(name: str) -> None:
    found = chart(name)
    assert set(found.screen_answers) == {item.id for item in screen_items()}
    assert found.scales_named("phq9")
    assert found.scales_named("hamd17")
    assert not any("unknown" in finding.code for finding in assessed(name).findings)


@pytest.mark.parametrize("name", NAMES)
def test_each_chart_asks_for_a_plan_that_the_catalogues_know(name: str) -> None:
    found = chart(name)
    assert found.plan_request is not None
    assert found.availability is not None
    request, free = found.plan_request.fact, found.availability.fact
    assert entry(request.protocol)
    assert stimulator(request.stimulator)
    assert request.coil in coil_ids()
    assert targets().coordinates[request.target].mni_mm == (-38, 44, 26)
    assert free.holiday_country is not None
    assert PublicHolidays(free.holiday_country, free.holiday_subdivision)
    assert found.plan_request.entries[0].at.date() < request.start_on
    assert free.availability.hours.on_date(request.start_on)


def test_the_clear_candidate_is_resistant_and_safe_without_any_doubt() -> None:
    result = assessed("clear-candidate")
    assert result.trd.met is True
    assert result.maudsley.definite
    assert result.maudsley.low == 9
    failed = [v.agent.id for v in result.trials if v.counts and not v.trial.augments]
    assert failed == ["sertraline", "venlafaxine-xr", "mirtazapine"]
    assert max(finding.severity for finding in result.findings) is Severity.NOTE


def test_the_clear_candidate_shows_an_amendment_with_its_reason_and_history() -> None:
    found = chart("clear-candidate")
    sertraline = next(trial for trial in found.trials if trial.fact.trial.agent == "sertraline")
    original, amendment = found.history(sertraline.id)
    assert "pharmacy" in amendment.reason
    assert original.fact != sertraline.fact
    story = (ROOT / "examples" / "clear-candidate" / "README.md").read_text(encoding="utf-8")
    assert f"Entry {amendment.seq} corrects" in story


def test_the_intolerant_patient_has_no_failure_that_counts() -> None:
    result = assessed("intolerance")
    verdicts = [v.verdict for v in result.trials]
    assert verdicts.count(Verdict.INTOLERANCE) == 5
    assert result.trd.met is False
    assert result.maudsley.applicable is False


def test_the_contraindicated_patient_is_stopped_and_has_a_range_for_a_stage() -> None:
    result = assessed("contraindication")
    assert result.clearance.label is Severity.STOP
    assert result.clearance.guideline is Severity.STOP
    assert (result.maudsley.low, result.maudsley.high) == (8, 9)
    assert result.missing == ("the dose of sertraline",)
    assert chart("contraindication").motor_threshold is None
