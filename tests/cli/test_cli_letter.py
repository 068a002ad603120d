"""`euthymia letter`: a letter as files, and what is open."""

from __future__ import annotations

from pathlib import Path

from cli_samples import EXAMPLES, contents, copied_case, run

CANDIDATE = EXAMPLES / "clear-candidate"


def test_a_letter_is_written_as_pdf_html_and_text(tmp_path: Path) -> None:
    done = run("letter", CANDIDATE, "--payer", "medicare-l34998-l34522", "--out", tmp_path)
    assert done.code == 0
    assert "ready to be signed" in " ".join(done.out.split())
    assert {path.suffix for path in tmp_path.iterdir()} == {".pdf", ".html", ".txt"}
    text = next(tmp_path.glob("*.txt")).read_text(encoding="utf-8")
    assert "I request prior authorisation" in text


def test_the_json_names_the_entries_of_every_statement(tmp_path: Path) -> None:
    told = run("letter", CANDIDATE, "--payer", "centene", "--out", tmp_path, "--json").json
    assert told["statements"]
    assert all(statement["entries"] for statement in told["statements"])
    assert told["ready"] is False
    assert {"who", "what", "why", "rule"} == set(told["tasks"][0])


def test_the_chart_is_not_touched(tmp_path: Path) -> None:
    case = copied_case("clear-candidate", tmp_path)
    before = contents(case)
    run("letter", case, "--payer", "aetna", "--out", tmp_path / "out")
    assert contents(case) == before


def test_a_payer_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    said = run("letter", CANDIDATE, "--payer", "nobody", "--out", tmp_path).refusal
    assert "medicare-l34998-l34522" in said
    assert list(tmp_path.iterdir()) == []


def test_a_payer_whose_rule_has_ended_is_refused_with_its_dates(tmp_path: Path) -> None:
    said = run("letter", CANDIDATE, "--payer", "medicare-noridian", "--out", tmp_path).refusal
    assert "2018-05-14 to 2023-08-19" in said
