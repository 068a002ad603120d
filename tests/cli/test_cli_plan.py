"""`euthymia plan`: one real plan on a coarse head, made once and looked at from all sides."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from cli_samples import (
    AUTHOR,
    EXAMPLES,
    Done,
    coarse_head,
    contents,
    copied_case,
    new_case,
    run,
    run_apart,
    write_coarse_head,
)
from pypdf import PdfReader

from euthymia.chart.case import Case
from euthymia.chart.course_facts import PlanProposed, PlanRequested
from euthymia.cli.cases import case_on
from euthymia.cli.plan_files import PlanFiles
from euthymia.cli.plan_head import plan_head
from euthymia.cli.plan_request import Wishes, with_wishes
from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.core.progress import SILENT
from euthymia.plan.protocol.schema import protocol_schema

CANDIDATE = EXAMPLES / "clear-candidate"
AT = datetime.now().astimezone().replace(microsecond=0) - timedelta(hours=1)
ASKED = PlanRequested(
    protocol="iTBS-600",
    target="fox-2013",
    stimulator="magventure-magpro-x100",
    coil="magventure-c-b60",
    start_on=date(2100, 1, 4),
)


class Bench:
    """A coarse head and a cache that all plans of this file share: its field is solved once."""

    def __init__(self, folder: Path) -> None:
        self.head = write_coarse_head(folder)
        self.cache = folder / "cache"

    def plan(self, *words: object) -> Done:
        return run("plan", *words, "--head", self.head)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def made(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plan of the clear candidate, with what it printed as JSON."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EUTHYMIA_CACHE", str(bench.cache))
        done = bench.plan(CANDIDATE, "--out", folder, "--json")
    assert done.code == 0
    (folder / "stdout.json").write_text(done.out, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _own_cache(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EUTHYMIA_CACHE", str(bench.cache))


# --- made for real ------------------------------------------------------------------------------

real = pytest.mark.xdist_group("cli-plan")


@real
@pytest.mark.slow
def test_a_plan_is_written_and_summed_up(bench: Bench, tmp_path: Path) -> None:
    case = copied_case("clear-candidate", tmp_path)
    chart = contents(case)
    done = bench.plan(case)
    assert done.code == 0
    folder = case / "plan"
    assert set(contents(folder)) == {"plan.pdf", "plan.html", "plan.json", "course.ics"}
    assert len(PdfReader(folder / "plan.pdf").pages) > 3
    assert (folder / "plan.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    told = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    text = " ".join(done.out.split())
    assert "Maudsley stage 9 of 15" in text
    assert f"{told['doses'][0]['setting_pct_mso']:g} %MSO" in text
    assert "2027-01-04 to" in text
    assert str(folder / "plan.pdf") in done.out
    # Nothing else in the case was touched.
    assert {name: digest for name, digest in contents(case).items() if name in chart} == chart


@real
@pytest.mark.slow
def test_the_json_is_the_plan_whole_and_the_same_on_standard_output(made: Path) -> None:
    told = json.loads((made / "stdout.json").read_text(encoding="utf-8"))
    kept = json.loads((made / "plan.json").read_text(encoding="utf-8"))
    assert {key: value for key, value in told.items() if key in kept and key != "files"} == {
        key: value for key, value in kept.items() if key != "files"
    }
    assert set(kept) == {
        "euthymia_plan", "software", "on", "case", "chart", "conclusion", "patient", "request",
        "assessment", "threshold", "placing", "doses", "didt_a_per_us", "protocol", "stimulator",
        "course", "totals", "findings", "files",
    }  # fmt: skip
    for named in told["files"]:
        content = Path(named["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == named["sha256"]
    jsonschema.validate(kept["protocol"]["protocol"], protocol_schema())
    assert len(kept["course"]["sessions"]) == 36
    assert kept["placing"]["pose"]["frame"] == "coarse-test-head"
    assert {found["part"] for found in kept["findings"]} >= {"Protocol", "Head and target"}
    codes = {found["code"] for found in kept["findings"]}
    assert {"head.labels-coarse", "plan.head-not-shown-own"} <= codes
    head = Case.open(CANDIDATE).head
    assert kept["chart"]["last_entry_sha256"] == head.line_sha256
    calendar = (made / "course.ics").read_bytes()
    assert calendar.count(b"BEGIN:VEVENT") == 36
    assert b"\r\n" in calendar
    assert b"SYN-001" not in calendar


@real
@pytest.mark.slow
def test_a_plan_that_is_forbidden_is_written_and_says_so(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "course.ics").write_text("an earlier plan's")
    done = bench.plan(EXAMPLES / "contraindication", "--out", out)
    assert done.code == 0
    text = " ".join(done.out.split())
    assert "STOP: something forbids treatment. Must not go ahead as it stands." in text
    assert "Cochlear implant: excluded" in text
    # A calendar would travel without the plan that forbids it.
    assert set(contents(out)) == {"plan.pdf", "plan.html", "plan.json"}
    assert "removed course.ics of an earlier plan" in text
    told = json.loads((out / "plan.json").read_text())
    assert told["conclusion"]["forbidden"] is True
    assert told["findings"][0]["severity"] == "stop"


@real
@pytest.mark.slow
def test_the_command_line_puts_its_wishes_in_place_of_the_charts(
    bench: Bench, tmp_path: Path
) -> None:
    told = bench.plan(
        CANDIDATE, "--protocol", "iTBS-600", "--start", "2027-02-01", "--out", tmp_path, "--json"
    ).json
    assert told["request"]["protocol"] == "iTBS-600"
    assert told["course"]["first_day"] == "2027-02-01"
    notes = [found for found in told["findings"] if found["code"] == "plan.not-as-requested"]
    assert {found["subject"] for found in notes} == {"protocol", "start"}


@real
@pytest.mark.slow
def test_a_recorded_plan_stands_in_the_chart_with_the_hash_of_its_document(
    bench: Bench, tmp_path: Path
) -> None:
    case = copied_case("clear-candidate", tmp_path)
    entries = len(Case.open(case).chart.entries)
    done = bench.plan(case, "--record", "--author", "Ida Invented", "--role", "psychiatrist")
    assert done.code == 0
    assert f"recorded: entry {entries + 1}" in done.err
    chart = Case.open(case).chart
    proposed = chart.plans[-1].fact
    document = case / "plan" / "plan.pdf"
    assert proposed.file_name == "plan/plan.pdf"
    assert proposed.plan_sha256 == hashlib.sha256(document.read_bytes()).hexdigest()
    assert proposed.summary.startswith("HF10-19; Left DLPFC")
    assert chart.plans[-1].entries[0].author.name == "Ida Invented"
    # Another plan must not take the place of the document that the chart proposes.
    before = contents(case)
    refusal = bench.plan(case, "--protocol", "iTBS-600").refusal
    assert "the chart proposes the plan in this file" in refusal
    assert contents(case) == before
    assert bench.plan(case, "--protocol", "iTBS-600", "--out", tmp_path / "new").code == 0
    calendar = (tmp_path / "new" / "course.ics").read_text()
    assert "SEQUENCE:1" in calendar


@real
@pytest.mark.slow
def test_a_plan_made_twice_is_the_same_document(made: Path, bench: Bench, tmp_path: Path) -> None:
    assert bench.plan(CANDIDATE, "--out", tmp_path).code == 0
    for name in ("plan.pdf", "plan.html"):
        assert (made / name).read_bytes() == (tmp_path / name).read_bytes()


@real
@pytest.mark.slow
def test_a_chart_that_grew_meanwhile_is_not_given_the_plan(
    made: Path, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = copied_case("clear-candidate", tmp_path)

    def slow(*_: object) -> PlanFiles:
        request = Case.open(case).chart.plan_request
        assert request is not None
        Case.open(case).record(request.fact, id="00000000-0000-0000-0000-0000000000ab",
                               at=AT, author=AUTHOR)  # fmt: skip
        return PlanFiles(made, {"plan.pdf": "ab" * 32})

    monkeypatch.setattr("euthymia.cli.plan_run.write_files", slow)
    refusal = bench.plan(case, "--record", "--author", "I", "--role", "psychiatrist").refusal
    assert "the chart was added to while the plan was made" in refusal
    assert Case.open(case).chart.plans == ()


# --- refused before anything is computed --------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--protocol", "HF99"], "protocol 'HF99': it is not in the catalogue"),
        (["--protocol", "VA-4000"], "not all of it is published or was read"),
        (["--target", "mars"], "target 'mars': no such target is published here"),
        (["--coil", "magic"], "coil 'magic': the catalogue has no such coil"),
        (["--stimulator", "magic"], "stimulator 'magic': it is not known here"),
        (["--course", "magic"], "course 'magic': there is no such course"),
        (["--start", "soon"], "--start 'soon': it is not a date"),
        (["--on", "soon"], "--on 'soon': it is not a date"),
        (["--on", "2026-01-01"], "it held nothing yet on 2026-01-01"),
        (["--record"], "whose entry it is, is not said. Add --author NAME and --role ROLE"),
        (["--record", "--author", " ", "--role", "x"], "whose entry it is, is not said"),
        (["--author", "I"], "nothing is to be recorded. Add --record"),
        (
            ["--record", "--author", "I", "--role", "x", "--on", "2026-12-08"],
            "the plan does not know 4 of the chart's entries (after 2026-12-08)",
        ),
        (["--out", "chart.jsonl"], "this is a file, not a folder"),
        (["--out", "chart.jsonl/plan"], "is a file, not a folder"),
        (["--out", "/proc/nowhere/plan"], "nothing can be written there"),
        (["--head", "nowhere.nii.gz"], "nowhere.nii.gz: there is no such file"),
    ],
)
def test_what_cannot_be_planned_is_refused_at_once_and_nothing_is_written(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "/proc" in words[-1] and not Path("/proc/self").exists():
        pytest.skip("no /proc on this system")
    case = copied_case("clear-candidate", tmp_path)
    monkeypatch.chdir(case)
    before = contents(tmp_path)
    assert said in run("plan", case, *words).refusal
    assert contents(tmp_path) == before


def test_a_future_plan_of_a_real_patient_is_not_recorded(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT, ASKED, synthetic=False)
    refusal = run("plan", case, "--on", "2100-01-01", "--record", "--author", "I", "--role", "x")
    assert "the plan is of 2100-01-01" in refusal.refusal


def test_a_chart_without_a_request_needs_all_of_it_on_the_command_line(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT)
    refusal = run("plan", case, "--protocol", "iTBS-600", "--coil", "magventure-c-b60").refusal
    assert "it holds no request for a plan" in refusal
    assert "--target and --stimulator and --start as well" in refusal
    chart, _ = with_wishes(
        Case.open(case).chart,
        Wishes("iTBS-600", "fox-2013", "virtual", "magventure-c-b60", "2027-01-04"),
    )
    assert chart.plan_request is not None
    assert chart.plan_request.fact.start_on == date(2027, 1, 4)


def test_a_course_asked_for_goes_with_its_protocol(tmp_path: Path) -> None:
    asked = ASKED.model_copy(update={"course": "three-d-20"})
    chart = Case.open(new_case(tmp_path / "case", AT, asked)).chart
    other, notes = with_wishes(chart, Wishes(protocol="HF10-19"))
    assert other.plan_request is not None
    assert other.plan_request.fact.course is None
    assert {note.subject for note in notes} == {"protocol", "course"}
    same, notes = with_wishes(chart, Wishes(protocol="iTBS-600"))
    assert same.plan_request is not None
    assert same.plan_request.fact.course == "three-d-20"
    assert notes == ()
    assert with_wishes(chart, Wishes()) == (chart, ())


def test_a_bad_head_is_refused_in_a_process_of_its_own(tmp_path: Path) -> None:
    text = tmp_path / "labels.nii.gz"
    text.write_text("a letter")
    done = run_apart("plan", CANDIDATE, "--head", text, "--out", tmp_path / "out")
    assert "it cannot be read as an image" in done.refusal
    assert not (tmp_path / "out").exists()


# --- whose head it is ---------------------------------------------------------------------------


def test_a_head_that_nothing_shows_to_be_the_patients_must_be_acknowledged(
    bench: Bench, tmp_path: Path
) -> None:
    opened = case_on(new_case(tmp_path / "case", AT), None)
    head, doubts = plan_head(str(bench.head), opened, SILENT)
    assert head.id == coarse_head().id
    assert {d.code: d.severity for d in doubts} == {
        "head.labels-coarse": Severity.CAUTION,
        "plan.head-not-shown-own": Severity.ACKNOWLEDGE,
    }


def test_the_default_head_beside_an_own_image_is_a_caution(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT)
    assert plan_head("default", case_on(case, None), SILENT)[1] == ()
    (case / "T1.nii.gz").write_bytes(b"an image")
    _, doubts = plan_head("default", case_on(case, None), SILENT)
    assert [doubt.code for doubt in doubts] == ["plan.own-image-not-used"]


def test_the_case_own_image_is_what_a_head_is_built_from(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT)
    (case / "T1.nii.gz").write_text("not an image")
    with pytest.raises(InputError, match="it cannot be read as an image"):
        plan_head(None, case_on(case, None), SILENT)


def test_a_plan_in_one_line_fits_the_entry() -> None:
    PlanProposed(plan_sha256="ab" * 32, summary="HF10-19; Left DLPFC; 62 %MSO", software="e")
