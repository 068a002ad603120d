"""Magstim's serial frames: bytes of commands and answers, without any port.

9600 baud, 8 data bits, no parity, one stop bit. A command is a letter, its digits (or "@" where it
has none) and one check byte: the complement of the low eight bits of the sum of all bytes before.
An answer begins with the command's letter (or "?", when it is not taken), then the instrument
status, data if any, and the check byte. Facts from public descriptions, see `devices.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.treat.devices.stimulator import LinkError

BAUD = 9_600

ENABLE, DISABLE = b"Q@", b"R@"
DISARM, ARM, TRIGGER = b"EA", b"EB", b"EH"
PARAMETERS, RAPID_PARAMETERS = b"J@", b"\\@"

SHORT = 3
"""Bytes of an answer without data: letter, status, check byte."""
PARAMETERS_LENGTH, RAPID_PARAMETERS_LENGTH = 12, 23


def check_byte(data: bytes) -> int:
    """The check byte of a frame."""
    return ~sum(data) & 0xFF


def frame(command: bytes) -> bytes:
    """The command with its check byte."""
    return command + bytes([check_byte(command)])


def power(pct_mso: int) -> bytes:
    """Set the output of the first (or only) unit, whole % MSO."""
    return b"@%03d" % pct_mso


def second_power(pct_mso: int) -> bytes:
    """Set the output of the second unit of a BiStim."""
    return b"A%03d" % pct_mso


def interval(ms: int) -> bytes:
    """Set the interval between the two pulses of a BiStim, whole milliseconds."""
    return b"C%03d" % ms


def train_duration(tenths_s: int) -> bytes:
    """Set the length of a Rapid2's train, in tenths of a second."""
    return b"[%04d" % tenths_s


def train_rate(tenths_hz: int) -> bytes:
    """Set the rate of a Rapid2's train, in tenths of a hertz."""
    return b"B%04d" % tenths_hz


def train_pulses(count: int) -> bytes:
    """Set the number of pulses of a Rapid2's train."""
    return b"D%05d" % count


@dataclass(frozen=True, slots=True)
class InstrumentStatus:
    """The status byte that every answer carries."""

    byte: int

    @property
    def armed(self) -> bool:
        """Armed or ready: the first goes out when the second comes on."""
        return bool(self.byte & 0b110)

    @property
    def ready(self) -> bool:
        return bool(self.byte & 0b100)

    @property
    def coil_present(self) -> bool:
        return bool(self.byte & 0b1000)

    @property
    def replace_coil(self) -> bool:
        return bool(self.byte & 0b1_0000)

    @property
    def error(self) -> bool:
        return bool(self.byte & 0b10_0000)

    @property
    def remote(self) -> bool:
        return bool(self.byte & 0b1000_0000)

    @property
    def fault(self) -> str:
        """Its fault in words; empty if it reports none."""
        if self.error:
            return "the stimulator shows an error"
        return "the coil has to be replaced" if self.replace_coil else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that has the right letter, length and check byte."""

    status: InstrumentStatus
    data: bytes

    def number(self, first: int, last: int) -> int:
        """The decimal number in those bytes of the data."""
        digits = self.data[first:last]
        if not digits.isdigit():
            raise LinkError(
                "the stimulator", f"its answer holds {digits!r} for a number", "Connect it again"
            )
        return int(digits)


def parse(command: bytes, received: bytes, length: int) -> Answer:
    """The answer to a command; raises LinkError for anything but a whole, correct one."""
    if received[:1] == b"?":
        raise LinkError(
            "the stimulator",
            f"it does not take the command {command[:1].decode()}",
            "Check that its model is the one configured, and that it is under remote control",
        )
    if len(received) < length:
        raise LinkError(
            "the stimulator",
            f"it sent {len(received)} of {length} bytes" if received else "it does not answer",
            "Press the stimulator's own stop button, then look at its cable",
        )
    if received[:1] != command[:1] or received[-1] != check_byte(received[:-1]):
        raise LinkError(
            "the stimulator",
            f"its answer cannot be understood ({received.hex(' ')})",
            "Press the stimulator's own stop button, then look at its cable",
        )
    return Answer(InstrumentStatus(received[1]), received[2:-1])
