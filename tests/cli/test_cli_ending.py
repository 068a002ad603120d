"""Every way a command can end: its exit code, and what it says."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_samples import EXAMPLES, run, run_apart
from typer.testing import CliRunner

from euthymia.cli import guard, protocol_view
from euthymia.cli.main import app
from euthymia.cli.output import json_text

HEAVY = ("numpy", "scipy", "numba", "nibabel", "skimage", "typst", "jinja2", "holidays")


def test_help_and_version_are_printed() -> None:
    assert "euthymia plan CASE" in run("--help").out
    assert re.fullmatch(r"euthymia \d+\.\d+\.\d+\S*\n", run("--version").out)
    for group in ("protocol", "head", "chart", "coil", "target", "stimulator", "cache"):
        assert run(group, "--help").code == 0


def test_help_does_not_import_what_it_does_not_need() -> None:
    """Start-up stays quick because commands import their rooms when they run."""
    code = (
        "import sys\nfrom euthymia.cli.main import app\n"
        "from typer.testing import CliRunner\nCliRunner().invoke(app, ['--help'])\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules],"
        " [m for m in sys.modules if m.startswith('euthymia.') and '.cli' not in m"
        " and '.core' not in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["folow"], "No such command 'folow'. Did you mean 'follow'? See: euthymia --help"),
        (["follow"], "Missing argument 'CASE'. See: euthymia follow --help"),
        (["assess"], "neither a case nor a history is named. Name the folder of a case"),
        (["protocol", "show"], "Missing argument 'ID|FILE.json'. See: euthymia protocol show"),
        (["assess", EXAMPLES, "--no-such"], "No such option: --no-such"),
        (["protocol", "draw", "SNT", "--zoom", "near"], "Invalid value for '--zoom'"),
        (["protocol", "check", "SNT", "--rmt", "half"], "Invalid value for '--rmt'"),
        (["assess", EXAMPLES / "intolerance", "--on", "tomorrow"], "--on 'tomorrow': it is not a"),
        (["assess", EXAMPLES / "intolerance", "--on", "20261217"], "Write it as year-month-day"),
        (["assess", EXAMPLES / "intolerance", "--on", "2026-02-30"], "it is not a date"),
    ],
)
def test_wrong_usage_is_one_sentence(words: list[object], said: str) -> None:
    assert said in run(*words).refusal


def test_a_refusal_has_exit_code_2_in_a_process_of_its_own(tmp_path: Path) -> None:
    done = run_apart("assess", tmp_path / "nobody")
    assert "there is no such folder. Name the folder of a case." in done.refusal


def test_debug_shows_the_trace_of_a_refusal_wherever_it_stands(tmp_path: Path) -> None:
    for words in (["--debug", "assess", tmp_path], ["assess", tmp_path, "--debug"]):
        done = run(*words)
        assert done.code == 2
        assert "Traceback" in done.err
        assert done.err.splitlines()[-1].startswith("euthymia: ")


def _broken(error: BaseException) -> object:
    def command() -> None:
        raise error

    return command


def _ended_with(error: BaseException, monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    monkeypatch.setattr(protocol_view, "show_catalogue", _broken(error))
    return CliRunner().invoke(app, ["protocol", "list", *words])


def test_a_bug_is_one_line_that_says_where_to_report_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = _ended_with(KeyError("a secret key"), monkeypatch)
    assert ended.exit_code == guard.BUG
    assert len(ended.stderr.splitlines()) == 1
    assert "this is a bug in Euthymia. Please report it" in ended.stderr
    assert "--debug" in ended.stderr


def test_a_bug_with_debug_shows_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = _ended_with(KeyError("x"), monkeypatch, "--debug")
    assert ended.exit_code == guard.BUG
    assert "Traceback" in ended.stderr
    assert "in command" in ended.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "memory: it does not suffice"),
        (OSError(28, "No space left on device", "/x/y.pdf"), "/x/y.pdf: No space left on device"),
        (PermissionError(13, "Permission denied", "z"), "z: Permission denied"),
    ],
)
def test_what_the_machine_refuses_is_no_bug(
    error: BaseException, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = _ended_with(error, monkeypatch)
    assert ended.exit_code == guard.REFUSED
    assert ended.stderr.startswith(f"euthymia: {said}")


def test_an_interrupt_ends_with_130_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = _ended_with(KeyboardInterrupt(), monkeypatch)
    assert ended.exit_code == guard.INTERRUPTED
    assert len(ended.stderr.splitlines()) == 1
    assert "interrupted" in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_ctrl_c_ends_a_running_command_with_130() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "euthymia.cli", "device", "emulate", "magventure"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("/dev/")  # it runs, until it is told to end
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("euthymia: interrupted")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of another kind")
@pytest.mark.parametrize("words", ["chart schema", "protocol list", "coil list --json"])
def test_a_broken_pipe_is_silent(words: str) -> None:
    """The reader goes away at once; long output breaks while writing, short output at the end."""
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen(
        [sys.executable, "-m", "euthymia.cli", *words.split()],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    _, err = process.communicate(timeout=300)
    assert err == ""
    assert process.returncode in (0, 1)


def test_a_terminal_without_the_letters_gets_question_marks_and_json_stays_whole() -> None:
    shown = run_apart("coil", "list", PYTHONIOENCODING="ascii")
    assert shown.code == 0
    assert "A/?s" in shown.out
    known = run_apart("protocol", "show", "OCD-H7", "--json", PYTHONIOENCODING="ascii")
    assert known.json["name"] == "OCD-H7"


def test_json_holds_no_number_that_json_lacks() -> None:
    told = json.loads(json_text({"a": float("nan"), "b": [float("inf"), (1.5,)]}))
    assert told == {"a": None, "b": [None, [1.5]]}
