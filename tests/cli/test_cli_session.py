"""Sessions, thresholds and devices on the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_samples import AUTHOR, new_case, run, run_apart
from typer.testing import CliRunner

from euthymia.assess.safety.session_rules import session_rules
from euthymia.chart import ledger
from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.patient_facts import MotorThresholdMeasured, ThresholdMethod
from euthymia.chart.session_sink import documents_of
from euthymia.cli.clock import SystemClock, prompt_scheduling
from euthymia.cli.keyboard import KeyboardOperator
from euthymia.cli.main import app
from euthymia.core.errors import InputError
from euthymia.core.poses import COLIN27, Pose
from euthymia.plan.dose.values import Observation
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.session.documents import SessionStarted
from euthymia.treat.session.journal import open_session
from euthymia.treat.session.operator import DayQuestion, Request

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SESSION = ("--protocol", "iTBS-600", "--output", "60")
FAST = ("--fast", "--yes")


THRESHOLD = MotorThresholdMeasured(
    measured_on=AT.date(),
    intensity_pct_mso=50.0,
    state="resting",
    method=ThresholdMethod.BAYESIAN,
    observation=Observation.EMG,
    muscle="right FDI",
    stimulator="s",
    coil="c",
)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A case of which nothing but the patient is known."""
    return new_case(tmp_path / "case", AT)


@pytest.fixture
def case(bare: Path) -> Path:
    """A case with a motor threshold, without which the safety rules allow no session."""
    at = AT + timedelta(minutes=1)
    Case.open(bare).record(
        THRESHOLD, id="00000000-0000-0000-0000-0000000000aa", at=at, author=AUTHOR
    )
    return bare


def test_a_dry_run_tells_the_plan_and_touches_nothing(case: Path) -> None:
    before = (case / CHART_NAME).read_bytes()
    told = run("session", "dry-run", case, *SESSION, "--json").json
    assert (told["session"], told["trains"], told["pulses"]) == (1, 20, 600)
    assert told["steps"][-1] == "disarm, and close the record"
    assert (case / CHART_NAME).read_bytes() == before
    assert [path.name for path in case.iterdir()] == [CHART_NAME]


def test_a_fast_session_is_on_record_train_by_train(case: Path) -> None:
    told = run("session", "run", case, *SESSION, *FAST, "--json").json
    assert (told["status"], told["delivered_pulses"], told["simulated"]) == ("completed", 600, True)
    assert len(told["trains"]) == 20
    assert ledger.verify(case / CHART_NAME).broken is None
    again = run("session", "run", case, *SESSION, *FAST, "--json").json
    assert again["session"] == 2
    course = run("session", "show", case, "--json").json
    assert course["delivered_pulses"] == 1_200
    one = run("session", "show", case, "--session", "2")
    assert "600 of 600 given" in one.out


def test_a_ramp_lowers_the_first_session_and_says_so(case: Path) -> None:
    told = run("session", "dry-run", case, *SESSION, "--ramp", "--json").json
    assert told["outputs_pct_mso"] == [48.0]
    assert told["findings"][0]["code"] == "session.ramp"


def test_the_output_follows_from_the_charts_threshold(case: Path) -> None:
    told = run("session", "dry-run", case, "--protocol", "iTBS-600", "--json").json
    assert told["outputs_pct_mso"] == [60.0]


def test_the_safety_rules_allow_no_session_before_a_threshold_is_measured(bare: Path) -> None:
    ended = run("session", "run", bare, *SESSION, *FAST)
    assert ended.code == 2
    assert "The answers of the day speak against it" in ended.err
    assert len(Case.open(bare).chart.entries) == 1
    refused = run("session", "run", bare, "--protocol", "iTBS-600", *FAST).refusal
    assert "the threshold is not known" in refused


