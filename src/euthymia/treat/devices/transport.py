"""The way to a real device: bytes out, bytes in, with a limit on waiting.

Drivers speak to a `Transport`; a serial port is one (pyserial, the extra part `devices`).
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from euthymia.core.errors import MissingPartError
from euthymia.treat.devices.stimulator import LinkError


class Transport(Protocol):
    """A two-way stream of bytes."""

    def write(self, data: bytes) -> None:
        """Send all bytes. Raises LinkError if they cannot be sent."""

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; fewer when nothing more comes within the transport's time limit."""

    def drop_input(self) -> None:
        """Forget what has come in and was not read."""

    def close(self) -> None:
        """Let go of the device. Never raises."""


class SerialTransport:
    """A serial port: 8 data bits, no parity, one stop bit, no flow control."""

    def __init__(self, port: str, baud: int, answer_within_s: float) -> None:
        serial = _pyserial()
        self._failures = (serial.SerialException, OSError, _terminal_error())
        try:
            self._port: Any = serial.Serial(
                port,
                baud,
                timeout=answer_within_s,
                write_timeout=answer_within_s,
                exclusive=True,
            )
        except self._failures as problem:
            raise LinkError(
                f"serial port {port}",
                f"it cannot be opened ({problem})",
                "Check the cable, the name of the port and your right to use it",
            ) from None

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except self._failures as problem:
            raise _lost(problem) from None

    def read(self, count: int) -> bytes:
        try:
            return bytes(self._port.read(count))
        except self._failures as problem:
            raise _lost(problem) from None

    def drop_input(self) -> None:
        try:
            self._port.reset_input_buffer()
        except self._failures as problem:
            raise _lost(problem) from None

    def close(self) -> None:
        try:
            self._port.close()
        except self._failures:
            return


def _lost(problem: Exception) -> LinkError:
    return LinkError(
        "the stimulator",
        f"its cable does not answer any more ({problem})",
        "Press the stimulator's own stop button, then look at its cable",
    )


def _terminal_error() -> type[Exception]:
    """What pyserial lets through on POSIX when a port has gone."""
    try:
        found: type[Exception] = importlib.import_module("termios").error
    except ImportError:
        return OSError
    return found


def _pyserial() -> Any:
    try:
        return importlib.import_module("serial")
    except ImportError:
        raise MissingPartError(
            "serial port",
            "the package for serial ports (pyserial) is not installed",
            "Install it with: pip install 'euthymia[devices]'",
        ) from None
