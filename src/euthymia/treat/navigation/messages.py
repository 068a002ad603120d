"""The pose-stream message: one JSON object a line (TCP) or a datagram (UDP), and pose files.

    {"type": "pose", "version": 1, "seq": 17, "frame": "colin27", "axes": "RAS",
     "matrix_mm": [[...], [...], [...], [0, 0, 0, 1]]}
    {"type": "pose", "version": 1, "seq": 18, "frame": "colin27", "tracked": false}

`matrix_mm` maps the coil's coordinates to the frame's (4 x 4, by rows, millimetres); the coil's
axes are those of `core.poses`. `seq` rises from message to message; an older one that comes late
is dropped. A recorded file holds the same lines, each with `at_s` in seconds from its beginning.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import Pose
from euthymia.treat.clock import Clock
from euthymia.treat.navigation.samples import PoseSample

VERSION = 1
MOST_BYTES = 4_096
"""A line or datagram longer than this is no message."""


@dataclass(frozen=True, slots=True)
class PoseMessage:
    """One message: its number, and the pose; None while the coil is not tracked."""

    seq: int
    frame: str
    pose: Pose | None
    at_s: float | None = None


def to_line(message: PoseMessage) -> bytes:
    """The message as a line, with its newline."""
    data: dict[str, object] = {"type": "pose", "version": VERSION, "seq": message.seq}
    if message.at_s is not None:
        data["at_s"] = message.at_s
    if message.pose is None:
        data |= {"frame": message.frame, "tracked": False}
    else:
        data |= message.pose.to_json()
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


def parse(line: bytes, frame: str) -> PoseMessage:
    """The message of a line, for a session whose poses are in that frame.

    Raises InputError for anything else: no JSON, another type or version, another frame, a matrix
    that is no proper rotation.
    """
    if len(line) > MOST_BYTES:
        raise InputError("pose message", "it is too long", "Send one message a line")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError("pose message", "it is not JSON", "Send one JSON object a line") from None
    if not isinstance(data, dict) or data.get("type") != "pose" or data.get("version") != VERSION:
        raise InputError(
            "pose message", "its type or version is not known", f"Send version {VERSION}"
        )
    seq, at_s = data.get("seq"), data.get("at_s")
    if type(seq) is not int or not (at_s is None or isinstance(at_s, int | float)):
        raise InputError("pose message", "its number or time is no number", "Count messages up")
    if data.get("frame") != frame:
        raise InputError(
            "pose message",
            f"it is in frame {data.get('frame')!r}, and the session's plan in {frame!r}",
            "Register the tracker to the image that the plan was made on",
        )
    seen = data.get("tracked", True) is not False
    return PoseMessage(seq, frame, Pose.from_json(data) if seen else None, at_s)


class RecordedPoses:
    """A recorded pose file, played back on the session's clock from the moment it is opened."""

    def __init__(self, messages: tuple[PoseMessage, ...], clock: Clock) -> None:
        self._messages = messages
        self._clock = clock
        self._start_s = clock.now_s()
        self._next = 0
        self._sample: PoseSample | None = None

    @classmethod
    def read(cls, path: Path, frame: str, clock: Clock) -> RecordedPoses:
        """The poses of a file; refuses one whose times are missing or go back."""
        require_file(path, "recorded poses")
        found: list[PoseMessage] = []
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            if not line.strip():
                continue
            try:
                message = parse(line, frame)
            except InputError as refusal:
                raise InputError(
                    f"{path}, line {number}: {refusal.subject}", refusal.problem, refusal.remedy
                ) from None
            last_s = found[-1].at_s if found else None
            if message.at_s is None or (last_s is not None and message.at_s < last_s):
                raise InputError(
                    f"{path}, line {number}", "its time is missing or goes back", "Correct at_s"
                )
            found.append(message)
        if not found:
            raise InputError(str(path), "it holds no poses", "Record some first")
        return cls(tuple(found), clock)

    def latest(self) -> PoseSample | None:
        passed_s = self._clock.now_s() - self._start_s
        while self._next < len(self._messages):
            message = self._messages[self._next]
            assert message.at_s is not None  # `read` has seen to it
            if message.at_s > passed_s:
                break
            self._sample = PoseSample(self._start_s + message.at_s, message.pose)
            self._next += 1
        return self._sample

    def close(self) -> None:
        return None