def test_the_questions_of_the_day_stand_in_the_plan_and_in_the_record(case: Path) -> None:
    told = run("session", "dry-run", case, *SESSION, "--json").json
    assert sum(step.startswith("ask: ") for step in told["steps"]) >= 5
    run("session", "run", case, *SESSION, *FAST)
    started = documents_of(Case.open(case).chart)[0]
    assert isinstance(started, SessionStarted)
    assert set(started.answers) == {question.id for question in session_rules().question}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("run", *SESSION, "--device", "room-1"), "real stimulators are off"),
        (("run", *SESSION, "--device", "room-1", "--yes"), "a person who answers"),
        (("run", *SESSION, "--poses", "simulated"), "Give --pose FILE"),
        (("run", "--protocol", "no-such", "--output", "50"), "not in the catalogue"),
        (("run", "--protocol", "iTBS-600", "--output", "150"), "not within 0 to 100"),
        (("dry-run",), "Give --protocol"),
        (("dry-run", *SESSION, "--session", "0"), "there is no session 0"),
        (("resume",), "no session is open"),
        (("show", "--session", "9"), "no such session"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_sentence(
    case: Path, words: tuple[str, ...], problem: str
) -> None:
    assert problem in run("session", words[0], case, *words[1:]).refusal


def test_time_is_not_simulated_for_a_real_patient(tmp_path: Path) -> None:
    real = new_case(tmp_path / "real", AT, synthetic=False)
    assert "this patient is real" in run("session", "run", real, *SESSION, *FAST).refusal


def test_a_session_without_an_answer_is_not_begun(case: Path) -> None:
    ended = run("session", "run", case, *SESSION, "--fast")
    assert ended.code == 2
    assert "nobody answers it" in ended.err
    assert len(Case.open(case).chart.entries) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_session_that_is_killed_is_taken_up_and_closed(
    case: Path, ending: signal.Signals
) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "euthymia.cli", "session", "run", case, *SESSION, "--yes"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while b"train_intended" not in (case / CHART_NAME).read_bytes():
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    # About the first train, whose two seconds begin about a second after this; the whole session
    # takes minutes, so that it is under way however late this process is woken.
    time.sleep(0.6)
    os.kill(running.pid, ending)
    running.communicate(timeout=300)
    assert running.returncode != 0
    assert open_session(documents_of(Case.open(case).chart)) is not None
    refusal = run("session", "run", case, *SESSION, *FAST).refusal
    assert "it is still open" in refusal
    told = run_apart("session", "resume", case, "--close", "--yes", "--json").json
    assert told["status"] in ("partial", "not given")
    assert told["findings"][-1]["code"] in ("dose.remainder", "dose.not-given")
    assert ledger.verify(case / CHART_NAME).intact


def test_a_session_with_a_simulated_hand_records_how_far_the_coil_was(
    case: Path, tmp_path: Path
) -> None:
    import json  # noqa: PLC0415

    pose = Pose(np.eye(3), np.array([-38.0, 44.0, 66.0]), COLIN27)
    path = tmp_path / "pose.json"
    path.write_text(json.dumps(pose.to_json()), encoding="utf-8")
    words = ("--poses", "simulated", "--pose", path)
    told = run("session", "run", case, *SESSION, *FAST, *words, "--json").json
    assert 0.2 < told["pose_mean_mm"] < 3.0
    assert (
        "--poses nonsense"
        in run(
            "session", "run", case, *SESSION, *FAST, "--poses", "nonsense", "--pose", path
        ).refusal
    )


def test_an_adverse_event_is_recorded_with_its_grade_relation_and_action(case: Path) -> None:
    words = ("--event", "headache", "--severity", "mild", "--author", "Ann")
    run("session", "adverse", case, *words, "--related", "probable", "--action", "rest")
    (event,) = Case.open(case).chart.adverse_events
    assert (event.fact.severity, event.fact.related, event.fact.action) == (
        "mild",
        "probable",
        "rest",
    )
    bad = ("--event", "headache", "--severity", "huge", "--author", "Ann")
    assert "not one of the choices" in run("session", "adverse", case, *bad).refusal


# --- threshold ----------------------------------------------------------------------------------


def answered(words: list[object], typed: str) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], input=typed)


def test_a_simulated_patients_threshold_is_found() -> None:
    told = run("threshold", "--simulate", "52", "--json").json
    assert told["threshold_pct_mso"] == pytest.approx(52, rel=0.25)
    assert told["low_pct_mso"] < told["threshold_pct_mso"] < told["high_pct_mso"]
    assert told["simulated"]


@pytest.mark.parametrize("method", ["bayesian", "ml-pest", "5of10"])
def test_a_threshold_is_typed_and_recorded(case: Path, method: str) -> None:
    words = ["threshold", case, "--method", method, "--author", "Ann", "--stimulator", "s"]
    words += ["--coil", "c", "--json", "--emg", "--start", "50"]
    typed = "80\n" * 8 + "20\n" * 30
    ended = answered(words, typed)
    assert ended.exit_code == 0, ended.output[-300:]
    *_, found = Case.open(case).chart.motor_thresholds
    recorded = {"5of10": "relative_frequency"}.get(method, method.replace("-", "_"))
    assert found.fact.method.value == recorded
    assert found.fact.observation is Observation.EMG


