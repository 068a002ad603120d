"""Stimulators: what each can give, as far as it is publicly known.

A limit that is not known is None, and the check says so instead of passing in silence. A device
that leaves all limits open (`virtual`) serves for planning before the device is chosen.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from euthymia.core.errors import InputError
from euthymia.core.references import Citation
from euthymia.plan.protocol.datafiles import NO_EXTRAS, read_table
from euthymia.plan.protocol.pulses import Waveform


@dataclass(frozen=True, slots=True)
class Stimulator:
    """A stimulator and its limits; None or empty where they are not known.

    max_rates: pairs of output in % MSO and the highest rate in Hz there, at rising output.
    max_within_burst_hz: the highest rate within a burst, at any output.
    bursts_follow_rates: whether pulses within a burst obey `max_rates`.
    energy_j_at_full_output: energy of one pulse at 100 % MSO in J; it goes with output squared.
    mean_power_w: the mean power it can sustain, in W.
    min_off_s: the shortest pause between two trains, in s.
    """

    id: str
    maker: str
    model: str
    waveforms: tuple[Waveform, ...]
    max_output_pct: float = 100.0
    max_rates: tuple[tuple[float, float], ...] = ()
    max_within_burst_hz: float | None = None
    bursts_follow_rates: bool = False
    energy_j_at_full_output: float | None = None
    mean_power_w: float | None = None
    min_off_s: float | None = None
    max_train_pulses: int | None = None
    max_session_pulses: int | None = None
    rates_source: Citation | None = None
    bursts_source: Citation | None = None
    power_source: Citation | None = None
    notes: tuple[str, ...] = ()

    __pydantic_config__ = NO_EXTRAS

    def __post_init__(self) -> None:
        outputs = [output for output, _ in self.max_rates]
        if outputs != sorted(outputs) or (outputs and outputs[-1] < self.max_output_pct):
            raise ValueError(f"{self.id}: max_rates must rise to the full output")

    @property
    def name(self) -> str:
        return f"{self.maker} {self.model}" if self.id != "virtual" else self.model

    @property
    def open_ended(self) -> bool:
        """Whether it is the planning device, which has no limits to know."""
        return self.id == "virtual"

    @property
    def sources(self) -> tuple[Citation, ...]:
        cited = (self.rates_source, self.bursts_source, self.power_source)
        return tuple(source for source in cited if source)

    def max_rate_hz(self, output_pct: float) -> float | None:
        """The highest rate at that output; None where it is not known."""
        if not self.max_rates:
            return None
        outputs = [output for output, _ in self.max_rates]
        return self.max_rates[min(bisect_left(outputs, output_pct), len(outputs) - 1)][1]

    def max_burst_rate_hz(self, output_pct: float) -> float | None:
        """The highest rate within a burst at that output; None where it is not known."""
        if self.max_within_burst_hz is not None:
            return self.max_within_burst_hz
        return self.max_rate_hz(output_pct) if self.bursts_follow_rates else None

    def max_output_at(self, rate_hz: Fraction) -> float | None:
        """The highest tabulated output that allows the rate; None where no output does."""
        allowed = [output for output, limit in self.max_rates if rate_hz <= limit]
        return max(allowed, default=None)

    def pulse_energy_j(self, output_pct: float) -> float | None:
        """Energy of one pulse in J at that output; None where it is not known."""
        if self.energy_j_at_full_output is None:
            return None
        return self.energy_j_at_full_output * (output_pct / 100.0) ** 2

    def least_period_s(self, pulses: int, output_pct: float) -> float | None:
        """The shortest time, in s, in which it can give that many pulses again and again."""
        energy = self.pulse_energy_j(output_pct)
        if energy is None or self.mean_power_w is None:
            return None
        return pulses * energy / self.mean_power_w


@dataclass(frozen=True, slots=True)
class _StimulatorFile:
    stimulator: tuple[Stimulator, ...]

    __pydantic_config__ = NO_EXTRAS


@cache
def stimulators() -> tuple[Stimulator, ...]:
    """Every stimulator known here, in the order of the data file."""
    return read_table("stimulators.toml", _StimulatorFile).stimulator


def stimulator(stimulator_id: str) -> Stimulator:
    """The stimulator of that id."""
    for each in stimulators():
        if each.id == stimulator_id:
            return each
    ids = ", ".join(each.id for each in stimulators())
    raise InputError(
        f"stimulator {stimulator_id!r}", "it is not known here", f"Choose one of: {ids}"
    )
