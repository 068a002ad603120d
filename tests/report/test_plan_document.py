"""The treatment plan as a document: every part joined, every number the plan's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plan_samples import BEST, PLANNED_ON, SCALP_MM, ball_placing, example_plan
from pypdf import PdfReader
from report_samples import HOSTILE

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.model.head.place.eeg import EegSystem
from euthymia.plan.dose.calculate import dose
from euthymia.plan.protocol.dosing import Intensity
from euthymia.plan.treatment import TreatmentPlan
from euthymia.report.document import Document, Section
from euthymia.report.figures import view3d
from euthymia.report.html import to_html
from euthymia.report.pdf import to_pdf
from euthymia.report.plan_document import dose_sections, plan_document, write_plan
from euthymia.report.sections.placing import (
    Shown,
    electrodes,
    placement_map,
    placements,
    scalp_words,
)

HEAD = "0123456789abcdef" * 4


@pytest.fixture(scope="module", autouse=True)
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view3d, "_PIXELS_A_UNIT", 1)  # words, not pixels, are looked at here
        yield patch


@pytest.fixture(scope="module")
def plan(patch: pytest.MonkeyPatch) -> TreatmentPlan:
    return example_plan("clear-candidate", patch)


@pytest.fixture(scope="module")
def document(plan: TreatmentPlan) -> Document:
    return plan_document(plan, ledger_head=HEAD)


@pytest.fixture(scope="module")
def bare(plan: TreatmentPlan) -> TreatmentPlan:
    """The plan of a real patient whose threshold and free hours are not on record."""
    missing = (
        Finding("plan.no-threshold", Severity.ACKNOWLEDGE, "motor threshold", "None is on record"),
        Finding("plan.no-availability", Severity.CAUTION, "calendar", "Times are not on record"),
    )
    own = (*plan.own_findings, *missing)
    return replace(
        plan,
        patient=replace(plan.patient, synthetic=False),
        threshold=None,
        doses=(),
        course=None,
        site=None,
        availability=None,
        own_findings=own,
    )


@pytest.fixture(scope="module")
def bare_document(bare: TreatmentPlan) -> Document:
    return plan_document(bare)


def said(document: Document, title: str = "") -> str:
    """All words of a document, or of the section with that title; pictures by their words."""
    found: list[str] = []

    def walk(value: Any) -> None:
        match value:
            case {"kind": "cite", "number": number}:
                found.append(f"[{number}]")
            case dict():
                for name, part in value.items():
                    if name not in ("svg", "kind"):
                        walk(part)
            case list():
                for part in value:
                    walk(part)
            case str():
                found.append(value)

    sections = document.as_data()["sections"]
    walk([each for each in sections if not title or each["title"] == title])
    assert found, f"there is no section {title}"
    return re.sub(r"\s+([;,.])", r"\1", " ".join(found))


def section_words(*sections: Section) -> str:
    return said(Document("t", "s", PLANNED_ON, "x", (*sections, Section("Sources", ()))))


def facts(document: Document, section: str) -> dict[str, str]:
    """The names and values that a section begins with."""
    blocks = next(s for s in document.as_data()["sections"] if s["title"] == section)["blocks"]
    known = next(b for b in blocks if b["kind"] in ("facts", "headline"))
    rows = known["facts"]["rows"] if known["kind"] == "headline" else known["rows"]
    return {row["name"]: "".join(p.get("text", "") for p in row["content"]) for row in rows}


def test_every_part_of_a_plan_has_its_section_in_order(document: Document) -> None:
    assert [section.title for section in document.sections] == [
        "Summary",
        "Resistance to medication",
        "Symptoms and indication",
        "Safety",
        "Head and target",
        "Dose",
        "Protocol",
        "Calendar",
        "All findings",
        "Statement and signature",
        "How it was computed",
        "Sources",
    ]


def test_a_synthetic_patient_is_marked_and_a_real_one_is_not(
    document: Document, bare_document: Document
) -> None:
    assert document.mark == "SYNTHETIC PATIENT"
    assert "SYNTHETIC" in facts(document, "Summary")["patient"]
    assert bare_document.mark == ""
    assert "SYNTHETIC" not in said(bare_document)


def test_the_summary_holds_the_numbers_of_the_plan(plan: TreatmentPlan, document: Document) -> None:
    known = facts(document, "Summary")
    assert plan.dose is not None and plan.dose.prescribed is not None and plan.course is not None
    line = plan.dose.prescribed
    assert line.field_target is not None
    assert f"{line.setting_pct_mso:g} % MSO" in known["output"]
    assert f"field at the target {line.field_target.value:.0f} V/m" in known["output"]
    assert known["handle"] == "backwards, 45° from the midline towards the left"
    assert plan.assessment.maudsley.label in known["resistance"]
    assert f"{plan.course.first_day} to {plan.course.last_day}" in known["course"]
    assert f"{len(plan.course.sessions)} sessions" in known["course"]
    assert "EEG position" in known["place on the scalp"]


def test_fields_are_shown_at_the_planned_output(plan: TreatmentPlan, document: Document) -> None:
    didt = plan.didt_a_per_us
    assert didt is not None
    text = said(document, "Head and target")
    at_target = facts(document, "Head and target")["field at the target"]
    assert at_target.startswith(f"{BEST * didt:.1f} V/m ({0.8 * didt:.1f} to {1.0 * didt:.1f})")
    assert "placement by hand" in text  # what the interval covers
    assert f"EEG position F3: {0.9 * BEST * didt:.1f} V/m" in text
    assert f"6 cm rule: {0.4 * BEST * didt:.1f} V/m" in text


def test_the_gain_over_each_scalp_rule_is_a_number(document: Document) -> None:
    gain = facts(document, "Head and target")["gain of the search"]
    assert gain == (
        "field at the target 11 % above EEG position F3, 18 % above Beam F3 (web calculator), "
        "22 % above Beam F3 (10-20 map), 25 % above 5 cm rule, 100 % above 5.5 cm rule, "
        "150 % above 6 cm rule"
    )


def test_tolerance_falls_with_distance_and_stays_within_the_search(document: Document) -> None:
    words = facts(document, "Head and target")["tolerance"]
    shares = [int(share) for share in re.findall(r"(\d+) % up to", words)]
    # A bell of 40 mm: 98 % at 5 mm, 94 % at 10 mm, 87 % at 15 mm, on a lattice of 4 mm.
    assert shares == sorted(shares, reverse=True) and len(shares) == 3
    for share, expected in zip(shares, (98.4, 93.9, 86.9), strict=True):
        assert expected - 0.5 <= share <= expected + 4


def test_computed_and_published_numbers_can_be_told_apart(
    plan: TreatmentPlan, document: Document
) -> None:
    assert "Numbers without a source are computed" in said(document, "Head and target")
    cited = {citation.ref for citation in document.citations()}
    assert {rule.rule.source.ref for rule in plan.placing.rules} <= cited
    assert {source.ref for source in plan.setting.coil.sources} <= cited
    assert plan.placing.target.source.ref in cited


def test_the_computation_can_be_judged_and_repeated(
    plan: TreatmentPlan, document: Document
) -> None:
    known = facts(document, "How it was computed")
    assert known["chart up to entry"] == HEAD
    assert plan.placing.head.id in known["head"]
    assert plan.setting.coil.sha256 in known["coil"]
    assert known["unknowns"] == "123,456"
    assert "0.9009" in known["field at the target"] and "0.10%" in known["field at the target"]
    assert "2,000 placements" in known["search"]
    assert document.software in known["software"]


def test_every_finding_stands_in_the_table_with_its_part(
    plan: TreatmentPlan, document: Document
) -> None:
    text = said(document, "All findings")
    for part, found in plan.parts:
        assert not found or part in text
        for finding in found:
            assert finding.message.rstrip(".")[1:] in text


def test_without_a_threshold_no_output_is_given_and_fields_are_per_ampere(
    bare_document: Document,
) -> None:
    assert "not worked out: no motor threshold" in facts(bare_document, "Summary")["output"]
    dose_words = said(bare_document, "Dose")
    assert "No output is worked out here" in dose_words and "None is on record" in dose_words
    assert "Set the stimulator" not in said(bare_document)
    at_target = facts(bare_document, "Head and target")["field at the target"]
    assert at_target.startswith("0.90 V/m per A/µs (0.80 to 1.00)")
    pictures = said(bare_document, "Head and target")
    assert "EEG position F3: 0.81 V/m per A/µs" in pictures
    assert re.search(r"from 0 to [\d.]+ V/m per A/µs", pictures)


def test_without_a_calendar_the_reason_stands_in_its_place(bare_document: Document) -> None:
    text = said(bare_document, "Calendar")
    assert "No calendar was made" in text and "Times are not on record" in text
    assert "no calendar" in facts(bare_document, "Summary")["course"]
    assert "Times are not on record" not in said(bare_document, "Head and target")


def test_an_output_is_held_back_where_something_forbids_treatment(plan: TreatmentPlan) -> None:
    assert "Not to be given" not in section_words(*dose_sections(plan))
    stop = Finding("safety.metal", Severity.STOP, "metal", "Must not be near the coil")
    forbidden = replace(plan, own_findings=(*plan.own_findings, stop))
    assert "Not to be given as the plan stands" in section_words(*dose_sections(forbidden))


def test_each_intensity_has_a_dose_section_of_its_own(plan: TreatmentPlan) -> None:
    assert plan.dose is not None
    second = dose(plan.dose.inputs, Intensity(110))
    made = tuple(dose_sections(replace(plan, doses=(plan.dose, second))))
    assert [section.title for section in made] == [
        "Dose for left DLPFC: 120 % of rMT (hand)",
        "Dose: 110 % of rMT (hand)",
    ]
    first, other = (section_words(section) for section in made)
    assert "120 % of rMT" in first and "110 % of rMT" in other


def test_a_protocol_with_a_fixed_output_says_so(plan: TreatmentPlan) -> None:
    text = section_words(*dose_sections(replace(plan, doses=())))
    assert "no percentage of a motor threshold" in text


@pytest.fixture(scope="module")
def known() -> EegSystem:
    return electrodes(ball_placing())


@pytest.mark.parametrize("name", ["F3", "F4", "FC5"])
def test_the_place_on_the_scalp_is_told_from_the_nearest_electrode(
    name: str, known: EegSystem
) -> None:
    electrode = known[name].position_mm
    outwards = electrode / np.linalg.norm(electrode)
    assert scalp_words(ball_placing(outwards), known) == f"at EEG position {name}"
    side = np.sign(electrode[0])
    lateral = np.cross([0.0, 1.0, 0.0], outwards) * side
    forward = np.cross(outwards, lateral) * side
    for step, words in (
        (lateral, "away from the midline"),
        (-lateral, "towards the midline"),
        (forward, "forwards"),
        (-forward, "backwards"),
    ):
        turned = outwards + 6 / SCALP_MM * step / np.linalg.norm(step)
        told = scalp_words(ball_placing(turned / np.linalg.norm(turned)), known)
        assert re.match(rf"(5|6|7) mm from EEG position {name}: ", told)
        assert re.search(rf"(5|6|7) mm {words}", told), told


def test_the_map_is_seen_from_the_chosen_centre() -> None:
    seen = placement_map(ball_placing(), Shown(100.0, 60.0))
    assert seen.forward_mm[-1] == seen.rightward_mm[-1] == 0
    assert seen.field_v_per_m[-1] == seen.field_v_per_m.max() == pytest.approx(100 * BEST)
    # The lattice was laid out to the right and forward around the same place.
    offsets = ball_placing().map.offsets_mm
    assert np.corrcoef(seen.rightward_mm[:-1], offsets[:, 0])[0, 1] > 0.99
    assert np.corrcoef(seen.forward_mm[:-1], offsets[:, 1])[0, 1] > 0.99


def test_a_rule_that_could_not_be_rated_is_left_out() -> None:
    placing = ball_placing()
    lost = (replace(placing.rules[0], strength=-np.inf), *placing.rules[1:])
    rows = placements(replace(placing, rules=lost), Shown())
    assert [row.name for row in rows] == [
        "search on this head", "Beam F3 (web calculator)", "Beam F3 (10-20 map)",
        "5 cm rule", "5.5 cm rule", "6 cm rule",
    ]  # fmt: skip
    assert [row.chosen for row in rows] == [True] + [False] * 5


def test_the_files_are_whole_and_the_same_each_time(
    plan: TreatmentPlan, document: Document, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "folder"
    folder.mkdir(parents=True)
    (folder / "treatment-plan-SYN-001-2026-12-17.pdf").write_bytes(b"an earlier one")
    pdf, html = write_plan(plan, folder, ledger_head=HEAD)
    assert sorted(folder.iterdir()) == [html, pdf]
    assert html.name == "treatment-plan-SYN-001-2026-12-17.html"
    # `document` was made apart from these files: the same plan gives the same bytes.
    assert html.read_text(encoding="utf-8") == to_html(document)
    assert pdf.read_bytes() == to_pdf(document)
    pages = PdfReader(pdf).pages
    assert all("SYNTHETIC PATIENT" in page.extract_text() for page in pages)


def test_hostile_words_stay_words_and_stay_in_the_folder(
    bare: TreatmentPlan, tmp_path: Path
) -> None:
    name = f"../../{HOSTILE}"
    hostile = replace(bare, patient=replace(bare.patient, pseudonym=name, diagnosis=HOSTILE))
    pdf, html = write_plan(hostile, tmp_path)
    assert {pdf.parent, html.parent} == {tmp_path} and pdf.exists()
    page = html.read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page


def test_a_folder_that_cannot_be_written_is_refused_with_the_remedy(
    bare: TreatmentPlan, tmp_path: Path
) -> None:
    taken = tmp_path / "plan"
    taken.write_text("a file where the folder should be")
    with pytest.raises(InputError, match="cannot be written"):
        write_plan(bare, taken)
