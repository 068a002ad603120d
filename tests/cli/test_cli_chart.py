"""`euthymia chart`, and cases as they stood on a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cli_samples import EXAMPLES, contents, copied_case, new_case, run

from euthymia.assess.medication.trial import MedicationTrial, StopReason
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.case import Case
from euthymia.chart.patient_facts import MedicationTrialRecorded, ScaleFilled
from euthymia.cli.cases import case_on

CANDIDATE = EXAMPLES / "clear-candidate"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=1)))


def phq9(total: float, on: date) -> ScaleFilled:
    return ScaleFilled(score=ScaleScore("phq9", on, total))


def test_an_intact_chart_is_verified_with_the_anchor_to_note_elsewhere() -> None:
    head = Case.open(CANDIDATE).head
    done = run("chart", "verify", CANDIDATE)
    assert done.code == 0
    assert "intact" in done.out
    # The anchor stands on one line, or nobody could copy it.
    assert f"{head.seq}:{head.line_sha256}" in done.out
    same = run("chart", "verify", CANDIDATE / "chart.jsonl", "--json").json
    assert same["intact"] is True
    assert same["last_entry"] == {"number": head.seq, "sha256": head.line_sha256}
    noted = f"{head.seq}:{head.line_sha256}"
    assert run("chart", "verify", CANDIDATE, "--anchor", noted).code == 0


def test_whole_lines_cut_off_at_the_end_are_found_by_the_anchor(tmp_path: Path) -> None:
    case = copied_case("clear-candidate", tmp_path)
    head = Case.open(case).head
    chart = case / "chart.jsonl"
    chart.write_bytes(b"".join(chart.read_bytes().splitlines(keepends=True)[:-1]))
    assert run("chart", "verify", case).code == 0
    noted = f"{head.seq}:{head.line_sha256}"
    refusal = run("chart", "verify", case, "--anchor", noted).refusal
    assert "although entry 21 was once written" in refusal


@pytest.mark.parametrize("anchor", ["21", "21:abc", "x:" + "a" * 64, "0:" + "a" * 64])
def test_an_anchor_that_is_none_is_refused(anchor: str) -> None:
    assert "anchor" in run("chart", "verify", CANDIDATE, "--anchor", anchor).refusal


def test_a_broken_chart_is_refused_and_told_as_json_all_the_same(tmp_path: Path) -> None:
    case = copied_case("clear-candidate", tmp_path)
    chart = case / "chart.jsonl"
    lines = chart.read_bytes().splitlines(keepends=True)
    chart.write_bytes(b"".join(lines[:5] + lines[6:]))
    before = contents(case)
    refusal = run("chart", "verify", case).refusal
    assert "the chart is broken at line 6: entry 6 is missing before entry 7" in refusal
    assert "5 entries are intact" in refusal
    told = run("chart", "verify", case, "--json")
    assert told.code == 2
    assert told.json["intact"] is False
    assert told.json["broken"]["damage"] == "removed"
    assert contents(case) == before


def test_a_torn_last_entry_is_reported_and_does_not_break_the_chart(tmp_path: Path) -> None:
    case = copied_case("clear-candidate", tmp_path)
    chart = case / "chart.jsonl"
    chart.write_bytes(chart.read_bytes()[:-40])
    before = contents(case)
    done = run("chart", "verify", case)
    assert done.code == 0
    assert "was not written to its end" in done.out
    assert run("chart", "verify", case, "--json").json["intact"] is False
    assert "was not written to its end" in run("assess", case).out
    assert contents(case) == before


def test_a_chart_is_shown_as_it_stands_and_as_it_came_to_be() -> None:
    shown = run("chart", "show", CANDIDATE).out
    assert "sertraline" in shown
    assert "synthetic patient" in shown
    history = run("chart", "show", CANDIDATE, "--history").out
    assert "Amended: entry 4" in " ".join(history.split())
    stands = run("chart", "show", CANDIDATE, "--json").json
    assert stands["patient"]["pseudonym"] == "SYN-001"
    assert len(stands["trials"]) == 6
    assert stands["trials"][1]["entry_ids"] != stands["trials"][2]["entry_ids"]
    entries = run("chart", "show", CANDIDATE, "--history", "--json").json["entries"]
    assert [entry["number"] for entry in entries] == list(range(1, 22))


def test_texts_from_a_chart_are_never_read_as_markup(tmp_path: Path) -> None:
    trial = MedicationTrialRecorded(
        trial=MedicationTrial("sertraline [bold red]x[/] [/]", None, None,
                              stop_reason=StopReason.UNKNOWN)
    )  # fmt: skip
    case = new_case(tmp_path / "case", AT, trial)
    assert "[bold red]x[/] [/]" in " ".join(run("chart", "show", case).out.split())


def test_the_schema_of_entries_is_printed() -> None:
    schema = run("chart", "schema").json
    assert "MedicationTrialRecorded" in schema["$defs"]


# --- a case on a day ----------------------------------------------------------------------------


def test_entries_made_after_the_day_do_not_count(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT, phq9(12, date(2026, 3, 1)))
    later = AT + timedelta(days=7)
    Case.open(case).record(
        phq9(21, date(2026, 3, 9)), id="00000000-0000-0000-0000-0000000000aa", at=later,
        author=Case.open(case).chart.entries[0].author,
    )  # fmt: skip
    then = case_on(case, "2026-03-02")
    assert [found.fact.score.total for found in then.chart.scales] == [12]
    assert (then.head.seq, then.later) == (2, 1)
    assert [finding.code for finding in then.findings] == ["chart.later-entries"]
    now = case_on(case, "2026-03-09")
    assert [found.fact.score.total for found in now.chart.scales] == [12, 21]
    assert now.findings == ()
    shown = run("assess", case, "--on", "2026-03-02")
    assert "entries made after the day" in " ".join(shown.out.split())


def test_a_synthetic_patient_is_worked_out_for_the_day_of_the_last_entry(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT)
    assert case_on(case, None).on == AT.date()
    assert "--on" in case_on(case, None).remark
    real = new_case(tmp_path / "real", AT, synthetic=False)
    assert case_on(real, None).on == datetime.now().astimezone().date()
    assert case_on(real, None).remark == ""


def test_a_day_before_the_first_entry_is_refused(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT)
    refusal = run("assess", case, "--on", "2025-12-31").refusal
    assert "it held nothing yet on 2025-12-31; its first entry was made on 2026-03-02" in refusal


def test_a_day_that_lies_ahead_is_used_and_said_to_lie_ahead(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT, synthetic=False)
    done = run("assess", case, "--on", "2100-01-01")
    assert done.code == 0
    assert "2100-01-01 lies ahead of today" in done.err
