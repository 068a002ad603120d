"""`euthymia evidence`, as its users run it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from euthymia.cli.main import app

run = CliRunner()


def test_the_list_shows_null_trials_beside_the_others() -> None:
    shown = run.invoke(app, ["evidence", "list", "--json"])
    assert shown.exit_code == 0
    results = {row["id"]: row["result"] for row in json.loads(shown.stdout)["trials"]}
    assert results["yesavage-2018"] == "no difference"
    assert results["cole-2022"] == "better"


def test_claims_come_with_strength_and_sources() -> None:
    shown = run.invoke(app, ["evidence", "claims"])
    assert shown.exit_code == 0
    assert "Senova 2019" in shown.stdout
    assert "not shown" in shown.stdout


def test_pooling_prints_every_estimator_and_draws_both_plots(tmp_path: Path) -> None:
    forest, funnel = tmp_path / "forest.svg", tmp_path / "funnel.svg"
    plots = ["--forest", str(forest), "--funnel", str(funnel)]
    shown = run.invoke(app, ["evidence", "pool", "response", "--as", "odds", *plots])
    assert shown.exit_code == 0
    for name in ("REML", "Paule-Mandel", "DerSimonian-Laird", "Mantel-Haenszel", "Peto"):
        assert name in shown.stdout
    for picture in (forest, funnel):
        root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
        assert root.tag.endswith("svg")
        assert "Herwig 2007" in picture.read_text(encoding="utf-8")


def test_own_counts_are_pooled_and_a_bad_line_is_named(tmp_path: Path) -> None:
    good = tmp_path / "mine.csv"
    good.write_text(
        "study,events,treated,control_events,control\nA,10,20,5,20\nB,0,9,0,9\n", encoding="utf-8"
    )
    shown = run.invoke(app, ["evidence", "pool", "--counts", str(good), "--json"])
    assert shown.exit_code == 0
    data = json.loads(shown.stdout)
    assert data["left_out"] == ["B"]
    assert data["pooled"]["value"] == pytest.approx(3.0)
    good.write_text(
        "study,events,treated,control_events,control\nA,10,20,5,20\nB,12,9,0,9\n", encoding="utf-8"
    )
    refused = run.invoke(app, ["evidence", "pool", "--counts", str(good)])
    assert refused.exit_code == 2
    assert "12 of 9 cannot be" in refused.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no column study"),
        ("study,events,treated,control_events,control\nA,x,2,1,2\n", "line 2"),
    ],
)
def test_a_file_that_is_no_table_of_counts_is_refused(
    tmp_path: Path, content: str, says: str
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(content, encoding="utf-8")
    refused = run.invoke(app, ["evidence", "pool", "--counts", str(bad)])
    assert refused.exit_code == 2
    assert says in refused.stderr


def test_an_indication_without_trials_is_refused_with_those_that_have_some() -> None:
    refused = run.invoke(app, ["evidence", "list", "--indication", "gout"])
    assert refused.exit_code == 2
    assert "depression" in refused.stderr
