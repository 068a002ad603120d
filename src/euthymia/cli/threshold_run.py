"""The search for a threshold at a keyboard, or on a simulated patient, and its record."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np

from euthymia.chart.case import Case
from euthymia.chart.envelope import Author
from euthymia.chart.threshold_inputs import last_threshold, threshold_fact
from euthymia.cli.findings import finding_list
from euthymia.cli.options import now
from euthymia.cli.output import Cell, facts, remark, section, show, title, write_json
from euthymia.cli.plain import findings_data
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.quantities import Estimate
from euthymia.plan.dose.values import Observation
from euthymia.treat.threshold.drift import Threshold, drift_findings, emg_equivalent
from euthymia.treat.threshold.method import Advice, Trial
from euthymia.treat.threshold.method import ThresholdMethod as Method
from euthymia.treat.threshold.named import FROM_CHART, method_named
from euthymia.treat.threshold.rules import threshold_rules
from euthymia.treat.threshold.simulate import SimulatedPatient


@dataclass(frozen=True, slots=True)
class Options:
    """What the command was given."""

    case: Path | None
    method: str
    twitch: bool
    emg: bool
    start: float | None
    prior: str
    muscle: str
    stimulator: str | None
    coil: str | None
    author: str | None
    role: str
    simulate: float | None
    as_json: bool

    @property
    def observation(self) -> Observation:
        return Observation.VISUAL if self.twitch else Observation.EMG


def run(options: Options) -> None:
    """The whole search, its result on the screen, and its entry if one is asked for."""
    _refuse_contradictions(options)
    opened = Case.open(options.case) if options.case else None
    before = last_threshold(opened.chart) if opened else None
    method = _method(options, before)
    ask = _patient(options.simulate) if options.simulate is not None else _keyboard(options)
    trials, advice = _search(method, ask)
    if advice.estimate is None:
        raise InputError(
            "motor threshold",
            f"none was found ({advice.reason})",
            "Look for the hot spot again, or begin at another output",
        )
    measured = _measured(options, advice.estimate)
    drift = drift_findings(before, measured) if before is not None else ()
    entry = _record(opened, options, measured, len(trials)) if opened and options.author else None
    _show(options, measured, trials, advice, drift, entry)


def _refuse_contradictions(options: Options) -> None:
    if options.twitch and options.emg:
        raise InputError("--twitch and --emg", "an answer is seen or measured", "Choose one")
    if options.author and not (options.case and options.stimulator and options.coil):
        raise InputError(
            "--author", "what is to be recorded is not complete", "Give CASE, --stimulator, --coil"
        )
    if options.simulate is not None and options.author:
        raise InputError("--simulate", "a simulated threshold is nobody's", "Leave --author out")


def _method(options: Options, before: Threshold | None) -> Method:
    if options.prior == FROM_CHART and before is None:
        raise InputError(
            "--prior chart", "the chart holds no earlier threshold", "Use adults, or broad"
        )
    return method_named(
        options.method,
        start_pct=options.start,
        prior=options.prior,
        before=before.pct_mso if before else None,
    )


Ask = Callable[[Advice, int], str | Trial]


def _search(method: Method, ask: Ask) -> tuple[list[Trial], Advice]:
    trials: list[Trial] = []
    while True:
        advice = method.advise(trials)
        if advice.done:
            return trials, advice
        given = ask(advice, len(trials))
        if isinstance(given, Trial):
            trials.append(given)
        elif given == "undo" and trials:
            remark(f"taken back: pulse {len(trials)}")
            trials.pop()
        elif given == "quit":
            return trials, Advice(None, advice.estimate, "ended by hand")


def _patient(threshold_pct: float) -> Ask:
    """A simulated patient who answers by itself."""
    patient, draw = SimulatedPatient(threshold_pct), np.random.default_rng()

    def ask(advice: Advice, number: int) -> Trial:
        assert advice.next_pct_mso is not None
        trial = Trial(advice.next_pct_mso, patient.answers(advice.next_pct_mso, draw))
        answered = "answer" if trial.answered else "none"
        remark(f"pulse {number + 1}: {trial.pct_mso:g} % MSO, {answered}")
        return trial

    return ask


def _keyboard(options: Options) -> Ask:
    wanted = "amplitude in µV" if options.emg else "y/n"

    def ask(advice: Advice, number: int) -> str | Trial:
        assert advice.next_pct_mso is not None
        known = f"; so far {advice.estimate.text()}" if advice.estimate else ""
        sys.stderr.write(
            f"pulse {number + 1}: set {advice.next_pct_mso:g} % MSO{known}. "
            f"Answer ({wanted}, u: undo, q: end): "
        )
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise InputError("the search", "the answers have ended", "Answer until it is done")
        word = line.strip().casefold()
        if word in ("u", "q"):
            return "undo" if word == "u" else "quit"
        return _trial(word, advice.next_pct_mso, options.emg)

    return ask


def _trial(word: str, pct_mso: float, emg: bool) -> str | Trial:
    """What was typed as a trial; an empty word if it says nothing."""
    if not emg:
        return Trial(pct_mso, word == "y") if word in ("y", "n") else ""
    try:
        amplitude = float(word.replace(",", "."))
    except ValueError:
        return ""
    if not 0.0 <= amplitude < 100_000.0:
        return ""
    return Trial(pct_mso, amplitude >= threshold_rules().answer.amplitude_uv, amplitude)


def _measured(options: Options, estimate: Estimate) -> Threshold:
    return Threshold(
        estimate,
        now().date(),
        options.observation,
        options.muscle,
        options.stimulator or "not stated",
        options.coil or "not stated",
    )


def _record(opened: Case, options: Options, measured: Threshold, pulses: int) -> int:
    """The entry's number."""
    fact = threshold_fact(measured, options.method, pulses)
    author = Author(str(options.author), options.role)
    return opened.record(fact, id=str(uuid4()), at=now(), author=author).head.seq


def _show(
    options: Options,
    measured: Threshold,
    trials: list[Trial],
    advice: Advice,
    drift: tuple[Finding, ...],
    entry: int | None,
) -> None:
    estimate = measured.pct_mso
    stands_for = emg_equivalent(estimate) if options.twitch else None
    if options.as_json:
        write_json(
            {
                "threshold_pct_mso": estimate.value,
                "low_pct_mso": estimate.low,
                "high_pct_mso": estimate.high,
                "observation": measured.observation.value,
                "emg_equivalent_pct_mso": stands_for.value if stands_for else None,
                "method": options.method,
                "pulses": len(trials),
                "trials": [
                    {
                        "pct_mso": trial.pct_mso,
                        "answered": trial.answered,
                        "amplitude_uv": trial.amplitude_uv,
                    }
                    for trial in trials
                ],
                "ended": advice.reason,
                "simulated": options.simulate is not None,
                "findings": findings_data(drift),
                "entry": entry,
            }
        )
        return
    rows: list[tuple[str, Cell]] = [
        ("threshold", estimate.text()),
        ("interval", estimate.how),
        ("pulses", f"{len(trials)} ({advice.reason})"),
    ]
    if stands_for is not None:
        source = stands_for.source.short if stands_for.source else ""
        rows.append(
            (
                "by EMG",
                f"on average {stands_for.text()}; shown only, not used ({source})",
            )
        )
    if entry is not None:
        rows.append(("recorded", f"entry {entry}"))
    note = "simulated patient" if options.simulate is not None else measured.observation.value
    show(title("Motor threshold", note), facts(rows))
    if drift:
        show(section("Against the last threshold", finding_list(drift)))
