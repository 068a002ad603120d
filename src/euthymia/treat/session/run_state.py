"""What the engine knows while it runs, and the endings it raises for itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from euthymia.treat.session.documents import SessionStatus, TrainIntended
from euthymia.treat.session.guards import Trip
from euthymia.treat.session.pose_log import PoseLog
from euthymia.treat.session.prescription import Prescription, TrainStep


class Ended(Exception):  # noqa: N818 - an ending is no error
    """The session ends; `code` and `reason` say why. `open`: it stays open, to be taken up."""

    def __init__(self, code: str, reason: str, *, stays_open: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.stays_open = stays_open


class Tripped(Exception):  # noqa: N818 - it leads to a pause
    """Guards tripped; the engine has to make safe and stand still."""

    def __init__(self, trips: tuple[Trip, ...]) -> None:
        super().__init__("; ".join(trip.code for trip in trips))
        self.trips = trips


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. status None: the session is still open on the record."""

    status: SessionStatus | None
    code: str
    reason: str
    pulses: int
    trains: int
    remaining_pulses: int


@dataclass(slots=True)
class RunState:
    """Counts and times of the run; all times by the session's clock, in seconds.

    zero_s: when the protocol's own second 0 lies; moves later when the session has stood still.
    last_pulse_s: when the last pulse came. counter: what the stimulator's counter must show now.
    dangling: an intention whose outcome is not on the record yet.
    """

    prescription: Prescription | None = None
    started_at: datetime | None = None
    zero_s: float | None = None
    last_pulse_s: float | None = None
    counter: int | None = None
    dangling: TrainIntended | None = None
    dangling_step: TrainStep | None = None
    fired_s: float | None = None
    late_ms: float | None = None
    log: PoseLog | None = None
    pulses: int = 0
    trains: int = 0
    after_train: int = 0
    output_pct: float = 0.0
    since: dict[str, float] = field(default_factory=dict)
    stop_asked: bool = False
    emergency_asked: bool = False
    pause_asked: bool = False
    go_on_asked: bool = False

    def reset_train(self) -> None:
        """Forget the train that was dealt with."""
        self.dangling = self.dangling_step = None
        self.fired_s = self.late_ms = self.log = None

    def lasting(self, trips: tuple[Trip, ...], now_s: float) -> tuple[Trip, ...]:
        """The trips that have lasted as long as they must; keeps since when each holds."""
        codes = {trip.code for trip in trips}
        self.since = {code: at for code, at in self.since.items() if code in codes}
        return tuple(
            trip
            for trip in trips
            if now_s - self.since.setdefault(trip.code, now_s) >= trip.holds_for_s
        )
