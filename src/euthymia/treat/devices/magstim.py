"""Drivers for Magstim BiStim (and 200) and Rapid2 over their serial port.

Off by default: see `site`. What is publicly described is offered, the rest is refused in words:
theta bursts (the maker has not released the commands), trains of a Rapid2 shorter than 0.1 s (it
falls back to single pulses), and a pulse counter (none is described, so a train that breaks off is
recorded as assumed).
"""

from __future__ import annotations

from euthymia.plan.protocol.pulses import Burst, Train
from euthymia.treat.clock import Clock
from euthymia.treat.devices import magstim_frames as frames
from euthymia.treat.devices.stimulator import (
    DeviceError,
    DeviceIdentity,
    DeviceStatus,
    NotOfferedError,
    TrainSettings,
)
from euthymia.treat.devices.transport import Transport

_FIRE_DELAY_S = 0.01
_READY_WITHIN_S = 2.0
_SHORTEST_TRAIN_S = 0.1
_LONGEST_TRAIN_S = 10.0


class _Magstim:
    """What BiStim and Rapid2 have in common."""

    model = ""
    _asks_status = frames.PARAMETERS
    _status_length = frames.PARAMETERS_LENGTH

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        coil: str,
        serial_number: str = "",
        unlock_code: str = "",
    ) -> None:
        """`unlock_code`: what the maker gives to the owner of a newer Rapid2."""
        self._transport = transport
        self._clock = clock
        self._unlock = unlock_code
        self._identity = DeviceIdentity(
            maker="Magstim",
            model=self.model,
            serial_number=serial_number,
            software="not told over the serial port",
            coil=coil,
            simulated=False,
            counts_pulses=False,
            fire_delay_s=_FIRE_DELAY_S,
            ready_within_s=_READY_WITHIN_S,
        )
        self._settings: TrainSettings | None = None
        self._ends_s = 0.0

    @property
    def identity(self) -> DeviceIdentity:
        return self._identity

    def connect(self) -> None:
        enable = b"Q" + self._unlock.encode() if self._unlock else frames.ENABLE
        answer = self._command(enable)
        if not answer.status.remote:
            raise DeviceError(
                self.model,
                "it does not go under remote control",
                "Leave its setup screens; a newer Rapid2 needs its unlock code in the site's file",
            )
        self.make_safe()

    def disconnect(self) -> None:
        for command in (frames.DISARM, frames.DISABLE):
            try:
                self._command(command)
            except DeviceError:
                continue
        self._transport.close()

    def status(self) -> DeviceStatus:
        answer = self._command(self._asks_status, self._status_length)
        return DeviceStatus(
            armed=answer.status.armed,
            ready=answer.status.ready,
            firing=self._clock.now_s() < self._ends_s,
            output_pct_mso=float(answer.number(0, 3)),
            coil_present=answer.status.coil_present,
            fault=answer.status.fault,
        )

    def arm(self) -> None:
        if self._settings is None:
            raise DeviceError(self.model, "no train is set", "Set a train first")
        self._command(frames.ARM)

    def fire(self) -> None:
        if self._settings is None:
            raise DeviceError(self.model, "no train is set", "Set a train first")
        answer = self._command(frames.TRIGGER)
        if not answer.status.armed:
            raise DeviceError(self.model, "it was not armed, and did not fire", "Arm it and wait")
        span_s = float(self._settings.train.span_s)
        self._ends_s = self._clock.now_s() + _FIRE_DELAY_S + span_s

    def make_safe(self) -> None:
        answer = self._command(frames.DISARM)
        self._ends_s = 0.0
        if answer.status.armed:
            raise DeviceError(
                self.model, "it does not disarm", "Press the stimulator's own stop button"
            )

    def _command(self, command: bytes, length: int = frames.SHORT) -> frames.Answer:
        self._transport.drop_input()
        self._transport.write(frames.frame(command))
        return frames.parse(command, self._transport.read(length), length)

    def _whole_output(self, settings: TrainSettings) -> int:
        output = round(settings.output_pct_mso)
        if not 1 <= output <= 100 or abs(output - settings.output_pct_mso) > 1e-9:
            raise DeviceError(
                self.model,
                f"{settings.output_pct_mso:g} % MSO is not a whole number from 1 to 100",
                "Set whole percent",
            )
        return output


class MagstimBiStim(_Magstim):
    """Magstim 200 or BiStim: single pulses, and with a BiStim pairs of equal pulses."""

    model = "BiStim"

    def configure(self, settings: TrainSettings) -> TrainSettings:
        train = settings.train
        pair = train.burst.pulse_count == 2
        if train.burst_count != 1 or train.burst.pulse_count > 2:
            raise NotOfferedError(
                self.model,
                "it gives single pulses and pairs, no trains",
                "Use it for the motor threshold, and a repetitive stimulator for treatment",
            )
        output = self._whole_output(settings)
        self._command(frames.power(output))
        if pair:
            apart_ms = float(train.burst.interval_s) * 1_000
            if apart_ms != round(apart_ms) or not 1 <= apart_ms <= 999:
                raise NotOfferedError(
                    self.model,
                    f"pulses {apart_ms:g} ms apart are not offered",
                    "Choose whole milliseconds from 1 to 999",
                )
            self._command(frames.second_power(output))
            self._command(frames.interval(round(apart_ms)))
        answer = self._command(frames.PARAMETERS, frames.PARAMETERS_LENGTH)
        read = train
        if pair:
            apart = answer.number(6, 9)
            read = Burst.of(2, 1_000 / apart).train(1, train.rate_hz) if apart else Train.of(1, 1)
        self._settings = TrainSettings(float(answer.number(0, 3)), read)
        return self._settings


class MagstimRapid2(_Magstim):
    """Magstim Rapid2: plain trains and single pulses; no theta bursts.

    The bytes of its train come from one public source whose author had no Rapid2 to try them on.
    So a site must have tried them on the bench before it turns this driver on (`site`).
    """

    model = "Rapid2"
    _asks_status = frames.RAPID_PARAMETERS
    _status_length = frames.RAPID_PARAMETERS_LENGTH

    def configure(self, settings: TrainSettings) -> TrainSettings:
        train = settings.train
        if train.is_theta_burst:
            raise NotOfferedError(
                self.model,
                "the maker has not released the commands for theta bursts",
                "Run theta bursts from the stimulator's own screen, and record the session by hand",
            )
        self._command(frames.power(self._whole_output(settings)))
        if train.pulse_count > 1:
            self._set_train(train)
        answer = self._command(frames.RAPID_PARAMETERS, frames.RAPID_PARAMETERS_LENGTH)
        read = train
        if train.pulse_count > 1:
            read = Train.of(answer.number(7, 12), answer.number(3, 7) / 10)
        self._settings = TrainSettings(float(answer.number(0, 3)), read)
        return self._settings

    def _set_train(self, train: Train) -> None:
        tenths_hz, tenths_s = train.rate_hz * 10, train.nominal_s * 10
        whole = tenths_hz.denominator == 1 and tenths_s.denominator == 1
        if not whole or not _SHORTEST_TRAIN_S <= float(train.nominal_s) <= _LONGEST_TRAIN_S:
            raise NotOfferedError(
                self.model,
                f"a train of {train.pulse_count} pulses at {float(train.rate_hz):g} Hz is not "
                "offered",
                "It takes trains of 0.1 to 10 s, in tenths of a second and of a hertz",
            )
        self._command(frames.train_rate(int(tenths_hz)))
        self._command(frames.train_pulses(train.pulse_count))
        self._command(frames.train_duration(int(tenths_s)))
