"""Driver for MagVenture MagPro stimulators over their serial port (COM2 on the device).

Off by default: see `site`. Trains are given by the device itself; theta bursts on models with the
waveform "biphasic burst". The device has a counter of stimuli, but what is public does not say for
certain how to read it, so it is not used: a train that breaks off is recorded as assumed.
"""

from __future__ import annotations

import contextlib
from fractions import Fraction

from euthymia.plan.protocol.pulses import Burst, Train
from euthymia.treat.clock import Clock
from euthymia.treat.devices import magventure_frames as frames
from euthymia.treat.devices.stimulator import (
    DeviceError,
    DeviceIdentity,
    DeviceStatus,
    LinkError,
    NotOfferedError,
    TrainSettings,
)
from euthymia.treat.devices.transport import Transport

MODELS = ("R30", "X100", "R30 with option", "X100 with option", "R30 with options", "MST")
_WITH_BURSTS = (1, 3)
_FIRE_DELAY_S = 0.02
_READY_WITHIN_S = 2.0
_CHARGING_S = 1.0
_MOST_READS = 8
_CHUNK = 64


class MagVenture:
    """A MagPro stimulator."""

    def __init__(
        self, transport: Transport, clock: Clock, *, coil: str, charging_s: float = _CHARGING_S
    ) -> None:
        """`charging_s`: how long after enabling it is taken to be charged."""
        self._transport = transport
        self._clock = clock
        self._charging_s = charging_s
        self._enabled_s = 0.0
        self._coil = coil
        self._reader = frames.FrameReader()
        self._identity: DeviceIdentity | None = None
        self._model = 0
        self._set = False
        self._single = False

    @property
    def identity(self) -> DeviceIdentity:
        if self._identity is None:
            raise DeviceError("MagPro", "it is not connected", "Connect it first")
        return self._identity

    def connect(self) -> None:
        info = self._info()
        self._model = info.model
        self._identity = DeviceIdentity(
            maker="MagVenture",
            model=f"MagPro {MODELS[info.model]}" if info.model < len(MODELS) else "MagPro",
            serial_number=str(info.serial_number),
            software="not told over the serial port",
            coil=self._coil,
            simulated=False,
            counts_pulses=False,
            fire_delay_s=_FIRE_DELAY_S,
            ready_within_s=_READY_WITHIN_S,
        )
        self.make_safe()

    def disconnect(self) -> None:
        with contextlib.suppress(DeviceError):
            self._send(bytes([frames.ENABLE, 0]))
        self._transport.close()

    def status(self) -> DeviceStatus:
        info = self._info()
        return DeviceStatus(
            armed=info.enabled,
            # Being enabled is all that it tells; it charges from then on.
            ready=info.enabled and self._clock.now_s() >= self._enabled_s + self._charging_s,
            firing=info.running,
            output_pct_mso=float(info.amplitude_pct),
            coil_present=info.coil != 0,
            coil_temperature_c=float(info.temperature_c),
        )

    def configure(self, settings: TrainSettings) -> TrainSettings:
        train = settings.train
        self._refuse_unknown(settings)
        pulses = max(2, train.burst.pulse_count)
        apart_ms = float(train.burst.interval_s) * 1_000 if train.is_theta_burst else 10.0
        waveform = frames.BIPHASIC_BURST if train.is_theta_burst else frames.BIPHASIC
        timing = frames.Timing(float(train.rate_hz), train.burst_count, 1, 1.0)
        self._send(frames.set_shape(self._model, waveform, pulses, apart_ms))
        self._send(frames.set_timing(timing))
        self._send(bytes([frames.AMPLITUDE, round(settings.output_pct_mso)]))
        self._send(bytes([frames.PAGE, frames.TIMING_PAGE]))
        self._set, self._single = True, train.burst_count == 1
        return self._read_back(train)

    def arm(self) -> None:
        if not self._set:
            raise DeviceError(self.identity.name, "no train is set", "Set a train first")
        self._send(bytes([frames.ENABLE, 1]))
        self._enabled_s = self._clock.now_s()

    def fire(self) -> None:
        if not self.status().ready:
            raise DeviceError(self.identity.name, "it is not ready", "Arm it and wait")
        self._send(bytes([frames.PULSE if self._single else frames.TRAIN]))

    def make_safe(self) -> None:
        self._send(bytes([frames.ENABLE, 0]))
        info = self._info()
        if info.enabled or info.running:
            raise DeviceError("MagPro", "it does not disarm", "Press the stimulator's own button")

    def _read_back(self, train: Train) -> TrainSettings:
        shape = frames.parse_shape(self._ask(bytes([frames.WAVEFORM, 0]), frames.WAVEFORM))
        timing = frames.parse_timing(self._ask(bytes([frames.TIMING, 0]), frames.TIMING))
        burst = Burst.single(train.burst.pulses[0])
        if shape.waveform == frames.BIPHASIC_BURST:
            if shape.interval_index >= len(frames.INTERVALS_MS):
                raise LinkError("the stimulator", "it tells no known interval", "Connect it again")
            apart = Fraction(str(frames.INTERVALS_MS[shape.interval_index])) / 1_000
            burst = Burst.of(shape.pulses_per_burst, 1 / apart)
        # A single pulse or burst has no rate; whatever the device shows for it does not matter.
        rate = train.rate_hz if timing.pulses == 1 else Fraction(str(timing.rate_hz))
        read = Train.of(timing.pulses, rate, burst)
        return TrainSettings(float(self._info().amplitude_pct), read)

    def _refuse_unknown(self, settings: TrainSettings) -> None:
        train, name = settings.train, self.identity.name
        output = settings.output_pct_mso
        if output != round(output) or not 1 <= output <= 100:
            raise DeviceError(name, f"{output:g} % MSO is not a whole number", "Set whole percent")
        if (train.rate_hz * 10).denominator != 1:
            raise NotOfferedError(
                name, f"{float(train.rate_hz):g} Hz is not offered", "It takes tenths of a hertz"
            )
        if not train.is_theta_burst:
            return
        if self._model not in _WITH_BURSTS:
            raise NotOfferedError(
                name, "this model has no bursts", "Use another stimulator for theta bursts"
            )
        apart_ms = float(train.burst.interval_s) * 1_000
        if apart_ms not in frames.INTERVALS_MS or not 2 <= train.burst.pulse_count <= 5:
            raise NotOfferedError(
                name,
                f"bursts of {train.burst.pulse_count} pulses {apart_ms:g} ms apart are not offered",
                "It takes bursts of 2 to 5 pulses, at intervals of its own list",
            )

    def _info(self) -> frames.Info:
        return frames.parse_info(self._ask(bytes([frames.INFO]), frames.INFO))

    def _send(self, payload: bytes) -> None:
        self._transport.write(frames.frame(payload))

    def _ask(self, payload: bytes, kind: int) -> bytes:
        """Send, and wait for an answer of that kind; others that come in between are passed by."""
        self._transport.drop_input()
        self._reader = frames.FrameReader()
        self._send(payload)
        for _ in range(_MOST_READS):
            received = self._transport.read(4)
            if received and len(received) == 4:
                # The second byte says how much is still to come; read no further than that.
                received += self._transport.read(min(received[1], _CHUNK))
            for found in self._reader.feed(received):
                if found[0] == kind:
                    return found
            if not received:
                break
        raise LinkError(
            "the stimulator",
            "it does not answer in a way that can be understood",
            "Press the stimulator's own stop button, then look at its cable",
        )
