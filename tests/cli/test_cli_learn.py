"""`euthymia follow`, `forecast`, `registry` and `virtual`, as their users run them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from euthymia.cli.main import app

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
run = CliRunner()


def test_a_course_is_followed_and_drawn(tmp_path: Path) -> None:
    picture = tmp_path / "course.svg"
    case = str(EXAMPLES / "course-and-after")
    shown = run.invoke(app, ["follow", case, "--on", "2025-10-14", "--draw", str(picture)])
    assert shown.exit_code == 0
    for words in ("invented patient", "usual", "Hutton 2023", "Fitted on 307 patients"):
        assert words in shown.stdout
    drawn = picture.read_text(encoding="utf-8")
    assert "no answer between 2025-09-22 and 2025-10-10" in drawn
    data = json.loads(run.invoke(app, ["follow", case, "--on", "2026-08-10", "--json"]).stdout)
    assert data["synthetic"]
    assert data["forecast"] is None
    assert len(data["after"]["warning"]) == 2


def test_before_treatment_the_forecast_stands_beside_what_is_usual() -> None:
    shown = run.invoke(app, ["follow", str(EXAMPLES / "clear-candidate"), "--json"])
    data = json.loads(shown.stdout)
    assert data["delivered"] == 0
    assert data["forecast"]["response"][1] == pytest.approx(0.51, abs=0.04)
    assert any("beyond what is known" in said for said in data["forecast"]["cautions"])


def test_check_ins_are_forecast_and_a_wrong_answer_is_named() -> None:
    shown = run.invoke(app, ["forecast", "check-ins", "2,2,3,-,3,3,3,3,4,3,4", "--json"])
    assert shown.exit_code == 0
    data = json.loads(shown.stdout)
    assert data["observed"] == 10
    assert data["probabilities"]["much better"] > 1.5 * data["base_rates"]["much better"]
    refused = run.invoke(app, ["forecast", "check-ins", "2,5"])
    assert refused.exit_code == 2
    assert "session 1" in refused.stderr


def test_scores_are_forecast_and_a_wrong_pair_is_named() -> None:
    shown = run.invoke(app, ["forecast", "scores", "0:19,5:15,10:11", "--scale", "PHQ-9"])
    assert shown.exit_code == 0
    assert "response" in shown.stdout
    for typed, says in (("0-19", "no pair"), ("0:19,0:18", "stands twice"), ("0:40", "0 to 27")):
        refused = run.invoke(app, ["forecast", "scores", typed, "--scale", "PHQ-9"])
        assert refused.exit_code == 2
        assert says in refused.stderr
    other = run.invoke(app, ["forecast", "scores", "0:19", "--scale", "BDI-II"])
    assert other.exit_code == 2
    assert "no published course" in other.stderr


def test_a_registry_is_exported_and_summarised_and_a_broken_chart_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    cases = tmp_path / "cases"
    shutil.copytree(EXAMPLES / "course-and-after", cases / "one")
    (cases / "two").mkdir()
    (cases / "two" / "chart.jsonl").write_text("not a chart\n", encoding="utf-8")
    table = tmp_path / "registry.parquet"
    shown = run.invoke(app, ["registry", "export", str(cases), "--out", str(table)])
    assert shown.exit_code == 0
    assert "Left out" in shown.stdout
    data = json.loads(run.invoke(app, ["registry", "summary", str(table), "--json"]).stdout)
    assert data["courses"] == 1
    assert data["synthetic"] == 1
    assert data["response"]["seen"]["events"] == 1
    assert data["patients"] == 1


def test_a_folder_without_charts_and_a_file_that_is_no_registry_are_refused(
    tmp_path: Path,
) -> None:
    out = str(tmp_path / "x.parquet")
    assert run.invoke(app, ["registry", "export", str(tmp_path), "--out", out]).exit_code == 2
    (tmp_path / "x.parquet").write_text("no", encoding="utf-8")
    refused = run.invoke(app, ["registry", "summary", out])
    assert refused.exit_code == 2
    assert "not a Parquet file" in refused.stderr


def test_trials_and_clinics_are_tried_on_invented_patients() -> None:
    trial = run.invoke(
        app, ["virtual", "trial", "--patients", "30", "--trials", "40", "--looks", "2", "--json"]
    )
    assert trial.exit_code == 0
    assert json.loads(trial.stdout)["synthetic"]
    place = run.invoke(
        app, ["virtual", "capacity", "--chairs", "1", "--per-chair", "6", "--referrals", "3"]
    )
    assert place.exit_code == 0
    assert "too many come" in place.stdout
    refused = run.invoke(
        app, ["virtual", "capacity", "--chairs", "0", "--per-chair", "6", "--referrals", "3"]
    )
    assert refused.exit_code == 2
