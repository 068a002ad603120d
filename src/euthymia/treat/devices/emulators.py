"""Emulated stimulators: the makers' bytes in front of the simulated device.

An emulator is a function of bytes: `feed` takes what a program sends and returns what the device
would answer. Behind a pseudo-terminal (`pty_port`) it is a serial port that any program can open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from euthymia.plan.protocol.pulses import Burst, Train
from euthymia.treat.devices import magstim_frames as magstim
from euthymia.treat.devices import magventure_frames as magventure
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.devices.stimulator import DeviceError, DeviceStatus, TrainSettings

_REFUSED = b"?"


class Emulator(Protocol):
    """A device as seen through its serial port."""

    def feed(self, data: bytes) -> bytes:
        """What the device sends back for these bytes, which may be part of a command."""


class MagstimEmulator:
    """A Magstim BiStim, or with `rapid` a Rapid2, in front of the simulated stimulator."""

    def __init__(self, device: SimulatedStimulator, *, rapid: bool = False) -> None:
        self._device = device
        self._rapid = rapid
        self._kept = b""
        self._remote = False
        self._output = [30, 0]
        self._interval_ms = 0
        self._train = {"B": 100, "D": 1, "[": 1}

    def feed(self, data: bytes) -> bytes:
        self._kept += data
        answers = b""
        while self._kept:
            length = self._length()
            if length is None:
                # No command begins with this byte: it is noise on the line.
                self._kept = self._kept[1:]
                continue
            if len(self._kept) < length:
                break
            command, self._kept = self._kept[:length], self._kept[length:]
            answers += self._answer(command)
        return answers

    def _length(self) -> int | None:
        letter = chr(self._kept[0])
        if letter == "Q" and self._kept[1:2] not in (b"@", b""):
            return 18
        lengths = {"Q": 3, "R": 3, "E": 3, "J": 3, "\\": 3, "@": 5, "A": 5, "C": 5}
        if self._rapid:
            lengths |= {"[": 6, "B": 6, "D": 7}
        return lengths.get(letter)

    def _answer(self, command: bytes) -> bytes:
        body, letter = command[:-1], chr(command[0])
        if command[-1] != magstim.check_byte(body):
            return _REFUSED
        if letter not in ("Q", "R", "J", "\\") and not self._remote:
            return _REFUSED
        try:
            data = self._act(letter, body[1:])
        except (DeviceError, ValueError):
            return _REFUSED
        answer = body[:1] + bytes([self._status()]) + data
        return answer + bytes([magstim.check_byte(answer)])

    def _act(self, letter: str, digits: bytes) -> bytes:
        if letter in ("Q", "R"):
            self._remote = letter == "Q"
            self._device.connect()
        elif letter == "E":
            self._control(digits)
        elif letter in ("@", "A"):
            self._output[letter == "A"] = int(digits)
        elif letter == "C":
            self._interval_ms = int(digits)
        elif letter in self._train:
            self._train[letter] = int(digits)
        elif letter == "J":
            return b"%03d%03d%03d" % (*self._output, self._interval_ms)
        elif letter == "\\":
            rate, pulses, length = (self._train[key] for key in ("B", "D", "["))
            return b"%03d%04d%05d%04d%04d" % (self._output[0], rate, pulses, length, 5)
        return b""

    def _control(self, digits: bytes) -> None:
        if digits == b"A":
            self._device.make_safe()
        elif digits == b"B":
            self._device.configure(TrainSettings(float(self._output[0]), self._set_train()))
            self._device.arm()
        elif digits == b"H":
            self._device.fire()
        else:
            raise ValueError("no such command")

    def _set_train(self) -> Train:
        if self._rapid and self._train["D"] > 1 and self._train["["] >= 1:
            return Train.of(self._train["D"], self._train["B"] / 10)
        if self._interval_ms and not self._rapid:
            return Burst.of(2, 1_000 / self._interval_ms).train(1, 1)
        return Train.of(1, 1)

    def _status(self) -> int:
        status = self._device.status()
        byte = 0b1000_0000 if self._remote else 0
        byte |= 0b1000 if status.coil_present else 0
        byte |= 0b10_0000 if status.fault else 0
        if status.ready:
            return byte | 0b100
        return byte | (0b10 if status.armed else 0b1)


class MagVentureEmulator:
    """A MagPro X100 in front of the simulated stimulator."""

    model = 1

    def __init__(self, device: SimulatedStimulator, serial_number: int = 4711) -> None:
        self._device = device
        self._serial_number = serial_number
        self._reader = magventure.FrameReader()
        self._amplitude = 0
        self._shape = magventure.Shape(magventure.BIPHASIC, 2, 0)
        self._timing = magventure.Timing(1.0, 5, 2, 1.0)
        self._page = 1
        device.connect()

    def feed(self, data: bytes) -> bytes:
        return b"".join(self._answer(payload) for payload in self._reader.feed(data))

    def _answer(self, payload: bytes) -> bytes:
        acts: dict[int, Callable[[bytes], bytes]] = {
            magventure.AMPLITUDE: self._set_amplitude,
            magventure.ENABLE: self._enable,
            magventure.PULSE: self._pulse,
            magventure.TRAIN: self._run,
            magventure.INFO: lambda _: self._info(),
            magventure.PAGE: self._turn_page,
            magventure.WAVEFORM: self._waveform,
            magventure.TIMING: self._train,
        }
        act = acts.get(payload[0])
        try:
            answer = act(payload) if act else b""
        except DeviceError:
            answer = b""
        return magventure.frame(answer) if answer else b""

    def _set_amplitude(self, payload: bytes) -> bytes:
        self._amplitude = min(payload[1], 100)
        return bytes([1, self._amplitude, 0, self._flags(self._device.status())])

    def _enable(self, payload: bytes) -> bytes:
        if payload[1]:
            self._configure(single=False)
            self._device.arm()
        else:
            self._device.make_safe()
        status = self._device.status()
        return bytes([3, round(status.coil_temperature_c or 0), 60, self._flags(status)])

    def _pulse(self, payload: bytes) -> bytes:
        self._configure(single=True)
        self._device.fire()
        return bytes([2, self._amplitude, 0, self._flags(self._device.status())])

    def _run(self, payload: bytes) -> bytes:
        if self._page != magventure.TIMING_PAGE:
            return b""
        self._device.fire()
        return bytes([2, self._amplitude, 0, self._flags(self._device.status())])

    def _turn_page(self, payload: bytes) -> bytes:
        self._page = payload[1]
        status = self._device.status()
        return bytes([8, self._page, status.firing, self._flags(status)])

    def _waveform(self, payload: bytes) -> bytes:
        if payload[1] == 1:
            interval_ms = int.from_bytes(payload[7:9], "big") / 10
            index = magventure.INTERVALS_MS.index(interval_ms)
            self._shape = magventure.Shape(payload[5], 5 - payload[6], index)
        shape = self._shape
        low, high = shape.interval_index & 0xFF, shape.interval_index >> 8
        return bytes(
            [9, 0, self.model, 0, 0, shape.waveform, 5 - shape.pulses_per_burst, low, high, 80]
        )

    def _train(self, payload: bytes) -> bytes:
        if payload[1] == 1:
            self._timing = magventure.parse_timing(payload)
        return bytes([11, 0]) + magventure.set_timing(self._timing)[2:]

    def _configure(self, *, single: bool) -> None:
        status = self._device.status()
        if status.armed:
            return
        burst = Burst.single()
        if self._shape.waveform == magventure.BIPHASIC_BURST:
            apart_ms = magventure.INTERVALS_MS[self._shape.interval_index]
            burst = Burst.of(self._shape.pulses_per_burst, 1_000 / apart_ms)
        count = 1 if single else self._timing.pulses
        train = Train.of(count, self._timing.rate_hz, burst)
        self._device.configure(TrainSettings(float(self._amplitude), train))

    def _flags(self, status: DeviceStatus) -> int:
        return self._shape.waveform << 2 | status.armed << 4 | self.model << 5

    def _info(self) -> bytes:
        status = self._device.status()
        return (
            bytes([5, self._flags(status)])
            + self._serial_number.to_bytes(3, "big")
            + bytes([round(status.coil_temperature_c or 0), 60 if status.coil_present else 0])
            + bytes([self._amplitude, 0, self._amplitude, 0, 100, 0, self._page, status.firing])
        )
