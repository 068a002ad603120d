"""The burden as a picture, as a section, and as the page for the talk with the patient."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from report_samples import HOSTILE, words_of

from euthymia.assess.burden.burden import burden_of
from euthymia.assess.medication.told.lines import read_history
from euthymia.assess.staging.judged import JudgedHistory, judge_history
from euthymia.core.errors import InputError
from euthymia.report.figures.burden import BenefitRow, ClassRow, EffectRow, draw
from euthymia.report.html import to_html
from euthymia.report.sections.burden import burden_section
from euthymia.report.sections.resistance import resistance_section
from euthymia.report.talk_document import talk_document, write_document

ON = date(2026, 6, 30)
TOLD = """\
Episode: since March 2024, severe, not psychotic
Zoloft 50->150 mg, Mar-Sep 2024, no response, weight gain, sedation, this episode
Effexor XR 150 mg, 2025-01-01 to 2025-04-01, no response, weight gain, taken as prescribed
paroxetine 20 mg, 3 weeks, not tolerated: headache
"""

CLASSES = [ClassRow("SSRI", {"failed": 2, "open": 1}), ClassRow("SNRI", {"helped": 1})]
EFFECTS = [EffectRow("weight gain", ("sertraline", "mirtazapine"), "not with TMS", True)]
BENEFITS = [
    BenefitRow("Pooled", 29.3, 10.4, "sham", False),
    BenefitRow("Veterans", 40.7, 37.4, "sham", True),
]


def judged(text: str = TOLD) -> JudgedHistory:
    told = read_history(text, ON)
    assert told.findings == ()
    return judge_history(told.trials, told.episode, ON)


def test_every_trial_is_a_square_and_every_drug_of_a_side_effect_a_dot() -> None:
    svg = draw(CLASSES, EFFECTS, BENEFITS)
    assert svg.count('width="13"') == 4
    assert svg.count("<circle") == 2
    words = words_of(svg)
    assert "2 did not help, 1 not known" in words
    assert "not with TMS" in words


def test_a_bar_is_as_long_as_its_share_and_a_null_result_says_so() -> None:
    svg = draw(CLASSES, [], BENEFITS)
    for share in (29.3, 10.4, 40.7, 37.4):
        assert f'width="{300 * share / 100:g}"' in svg
    assert words_of(svg).count("no difference") == 1
    assert "none is recorded" in words_of(svg)


def test_hostile_words_stay_words() -> None:
    rows = [EffectRow(HOSTILE, (HOSTILE,), HOSTILE, False)]
    assert "<script>" not in draw([ClassRow(HOSTILE, {"failed": 1})], rows, [])


def test_a_history_without_trials_has_no_picture() -> None:
    with pytest.raises(InputError, match="there is no trial to draw"):
        draw([], [], [])
    burden = burden_of((), judged().episode, ON)
    assert burden_section(burden, 0).blocks


def test_the_page_tells_what_was_borne_and_what_trials_found_with_sources() -> None:
    page = " ".join(to_html(talk_document(judged(), "SYN-1", synthetic=True)).split())
    for said in (
        "SYNTHETIC PATIENT",
        "So far 3 treatments with 3 agents",
        "This episode has lasted 2.3 years",
        "0.71 of 1,000 (0.42 to 1.11)",
        "weight gain, sexual dysfunction, sedation, cognitive impairment",
        "no difference",
        "After 2 drugs that did not help, 13.7 of 100 people got well with the next one",
        "Berlim",
        "unverified",
    ):
        assert said in page, said


@pytest.mark.parametrize("ending", ["pdf", "html"])
def test_the_page_is_written_by_the_ending_of_its_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"talk.{ending}"
    write_document(talk_document(judged(), "SYN-1", synthetic=True), path)
    data = path.read_bytes()
    assert data.startswith(b"%PDF" if ending == "pdf" else b"<!")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_the_section_on_resistance_shows_rough_days_and_what_was_taken_together() -> None:
    beside = TOLD + "bupropion XL 300 mg, 2025-02-01 to 2025-06-01, no response\n"
    found = judged(beside)
    section = resistance_section(
        found.trials, found.maudsley, found.episode, ON, together=found.together
    )
    text = str(section.blocks)
    assert "begun 2024-03, last 2024-09, up to 150 mg/day" in text
    assert "Bupropion XL was taken with venlafaxine XR (60 days together)" in text
