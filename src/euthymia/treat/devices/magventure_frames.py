"""MagVenture's serial frames: bytes of commands and answers, without any port.

38400 baud, 8 data bits, no parity, one stop bit. A frame is FE, the length of the payload, the
payload, its CRC-8 (polynomial x^8 + x^5 + x^4 + 1, lowest bit first, start 0), FF. The first byte
of a payload says what it is. Numbers of two bytes have the high byte first. Facts from a public
description, see `devices.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from euthymia.treat.devices.stimulator import LinkError

BAUD = 38_400
START, END = 0xFE, 0xFF

AMPLITUDE, ENABLE, PULSE, TRAIN, INFO = 1, 2, 3, 4, 5
PAGE, WAVEFORM, TIMING = 7, 9, 11
TIMING_PAGE = 2
INFO_LENGTH, WAVEFORM_LENGTH, TIMING_LENGTH = 15, 10, 14
BIPHASIC, BIPHASIC_BURST = 1, 3

_POLYNOMIAL = 0x8C


def crc8(payload: bytes) -> int:
    """The check byte of a payload (CRC-8 as Dallas and Maxim use it)."""
    crc = 0
    for byte in payload:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


def frame(payload: bytes) -> bytes:
    """The payload as it travels."""
    return bytes([START, len(payload)]) + payload + bytes([crc8(payload), END])


def two_bytes(value: int) -> bytes:
    return value.to_bytes(2, "big")


class FrameReader:
    """Finds whole frames in whatever comes in; garbage and broken frames are passed over."""

    def __init__(self) -> None:
        self._kept = b""
        self.broken = 0
        """How many bytes were passed over because they belonged to no whole frame."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The payload of every frame that these bytes complete."""
        self._kept += data
        while True:
            start = self._kept.find(bytes([START]))
            self._drop(len(self._kept) if start < 0 else start)
            if len(self._kept) < 2 or len(self._kept) < self._kept[1] + 4:
                return
            length = self._kept[1]
            payload, crc, end = (
                self._kept[2 : 2 + length],
                self._kept[2 + length],
                self._kept[3 + length],
            )
            if end == END and crc == crc8(payload) and payload:
                self._kept = self._kept[length + 4 :]
                yield payload
            else:
                self._drop(1)

    def _drop(self, count: int) -> None:
        self.broken += count
        self._kept = self._kept[count:]


@dataclass(frozen=True, slots=True)
class Info:
    """What the device tells about itself and its state (answer 5)."""

    waveform: int
    enabled: bool
    model: int
    serial_number: int
    temperature_c: int
    coil: int
    amplitude_pct: int
    running: bool


def parse_info(payload: bytes) -> Info:
    """Answer 5; raises LinkError if it is too short."""
    _require(payload, INFO, INFO_LENGTH)
    flags = payload[1]
    return Info(
        waveform=flags >> 2 & 0b11,
        enabled=bool(flags >> 4 & 1),
        model=flags >> 5,
        serial_number=int.from_bytes(payload[2:5], "big"),
        temperature_c=payload[5],
        coil=payload[6],
        amplitude_pct=payload[7],
        running=bool(payload[14]),
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """Waveform and bursts (answer 9). interval_index: place in the device's list of intervals."""

    waveform: int
    pulses_per_burst: int
    interval_index: int


def parse_shape(payload: bytes) -> Shape:
    """Answer 9; here the interval travels as its place in a list, low byte first."""
    _require(payload, WAVEFORM, WAVEFORM_LENGTH)
    return Shape(payload[5], 5 - payload[6], payload[7] | payload[8] << 8)


def set_shape(model: int, waveform: int, pulses: int, interval_ms: float) -> bytes:
    """Command 9: standard mode, normal direction, equal pulses."""
    return (
        bytes([WAVEFORM, 1, model, 0, 0, waveform, 5 - pulses])
        + two_bytes(round(interval_ms * 10))
        + two_bytes(100)
    )


@dataclass(frozen=True, slots=True)
class Timing:
    """The train (answer 11): bursts a second, bursts in a train, trains, seconds between."""

    rate_hz: float
    pulses: int
    trains: int
    between_s: float


def parse_timing(payload: bytes) -> Timing:
    """Answer 11; raises LinkError if it is too short."""
    _require(payload, TIMING, TIMING_LENGTH)
    numbers = [int.from_bytes(payload[at : at + 2], "big") for at in (3, 5, 7, 9)]
    return Timing(numbers[0] / 10, numbers[1], numbers[2], numbers[3] / 10)


def set_timing(timing: Timing) -> bytes:
    """Command 11: the sequence of the device itself, no warning sound, no ramp."""
    return (
        bytes([TIMING, 1, 0])
        + two_bytes(round(timing.rate_hz * 10))
        + two_bytes(timing.pulses)
        + two_bytes(timing.trains)
        + two_bytes(round(timing.between_s * 10))
        + bytes([0, 100, 1])
    )


INTERVALS_MS: tuple[float, ...] = tuple(
    [float(ms) for ms in range(100, 20, -1)]
    + [tenths / 10 for tenths in range(200, 100, -5)]
    + [tenths / 10 for tenths in range(100, 4, -1)]
)
"""The intervals within a burst that the device offers, as it numbers them."""


def _require(payload: bytes, kind: int, length: int) -> None:
    if not payload or payload[0] != kind or len(payload) < length:
        raise LinkError(
            "the stimulator",
            f"its answer is not what was asked for ({payload.hex(' ')})",
            "Connect it again; its software may be another version",
        )
