"""EMG traces to amplitudes, the search for the hot spot, and thresholds over a course."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.core.quantities import Estimate
from euthymia.plan.dose.values import Observation
from euthymia.treat.threshold.drift import (
    Threshold,
    drift_findings,
    emg_equivalent,
)
from euthymia.treat.threshold.emg import EmgTrace, TraceCutter, Verdict, read_mep, read_traces
from euthymia.treat.threshold.hotspot import HotSpotSearch, SpotTrial

RATE_HZ = 5_000.0


def trace(
    amplitude_uv: float, noise_uv: float = 3.0, *, at_ms: float = 22.0, seed: int = 0
) -> EmgTrace:
    """A synthetic trace: noise, an artefact at the pulse, one biphasic answer."""
    draw = np.random.default_rng(seed)
    times = (np.arange(1_000) - 500) / RATE_HZ * 1e3
    samples = noise_uv * draw.standard_normal(1_000)
    samples += 2_000 * np.exp(-np.maximum(times, 0) / 0.8) * (times >= 0)
    wave = np.sin(2 * np.pi * (times - at_ms) / 10) * ((times >= at_ms) & (times < at_ms + 10))
    return EmgTrace(samples + amplitude_uv / 2 * wave, RATE_HZ, 500)


@pytest.mark.parametrize("amplitude", [80.0, 200.0, 1_500.0])
def test_an_answer_is_read_with_its_amplitude_and_latency(amplitude: float) -> None:
    reading = read_mep(trace(amplitude, noise_uv=1.0))
    assert reading.verdict is Verdict.ANSWER
    assert reading.amplitude_uv == pytest.approx(amplitude, abs=8)
    assert reading.latency_ms == pytest.approx(24.5, abs=2.5)


def test_noise_alone_is_no_answer() -> None:
    reading = read_mep(trace(0.0))
    assert reading.verdict is Verdict.NO_ANSWER
    assert reading.counts


def test_a_muscle_that_was_not_at_rest_does_not_count() -> None:
    reading = read_mep(trace(300.0, noise_uv=30.0))
    assert reading.verdict is Verdict.DISCARD
    assert "not at rest" in reading.reason


def test_an_artefact_that_reaches_into_the_window_does_not_count() -> None:
    clean = trace(0.0)
    times = (np.arange(1_000) - 500) / RATE_HZ * 1e3
    slow = clean.samples_uv + 4_000 * np.exp(-np.maximum(times, 0) / 8) * (times >= 0)
    reading = read_mep(replace(clean, samples_uv=slow))
    assert reading.verdict is Verdict.DISCARD
    assert "artefact" in reading.reason


def test_a_trace_that_the_amplifier_cut_off_does_not_count() -> None:
    clean = trace(900.0, noise_uv=1.0)
    reading = read_mep(replace(clean, samples_uv=np.clip(clean.samples_uv, -300, 300)))
    assert reading.verdict is Verdict.DISCARD
    assert "cut" in reading.reason


@given(st.floats(60, 3_000), st.floats(-200, 200))
def test_the_amplitude_does_not_depend_on_an_offset(amplitude: float, offset: float) -> None:
    clean = trace(amplitude, noise_uv=1.0)
    moved = replace(clean, samples_uv=clean.samples_uv + offset)
    assert read_mep(moved).amplitude_uv == pytest.approx(read_mep(clean).amplitude_uv)


@pytest.mark.parametrize(
    ("samples", "rate", "problem"),
    [
        (np.full(1_000, np.nan), RATE_HZ, "finite"),
        (np.zeros((2, 500)), RATE_HZ, "one row"),
        (np.zeros(1_000), 200.0, "too few"),
        (np.full(1_000, 1e6), RATE_HZ, "not microvolts"),
    ],
)
def test_what_is_no_trace_is_refused(samples: np.ndarray, rate: float, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        EmgTrace(samples, rate, 500)


def test_a_trace_that_is_too_short_names_what_is_needed() -> None:
    with pytest.raises(InputError, match="Record a longer stretch"):
        read_mep(EmgTrace(np.zeros(200), RATE_HZ, 100))


def written(path: Path, *traces: EmgTrace, separator: str = ",") -> Path:
    times = (np.arange(1_000) - 500) / RATE_HZ * 1e3
    lines = ["# synthetic", separator.join(["time_ms", *(f"t{n}" for n in range(len(traces)))])]
    for row, at in enumerate(times):
        lines.append(separator.join([f"{at:.3f}", *(f"{t.samples_uv[row]:.3f}" for t in traces)]))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_traces_are_read_from_a_table(tmp_path: Path, separator: str) -> None:
    path = written(tmp_path / "emg.csv", trace(0.0), trace(400.0), separator=separator)
    quiet, loud = read_traces(path)
    assert quiet.rate_hz == pytest.approx(RATE_HZ)
    assert quiet.pulse_index == 500
    assert read_mep(loud).verdict is Verdict.ANSWER


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("names,only\n", "columns"),
        ("-1,2\n0,3\n1,x\n", "no number"),
        ("-1,2\n0,3,4\n1,2\n", "columns"),
        ("-1,2\n0,3\n5,2\n", "equal steps"),
        ("1,2\n2,3\n3,2\n", "is not within it"),
    ],
)
def test_a_table_that_holds_no_traces_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "emg.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read_traces(path)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=30))
def test_a_stream_is_cut_alike_whatever_its_chunks(sizes: list[int]) -> None:
    one = trace(400.0)
    samples = np.concatenate([one.samples_uv, np.zeros(300), one.samples_uv])
    pulses = {500, 1_800}
    cutter, found, at = TraceCutter(RATE_HZ), [], 0
    for size in [*sizes, len(samples)]:
        chunk = samples[at : at + size]
        inside = tuple(sorted(p - at for p in pulses if at <= p < at + len(chunk)))
        found += list(cutter.feed(chunk, inside))
        at += len(chunk)
    assert len(found) == 2
    for cut in found:
        assert np.array_equal(cut.samples_uv, one.samples_uv[100:900])


def test_the_hot_spot_is_found_within_a_few_millimetres() -> None:
    missed = []
    for seed in range(14):
        draw = np.random.default_rng(seed)
        true = draw.uniform(-12, 12, 2)
        trials: list[SpotTrial] = []
        search = HotSpotSearch()
        while (advice := search.advise(trials)).next_place is not None:
            away = np.hypot(*(np.array(advice.next_place) - true))
            amplitude = 800 * np.exp(-((away / 15) ** 2)) * draw.lognormal(0, 0.4)
            trials.append(SpotTrial(advice.next_place, float(amplitude)))
        assert advice.centre is not None
        missed.append(np.hypot(*(np.array(advice.centre) - true)))
    assert np.median(missed) < 4
    assert np.percentile(missed, 90) < 8


def test_a_scalp_without_any_answer_ends_with_the_remedy() -> None:
    trials: list[SpotTrial] = []
    while (advice := HotSpotSearch().advise(trials)).next_place is not None:
        trials.append(SpotTrial(advice.next_place, 0.0))
    assert "raise the output" in advice.reason


BEFORE = Threshold(
    Estimate(50.0, "%MSO", 48.0, 52.0), date(2026, 3, 2), Observation.EMG, "right FDI", "s", "c"
)


def after(value: float, **changes: object) -> Threshold:
    moved = replace(BEFORE, pct_mso=Estimate(value, "%MSO", value - 2, value + 2))
    return replace(moved, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "severity", "words"),
    [
        (51.0, "note", "the two intervals explain this"),
        (55.0, "note", "rose by 5.0"),
        (58.0, "caution", "look for a cause"),
        (41.0, "caution", "fell by 9.0"),
    ],
)
def test_a_drift_is_graded_by_its_size_and_its_certainty(
    value: float, severity: str, words: str
) -> None:
    (finding,) = drift_findings(BEFORE, after(value))
    assert finding.severity.label == severity
    assert words in finding.message


def test_thresholds_that_were_measured_otherwise_are_not_compared() -> None:
    (finding,) = drift_findings(BEFORE, after(60.0, observation=Observation.VISUAL))
    assert finding.code == "threshold.not-comparable"


def test_a_visible_twitch_stands_for_an_emg_threshold_about_a_tenth_lower() -> None:
    emg = emg_equivalent(Estimate(55.65, "%MSO"))
    assert emg.value == pytest.approx(50.0)
    assert emg.low is not None
    assert emg.high == 55.65
    assert emg.low == pytest.approx(55.65 / 1.278, abs=0.01)
