"""Motor evoked potentials: from an EMG trace to an amplitude, by a stated rule.

The rule: in the window after the pulse, the amplitude is highest minus lowest sample. A trace does
not count if the muscle was not at rest before the pulse, if the stimulator's artefact has not died
away by the window, or if the amplifier cut it off. What does not count is neither an answer nor
none: the pulse is to be given again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InputError, require_file
from euthymia.treat.threshold.rules import Answer, Reading, threshold_rules

Samples = NDArray[np.float64]

_LEAST_RATE_HZ = 1_000.0
_LARGEST_UV = 50_000.0

MOST_PEAK_TO_PEAK_UV = 2 * _LARGEST_UV
"""No muscle answers with more: an amplitude from here on is in a wrong unit."""


class Verdict(StrEnum):
    """What a trace says."""

    ANSWER = "answer"
    NO_ANSWER = "no answer"
    DISCARD = "discard"
    """It does not count; give the pulse again."""


@dataclass(frozen=True, eq=False)
class EmgTrace:
    """One trace of surface EMG around a pulse.

    samples_uv: (n,) microvolts. rate_hz: samples a second. pulse_index: the sample of the pulse.
    """

    samples_uv: Samples
    rate_hz: float
    pulse_index: int

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples_uv, dtype=float)
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise InputError(
                "EMG trace", "it is not one row of finite numbers", "Export one channel"
            )
        if self.rate_hz < _LEAST_RATE_HZ:
            raise InputError(
                "EMG trace",
                f"{self.rate_hz:g} samples a second are too few",
                f"Record at {_LEAST_RATE_HZ:g} Hz or more",
            )
        if np.abs(samples).max(initial=0.0) > _LARGEST_UV:
            raise InputError(
                "EMG trace", "its values are not microvolts", "Convert them to microvolts"
            )
        object.__setattr__(self, "samples_uv", samples)

    def part(self, from_ms: float, to_ms: float) -> Samples:
        """The samples between two times from the pulse, in milliseconds."""
        first = self.pulse_index + round(from_ms * self.rate_hz / 1_000)
        last = self.pulse_index + round(to_ms * self.rate_hz / 1_000)
        if first < 0 or last > len(self.samples_uv):
            have = f"{self._ms(0):.0f} to {self._ms(len(self.samples_uv)):.0f} ms"
            raise InputError(
                "EMG trace",
                f"it runs from {have}, and {from_ms:g} to {to_ms:g} ms are needed",
                "Record a longer stretch around the pulse",
            )
        return self.samples_uv[first:last]

    def _ms(self, index: int) -> float:
        return 1_000.0 * (index - self.pulse_index) / self.rate_hz


@dataclass(frozen=True, slots=True)
class MepReading:
    """What was read from one trace. latency_ms: of the first of the two extremes."""

    verdict: Verdict
    amplitude_uv: float
    latency_ms: float
    baseline_rms_uv: float
    reason: str

    @property
    def counts(self) -> bool:
        return self.verdict is not Verdict.DISCARD


def read_mep(
    trace: EmgTrace, rule: Reading | None = None, answer: Answer | None = None
) -> MepReading:
    """The amplitude of a trace and whether it is an answer, by the rule of the data file."""
    rule = rule or threshold_rules().reading
    answer = answer or threshold_rules().answer
    baseline = trace.part(rule.baseline_from_ms, rule.baseline_to_ms)
    centre = float(baseline.mean())
    rms = float(np.sqrt(np.mean((baseline - centre) ** 2)))
    window = trace.part(rule.window_from_ms, rule.window_to_ms)
    amplitude = float(np.ptp(window))
    first = min(int(window.argmax()), int(window.argmin()))
    latency = rule.window_from_ms + 1_000.0 * first / trace.rate_hz
    problem = _problem(trace, rule, baseline, rms, window)
    if problem:
        verdict, reason = Verdict.DISCARD, problem
    elif amplitude >= answer.amplitude_uv:
        verdict = Verdict.ANSWER
        reason = f"{amplitude:.0f} µV, at least {answer.amplitude_uv:g}"
    else:
        verdict = Verdict.NO_ANSWER
        reason = f"{amplitude:.0f} µV, below {answer.amplitude_uv:g}"
    return MepReading(verdict, amplitude, latency, rms, reason)


def _problem(trace: EmgTrace, rule: Reading, baseline: Samples, rms: float, window: Samples) -> str:
    """Why a trace does not count; empty if it does."""
    if rms > rule.baseline_rms_uv or np.ptp(baseline) > rule.baseline_peak_to_peak_uv:
        return f"the muscle was not at rest ({rms:.0f} µV before the pulse)"
    before = trace.part(rule.artefact_from_ms, rule.window_from_ms)
    if np.ptp(before) > rule.artefact_uv:
        return "the stimulator's artefact reaches into the window"
    for extreme in (window.max(), window.min()):
        at_rail = np.flatnonzero(window == extreme)
        longest = max((len(run) for run in _runs(at_rail)), default=0)
        if longest >= rule.clipped_samples and np.ptp(window) > 0:
            return "the amplifier cut the trace off"
    return ""


def _runs(indices: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return np.split(indices, np.flatnonzero(np.diff(indices) > 1) + 1) if len(indices) else []


def read_traces(path: Path) -> tuple[EmgTrace, ...]:
    """The traces of a text file: first column milliseconds from the pulse, then one trace each.

    Columns are separated by commas, semicolons or tabs; lines that begin with # and one line of
    names are passed over. All values are microvolts.
    """
    require_file(path, "a table of EMG traces")
    rows: list[list[float]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        cells = line.replace(";", ",").replace("\t", ",").split(",")
        if not line.strip() or line.startswith("#"):
            continue
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError:
            if rows:
                raise InputError(
                    f"{path}, line {number}", "it holds something that is no number", "Correct it"
                ) from None
    if not rows or len(rows[0]) < 2 or {len(row) for row in rows} != {len(rows[0])}:
        raise InputError(
            str(path),
            "its rows are not all of the same two or more columns",
            "Write the time in milliseconds first, then one column for each trace",
        )
    table = np.array(rows)
    times_ms = table[:, 0]
    steps = np.diff(times_ms)
    if len(steps) < 2 or steps.min() <= 0 or np.ptp(steps) > 0.01 * steps.mean():
        raise InputError(
            str(path), "its times do not rise in equal steps", "Export it at one sampling rate"
        )
    if not times_ms[0] < 0 < times_ms[-1]:
        raise InputError(
            str(path),
            "the pulse, at 0 ms, is not within it",
            "Let the first column count from the pulse, with time before and after it",
        )
    rate_hz = 1_000.0 / float(steps.mean())
    pulse = int(np.argmin(np.abs(times_ms)))
    return tuple(EmgTrace(table[:, column], rate_hz, pulse) for column in range(1, table.shape[1]))


class TraceCutter:
    """Cuts traces out of an endless stream of samples, one around each trigger.

    Feed it chunks of any length, with the indices of triggers within each chunk.
    """

    def __init__(self, rate_hz: float, *, before_ms: float = 80.0, after_ms: float = 80.0) -> None:
        self._rate_hz = rate_hz
        self._before = round(before_ms * rate_hz / 1_000)
        self._after = round(after_ms * rate_hz / 1_000)
        self._kept = np.empty(0)
        self._kept_from = 0
        self._waiting: list[int] = []

    def feed(self, samples_uv: Samples, triggers: tuple[int, ...] = ()) -> Iterator[EmgTrace]:
        """Every trace that these samples complete."""
        end = self._kept_from + len(self._kept)
        self._waiting += [end + trigger for trigger in triggers]
        self._kept = np.concatenate([self._kept, samples_uv])
        end += len(samples_uv)
        while self._waiting and self._waiting[0] + self._after <= end:
            pulse = self._waiting.pop(0)
            first = pulse - self._before - self._kept_from
            if first >= 0:
                cut = self._kept[first : first + self._before + self._after]
                yield EmgTrace(cut.copy(), self._rate_hz, self._before)
        oldest = min([end - self._before, *(pulse - self._before for pulse in self._waiting)])
        drop = max(0, oldest - self._kept_from)
        self._kept, self._kept_from = self._kept[drop:], self._kept_from + drop
