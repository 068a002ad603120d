"""`euthymia protocol` and the lists of ids."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest
from cli_samples import changed, contents, run

from euthymia.plan.protocol.catalogue import catalogue, entry
from euthymia.plan.protocol.schema import from_json


def test_every_protocol_of_the_catalogue_is_listed() -> None:
    shown = run("protocol", "list").out
    listed = run("protocol", "list", "--json").json["protocols"]
    assert [each["id"] for each in listed] == [each.id for each in catalogue()]
    assert all(each.id in shown for each in catalogue())
    assert [each["timing"] is None for each in listed] == [bool(e.missing) for e in catalogue()]


@pytest.mark.parametrize("protocol_id", [each.id for each in catalogue()])
def test_every_protocol_can_be_shown(protocol_id: str) -> None:
    assert protocol_id in run("protocol", "show", protocol_id).out
    told = run("protocol", "show", protocol_id.lower(), "--json").json
    assert told["name"] == protocol_id
    assert (told["protocol"] is None) is bool(entry(protocol_id).missing)


def test_what_is_exported_is_the_protocol_and_fits_the_printed_schema(tmp_path: Path) -> None:
    schema = run("protocol", "schema").json
    out = tmp_path / "deep" / "mine.json"
    assert run("protocol", "export", "BILAT-seq").code == 2
    done = run("protocol", "export", "SNT", "--out", out)
    assert (done.code, done.out) == (0, "")
    jsonschema.validate(json.loads(out.read_text()), schema)
    assert from_json(out.read_text()) == entry("SNT").build()
    assert from_json(run("protocol", "export", out).out) == entry("SNT").build()
    assert out.stat().st_mode & 0o777 == 0o644 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask & 0o022


def test_a_check_of_an_id_and_of_its_file_find_the_same(tmp_path: Path) -> None:
    out = tmp_path / "mine.json"
    run("protocol", "export", "HF10-19", "--out", out)
    options = ["--rmt", 52, "--coil", "magventure-c-b60", "--json"]
    by_id = run("protocol", "check", "HF10-19", *options).json
    by_file = run("protocol", "check", out, *options).json
    assert by_id["findings"] == by_file["findings"]
    assert by_id["gravest"] == "acknowledge"
    assert by_id["thresholds"] == [{"of": "rmt_hand", "pct_mso": 52.0, "by_visual_twitch": False}]


def test_a_check_tells_what_a_visual_threshold_changes() -> None:
    plain = run("protocol", "check", "HF10-19", "--rmt", 52).out
    visual = run("protocol", "check", "HF10-19", "--rmt", 52, "--visual").out
    assert "visible twitches" not in plain
    assert "visible twitches" in visual


def test_a_stop_is_shown_and_the_exit_code_stays_0() -> None:
    done = run("protocol", "check", "HF10-19", "--rmt", 99, "--stimulator", "magstim-rapid2-240v")
    assert done.code == 0
    assert "STOP" in done.out
    adjusted = run("protocol", "check", "SNT", "--rmt", 50, "--rmt-depth-adjusted", 60, "--json")
    assert adjusted.json["gravest"] != "stop"


@pytest.mark.parametrize("zoom", ["session", "train", "burst", "all"])
def test_a_protocol_is_drawn_at_every_zoom(zoom: str, tmp_path: Path) -> None:
    svg = run("protocol", "draw", "iTBS-600", "--zoom", zoom).out
    assert svg.startswith("<svg")
    out = tmp_path / "itbs.svg"
    done = run("protocol", "draw", "iTBS-600", "--zoom", zoom, "--out", out)
    assert (done.code, done.out) == (0, "")
    assert out.read_text().strip() == svg.strip()
    told = run("protocol", "draw", "iTBS-600", "--zoom", zoom, "--json").json
    assert told["svg"].strip() == svg.strip()


@pytest.mark.parametrize("group", ["coil", "target", "stimulator"])
def test_the_ids_that_other_commands_take_are_listed(group: str) -> None:
    told = run(group, "list", "--json").json
    first = next(iter(told.values()))
    shown = run(group, "list").out
    assert first
    assert all(each["id"] in shown for each in first)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "iTBS-6000"], "protocol 'iTBS-6000': it is not in the catalogue. Choose one of"),
        (["check", "HF10-19", "--stimulator", "magic"], "stimulator 'magic': it is not known"),
        (["check", "HF10-19", "--coil", "magic"], "coil 'magic': the catalogue has no such coil"),
        (["check", "HF10-19", "--coil", "no/such.ccd"], "there is no such file"),
        (["check", "HF10-19", "--rmt", "140"], "is not above 0 and up to 100"),
        (["check", "HF10-19", "--rmt", "nan"], "is not above 0 and up to 100"),
        (["check", "HF10-19", "--intensity", "-5"], "is not above zero"),
        (["check", "VA-4000"], "not all of it is published or was read"),
        (["draw", "LF1-R", "--block", "2"], "--block 2: LF1-R has 1 block(s)"),
        (["draw", "LF1-R", "--out", "x.png"], "its name has another ending. Let it end in .svg"),
        (["show", "nowhere.json"], "nowhere.json: there is no such file"),
    ],
)
def test_what_does_not_exist_is_refused(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in run("protocol", *words).refusal
    assert contents(tmp_path) == {}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    out = tmp_path / "mine.json"
    run("protocol", "export", "iTBS-600", "--out", out)
    return out


def _first(data: dict[str, object]) -> dict[str, object]:
    steps = data["steps"]
    assert isinstance(steps, list)
    step = steps[0]
    assert isinstance(step, dict)
    return step


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: {**data, "extra": 1}, "extra is not a key of this format"),
        (lambda data: {**data, "euthymia_protocol": 9}, "euthymia_protocol must be 1"),
        (lambda data: {**data, "steps": []}, "steps is empty"),
        (lambda data: _first(data).update(train_count=0) or data, "steps.0.train_count"),
        (lambda data: _first(data).update(train_count=10**9) or data, "pulses in one session"),
        (lambda data: [data], "must be an object"),
        (lambda data: {**data, "steps": [{"kind": "song"}]}, "must be of kind 'block' or 'pause'"),
    ],
)
@pytest.mark.parametrize("command", ["show", "check", "draw", "export"])
def test_a_file_that_violates_the_schema_is_refused(
    command: str, spoil: object, said: str, mine: Path
) -> None:
    assert callable(spoil)
    changed(mine, spoil)
    before = contents(mine.parent)
    refusal = run("protocol", command, mine).refusal
    assert said in refusal
    assert "mine.json" in refusal
    assert contents(mine.parent) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"{", "it is not JSON"),
        (b"\xff\xfe", "it is not a text file"),
        (b'{"euthymia_protocol": NaN}', "NaN"),
    ],
)
def test_a_file_that_is_no_json_is_refused(content: bytes, said: str, mine: Path) -> None:
    mine.write_bytes(content)
    assert said in run("protocol", "check", mine).refusal


def test_a_folder_instead_of_a_protocol_is_refused(tmp_path: Path) -> None:
    assert "this is a folder" in run("protocol", "show", tmp_path).refusal
