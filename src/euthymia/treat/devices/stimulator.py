"""What the session asks of a stimulator: one small protocol for all makers and the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from euthymia.core.errors import EuthymiaError
from euthymia.plan.protocol.pulses import Train


@dataclass(eq=False)
class DeviceError(EuthymiaError, RuntimeError):
    """A stimulator that did not do what was asked; its text is for the operator."""


@dataclass(eq=False)
class LinkError(DeviceError):
    """The stimulator does not answer, or not in a way that can be understood."""


@dataclass(eq=False)
class NotOfferedError(DeviceError):
    """The stimulator, or what is publicly known of its remote control, cannot do this."""


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """Which stimulator and coil stand at the chair, and what they can tell about themselves.

    simulated: no magnetic pulse ever leaves it. counts_pulses: it keeps a counter that survives
    the loss of this computer. fire_delay_s: from the command to the first pulse.
    ready_within_s: how long arming may take before something is wrong.
    """

    maker: str
    model: str
    serial_number: str
    software: str
    coil: str
    simulated: bool
    counts_pulses: bool
    fire_delay_s: float = 0.0
    ready_within_s: float = 0.2

    @property
    def name(self) -> str:
        return f"{self.maker} {self.model}"


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """A train as a stimulator is set to give it: output in % MSO, and the train itself."""

    output_pct_mso: float
    train: Train

    @property
    def text(self) -> str:
        train = self.train
        inner = train.burst.rate_hz
        bursts = (
            f"{train.burst_count} bursts of {train.burst.pulse_count} at {float(inner):g} Hz, "
            if inner
            else f"{train.pulse_count} pulses, "
        )
        return f"{bursts}{float(train.rate_hz):g} Hz, {self.output_pct_mso:g} % MSO"


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """What a stimulator says of itself at one moment; None where it cannot tell.

    pulse_counter: all pulses that it has ever given. fault: its own fault in words, or "".
    """

    armed: bool
    ready: bool
    firing: bool
    output_pct_mso: float
    coil_present: bool = True
    coil_temperature_c: float | None = None
    pulse_counter: int | None = None
    fault: str = ""


class Stimulator(Protocol):
    """A stimulator that a session can use. Every method may raise `DeviceError`.

    Nothing fires unless `configure`, `arm` and `fire` were called in this order; `make_safe` may
    be called at any time and any number of times.
    """

    @property
    def identity(self) -> DeviceIdentity:
        """Known after `connect`."""

    def connect(self) -> None:
        """Open the way to the device and take it under remote control, disarmed."""

    def disconnect(self) -> None:
        """Disarm if possible, give control back, close the way. Never raises."""

    def status(self) -> DeviceStatus:
        """What the device says now; also the sign of life that keeps it under control."""

    def configure(self, settings: TrainSettings) -> TrainSettings:
        """Set the next train, and return what the device says it is set to."""

    def arm(self) -> None:
        """Charge, so that the device can fire; `status().ready` says when it can."""

    def fire(self) -> None:
        """Give the train that was set, now."""

    def make_safe(self) -> None:
        """Stop a running train and disarm."""
