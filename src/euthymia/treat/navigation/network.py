"""Poses over the network: a listener on this computer (UDP or TCP), and OpenIGTLink.

The listener binds to 127.0.0.1 unless told otherwise: nobody else is to move a patient's coil on
the screen. It never raises because of what comes in; what cannot be used is counted and dropped.
"""

from __future__ import annotations

import importlib
import selectors
import socket
import threading
from typing import Any, Literal

import numpy as np

from euthymia.core.errors import InputError, MissingPartError
from euthymia.core.poses import Frame, Pose
from euthymia.treat.clock import Clock
from euthymia.treat.navigation.messages import MOST_BYTES, parse
from euthymia.treat.navigation.samples import PoseSample

_POLL_S = 0.05
_HERE = "127.0.0.1"


class NetworkPoses:
    """Listens for pose messages of one frame; the newest is the stream's sample.

    dropped: messages that could not be used, with the reason for the last one in `last_refusal`.
    """

    def __init__(
        self,
        frame: str,
        clock: Clock,
        *,
        port: int = 0,
        kind: Literal["udp", "tcp"] = "udp",
        host: str = _HERE,
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._sample: PoseSample | None = None
        self._seq = -1
        self._buffers: dict[socket.socket, bytes] = {}
        self.dropped = 0
        self.last_refusal = ""
        udp = kind == "udp"
        self._socket = socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
        )
        try:
            self._socket.bind((host, port))
            if not udp:
                self._socket.listen(1)
        except OSError as problem:
            self._socket.close()
            raise InputError(
                f"port {port}", f"it cannot be listened on ({problem.strerror})", "Choose another"
            ) from None
        self._socket.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._ending = threading.Event()
        self._serve = self._from_datagram if udp else self._from_stream
        self._thread = threading.Thread(target=self._listen, name="pose-listener", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._socket.getsockname()[1])

    def latest(self) -> PoseSample | None:
        return self._sample

    def close(self) -> None:
        if self._ending.is_set():
            return
        self._ending.set()
        self._thread.join()
        for each in (*self._buffers, self._socket):
            each.close()
        self._selector.close()

    def _listen(self) -> None:
        while not self._ending.is_set():
            for key, _ in self._selector.select(_POLL_S):
                try:
                    self._serve(key.fileobj)  # type: ignore[arg-type]
                except OSError as problem:
                    self._refuse(str(problem))

    def _from_datagram(self, source: socket.socket) -> None:
        data, _ = source.recvfrom(MOST_BYTES + 1)
        self._take(data)

    def _from_stream(self, source: socket.socket) -> None:
        if source is self._socket:
            connection, _ = source.accept()
            connection.setblocking(False)
            self._buffers[connection] = b""
            self._selector.register(connection, selectors.EVENT_READ)
            return
        data = source.recv(MOST_BYTES)
        if not data:
            self._selector.unregister(source)
            del self._buffers[source]
            source.close()
            return
        *lines, rest = (self._buffers[source] + data).split(b"\n")
        for line in lines:
            self._take(line)
        if len(rest) > MOST_BYTES:
            self._refuse("a line without an end")
            rest = b""
        self._buffers[source] = rest

    def _take(self, line: bytes) -> None:
        try:
            message = parse(line, self._frame)
        except InputError as refusal:
            self._refuse(str(refusal))
            return
        if message.seq <= self._seq:
            self._refuse("a message that was overtaken by a later one")
            return
        self._seq = message.seq
        self._sample = PoseSample(self._clock.now_s(), message.pose)

    def _refuse(self, reason: str) -> None:
        self.dropped += 1
        self.last_refusal = reason


class OpenIgtLinkPoses:
    """Poses from an OpenIGTLink server, as TRANSFORM messages of one device name.

    OpenIGTLink itself does not say in which frame a transform is; `frame` is what the navigator
    was registered to. Matrices are taken as RAS millimetres, coil to frame. A transform that is no
    proper rotation counts as not tracked.
    """

    def __init__(
        self, frame: Frame, clock: Clock, *, device: str, host: str = _HERE, port: int = 18_944
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._device = device
        self._client: Any = _pyigtl().OpenIGTLinkClient(host=host, port=port)
        self._sample: PoseSample | None = None
        self.last_refusal = ""

    def latest(self) -> PoseSample | None:
        for message in self._client.get_latest_messages():
            if message.message_type == "TRANSFORM" and message.device_name == self._device:
                self._sample = PoseSample(self._clock.now_s(), self._pose(message.matrix))
        return self._sample

    def close(self) -> None:
        self._client.stop()

    def _pose(self, matrix: Any) -> Pose | None:
        try:
            return Pose.from_matrix(np.asarray(matrix, dtype=float), self._frame)
        except InputError as refusal:
            self.last_refusal = str(refusal)
            return None


def _pyigtl() -> Any:
    try:
        return importlib.import_module("pyigtl")
    except ImportError:
        raise MissingPartError(
            "OpenIGTLink",
            "the package for it (pyigtl) is not installed",
            "Install it with: pip install 'euthymia[navigation]'",
        ) from None