def test_undo_takes_the_last_answer_back_and_noise_is_asked_again(case: Path) -> None:
    typed = "y\nn\nhm\nu\nn\ny\nq\n"
    ended = answered(["threshold", "--twitch", "--json", "--start", "60"], typed)
    import json  # noqa: PLC0415

    told = json.loads(ended.stdout)
    assert [trial["answered"] for trial in told["trials"]] == [True, False, True]
    assert told["emg_equivalent_pct_mso"] < told["threshold_pct_mso"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--twitch", "--emg"), "Choose one"),
        (("--author", "Ann"), "Give CASE"),
        (("--prior", "chart"), "no earlier threshold"),
        (("--prior", "nonsense"), "it is not known"),
        ((), "the answers have ended"),
    ],
)
def test_a_search_that_cannot_be_is_refused(words: tuple[str, ...], problem: str) -> None:
    ended = answered(["threshold", *words], "")
    assert ended.exit_code == 2
    assert problem in ended.stderr


def test_the_coil_is_led_to_the_hot_spot_and_a_slip_is_taken_back() -> None:
    import json  # noqa: PLC0415

    from euthymia.treat.threshold.hotspot import HotSpotSearch, SpotTrial  # noqa: PLC0415

    trials: list[SpotTrial] = []
    typed = "9999\nnoise\nu\n"
    while (advice := HotSpotSearch().advise(trials)).next_place is not None:
        x, y = advice.next_place
        amplitude = float(round(900 * np.exp(-((x - 10) ** 2 + (y + 5) ** 2) / 200)))
        trials.append(SpotTrial(advice.next_place, amplitude))
        typed += f"{amplitude:g}\n"
    ended = answered(["hotspot", "--json"], typed)
    told = json.loads(ended.stdout)
    assert told["found"]
    assert told["best_mm"] == [10.0, -5.0]
    assert told["pulses"] == len(trials)
    stopped = answered(["hotspot"], "0\nq\n")
    assert stopped.exit_code == 2
    assert "Raise the output" in stopped.stderr


# --- devices, keyboard, clock -------------------------------------------------------------------


def test_the_drivers_are_listed_with_what_they_refuse() -> None:
    told = run("device", "list", "--json").json
    assert {each["id"] for each in told["drivers"]} == {
        "magstim-bistim",
        "magstim-rapid2",
        "magventure",
    }
    assert all(each["refuses"] and each["sources"] for each in told["drivers"])


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_an_emulated_device_prints_its_port_and_ends(case: Path) -> None:
    told = run_apart("device", "emulate", "magventure", "--seconds", "0.1")
    assert told.code == 0
    assert told.out.startswith("/dev/")
    assert "not known here" in run("device", "emulate", "nonsense").refusal


def test_the_keyboard_hears_every_line_that_was_typed_at_once() -> None:
    read, write = os.pipe()
    os.write(write, b"p\ng\n\nwhat\ns\n")
    clock = SimulatedClock(AT)
    with os.fdopen(read) as stream:
        operator = KeyboardOperator(clock, assume_yes=False, stream=stream)
        clock.sleep_until(5.0)
        found = [operator.request() for _ in range(4)]
        assert found == [Request.PAUSE, Request.GO_ON, Request.STOP, None]
        assert operator.seen_s() == 5.0
        assert operator.permits(None)  # type: ignore[arg-type]
        assert not operator.permits(None)  # type: ignore[arg-type]
        os.write(write, b"maybe\ny\nno\n")
        assert operator.confirm("Well?")
        asked = operator.answer([DayQuestion("slept", "Slept?")])
        assert asked == {"slept": "no"}
        os.close(write)
        with pytest.raises(InputError, match="nobody answers"):
            operator.confirm("Still there?")


def test_the_system_clock_wakes_at_the_moment_it_was_told() -> None:
    clock = SystemClock()
    assert clock.local().utcoffset() is not None
    with prompt_scheduling():
        at_s = clock.now_s() + 0.02
        clock.sleep_until(at_s, exact=True)
        assert clock.now_s() >= at_s
