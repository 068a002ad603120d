"""`euthymia assess` on the example patients and on charts with faults."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_samples import EXAMPLES, contents, copied_case, new_case, run

from euthymia.assess.medication.trial import MedicationTrial
from euthymia.chart.patient_facts import MedicationTrialRecorded

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "stage", "gravest", "trd"),
    [
        ("clear-candidate", (9, 9), "note", True),
        ("intolerance", (None, None), "caution", False),
        ("contraindication", (8, 9), "stop", True),
    ],
)
def test_the_examples_come_out_as_they_are_meant(
    name: str, stage: tuple[float | None, float | None], gravest: str, trd: bool
) -> None:
    told = run("assess", EXAMPLES / name, "--json").json
    assert (told["maudsley"]["low"], told["maudsley"]["high"]) == stage
    assert told["safety"]["gravest"] == gravest
    assert told["definitions"][0]["id"] == "trd"
    assert told["definitions"][0]["met"] is trd
    assert told["patient"]["synthetic"] is True


def test_the_keys_of_the_json_stay() -> None:
    told = run("assess", EXAMPLES / "clear-candidate", "--json").json
    assert set(told) == {
        "software", "on", "case", "chart", "patient", "trials", "verdicts", "maudsley",
        "other_stages", "definitions", "safety", "scales", "label", "payers", "condition",
        "summary", "missing", "findings", "together",
    }  # fmt: skip
    assert set(told["trials"][0]) >= {"agent", "verdict", "counts", "possible", "reasons"}
    assert set(told["safety"]["findings"][0]) == {
        "code", "severity", "subject", "message", "found", "limit", "nearest_allowed", "source",
    }  # fmt: skip


def test_what_forbids_treatment_is_in_the_text_with_its_source() -> None:
    done = run("assess", EXAMPLES / "contraindication")
    assert done.code == 0
    text = " ".join(done.out.split())
    assert "Must not go ahead as it stands" in text
    assert "STOP" in text
    assert "cochlear implant" in text
    assert "Rossi 2009 [M]" in text
    assert "the dose of sertraline" in text


def test_intolerance_is_told_apart_from_failure() -> None:
    text = run("assess", EXAMPLES / "intolerance").out
    assert text.count("not tolerated") >= 5
    assert "adequate failure\n" not in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_screen(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = run("assess", EXAMPLES / "contraindication").out.splitlines()
    assert max(map(len, lines)) <= width


def test_an_unknown_drug_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    trial = MedicationTrialRecorded(trial=MedicationTrial("sertralin", None, None))
    case = new_case(tmp_path / "case", AT, trial)
    before = contents(case)
    for words in (["assess", case], ["plan", case, *_whole_request()]):
        refusal = run(*words).refusal
        assert "drug 'sertralin': it is not in the catalogue" in refusal
        assert "Did you mean sertraline" in refusal
    assert contents(case) == before


def _whole_request() -> list[str]:
    return [
        "--protocol", "iTBS-600", "--target", "fox-2013", "--coil", "magventure-c-b60",
        "--stimulator", "magventure-magpro-x100", "--start", "2026-03-16",
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["assess", "plan"])
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda chart: chart.write_bytes(b""), "the chart is empty"),
        (lambda chart: chart.unlink(), "there is no chart.jsonl in this folder"),
        (
            lambda chart: chart.write_bytes(chart.read_bytes()[2000:]),
            "the chart is broken at line 1",
        ),
        (
            lambda chart: chart.write_bytes(chart.read_bytes().replace(b'"severe"', b'"mild"')),
            "the chart is broken at line 2: it was edited",
        ),
        (lambda chart: chart.write_text("hello\n"), "the chart is broken at line 1: it is not"),
        (lambda chart: chart.write_bytes(b"\xff\xfe\x00"), "the chart is broken at line 1"),
        (lambda chart: (chart.unlink(), chart.mkdir()), "there is no chart.jsonl"),
    ],
)
def test_a_chart_that_cannot_be_used_is_refused_and_left_alone(
    command: str, spoil: object, said: str, tmp_path: Path
) -> None:
    case = copied_case("clear-candidate", tmp_path)
    assert callable(spoil)
    spoil(case / "chart.jsonl")
    before = contents(tmp_path)
    assert said in run(command, case).refusal
    assert contents(tmp_path) == before


def test_a_file_or_nothing_instead_of_a_case_is_refused(tmp_path: Path) -> None:
    chart = EXAMPLES / "clear-candidate" / "chart.jsonl"
    assert "this is a file, not a case" in run("assess", chart).refusal
    assert "there is no such folder" in run("assess", tmp_path / "nobody").refusal


HISTORY = """\
Episode: since March 2024, severe, not psychotic, never had ECT, no augmentation
Zoloft 50->150 mg, Mar-Sep 2024, no response, weight gain, taken as prescribed, this episode
Effexor XR 150 mg, 8 weeks, failed, taken as prescribed, this episode
"""


def history(tmp_path: Path, text: str = HISTORY) -> Path:
    path = tmp_path / "history.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_typed_history_is_shown_as_understood_and_judged(tmp_path: Path) -> None:
    done = run("assess", "--history", history(tmp_path), "--on", "2026-06-30", "--steps")
    text = " ".join(done.out.split())
    assert "doses one after the other: 50, 150 mg" in text
    assert "Treatment-resistant depression (two failures): met" in text
    assert "Maudsley stage 8 of 15 (moderate)" in text
    assert "Sum: 8 of 15, moderate" in text
    assert "Fekadu 2018" in text
    assert "Not understood" not in text


def test_a_typed_history_as_json_carries_lines_steps_and_codes(tmp_path: Path) -> None:
    told = run("assess", "--history", history(tmp_path), "--on", "2026-06-30", "--json").json
    assert [line["read"] for line in told["lines"]] == [True, True, True]
    assert told["lines"][1]["understood"][0] == {
        "words": "Zoloft", "meaning": "the treatment sertraline",
    }  # fmt: skip
    assert told["trials"][0]["atc"] == "N06AB06"
    assert told["trials"][0]["began"] == {"earliest": "2024-03-01", "latest": "2024-03-31"}
    assert told["trials"][0]["side_effects"] == ["weight gain"]
    assert all(step["source"] for step in told["maudsley"]["steps"])
    assert told["findings"] == []


def test_lines_that_cannot_be_read_are_told_and_leave_the_result_open(tmp_path: Path) -> None:
    path = history(tmp_path, HISTORY + "Prozak 20 mg, 8 weeks, purple elephants\n")
    told = run("assess", "--history", path, "--on", "2026-06-30", "--json").json
    assert "Did you mean fluoxetine" in told["findings"][0]["message"]
    assert told["missing"][0].startswith("what line 4 means")
    assert "could not be read" in run("assess", "--history", path, "--on", "2026-06-30").out


def test_the_page_for_the_talk_is_written_for_a_case_and_for_a_history(tmp_path: Path) -> None:
    page = tmp_path / "talk.html"
    run("assess", EXAMPLES / "clear-candidate", "--talk", page)
    assert "SYNTHETIC PATIENT" in page.read_text(encoding="utf-8")
    run("assess", "--history", history(tmp_path), "--on", "2026-06-30", "--talk", page)
    assert "weight gain" in page.read_text(encoding="utf-8")


def test_what_cannot_be_assessed_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = history(tmp_path)
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n", encoding="utf-8")
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    assert "Name the folder of a case" in run("assess").refusal
    assert "both are named" in run("assess", EXAMPLES / "intolerance", "--history", path).refusal
    assert "no such file" in run("assess", "--history", tmp_path / "none.txt").refusal
    assert "one line for each treatment" in run("assess", "--history", empty).refusal
    assert "Save it as plain text" in run("assess", "--history", binary).refusal
    assert "is not a date" in run("assess", "--history", path, "--on", "tomorrow").refusal
    assert ".pdf nor in .html" in run("assess", "--history", path, "--talk", path).refusal
