"""What a running session shows: worked out from what passes between engine, device and record."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from django.utils.translation import ngettext

from euthymia.clinic.chair.engine.latch import StopLatch
from euthymia.clinic.chair.engine.web_operator import WebOperator
from euthymia.core.poses import Pose
from euthymia.treat.clock import Clock
from euthymia.treat.devices.stimulator import (
    DeviceIdentity,
    DeviceStatus,
    Stimulator,
    TrainSettings,
)
from euthymia.treat.session.bench import CoilSource
from euthymia.treat.session.documents import (
    Document,
    SessionInterrupted,
    SessionResumed,
    SessionStarted,
    SessionStopped,
    Sink,
    TrainGiven,
    TrainIntended,
    TrainWithheld,
)
from euthymia.treat.session.engine import EMERGENCY
from euthymia.treat.session.guards import CoilView
from euthymia.treat.session.limits import SessionLimits
from euthymia.treat.session.prescription import Prescription
from euthymia.treat.session.run_state import RunState

TODO, NOW, GIVEN, SHORT = ".", "n", "g", "s"
"""How a train is marked: still to come, under way, given whole, given in part."""
_SENTENCES = 8
_WISHED = frozenset({"paused", EMERGENCY})
"""Codes of interruptions that a person asked for."""


class Board:
    """The live values of one session. The engine's thread writes them, others read a snapshot."""

    def __init__(self, prescription: Prescription, clock: Clock, limits: SessionLimits) -> None:
        self._prescription = prescription
        self._steps = prescription.steps()
        self._clock = clock
        self._limits = limits
        self._lock = Lock()
        self._marks = [TODO] * len(self._steps)
        self._sentences: deque[dict[str, str]] = deque(maxlen=_SENTENCES)
        self._status: DeviceStatus | None = None
        self._coil: CoilView | None = None
        self._field_v_per_m: float | None = None
        self._begun = False
        self._last: TrainGiven | None = None
        self._standing = ""
        self._wished = False
        self.planned_field = ""
        """The field that the placement brings to the target, in words."""
        self.state = RunState()
        """The engine's own state, read and never written here."""
        self.operator: WebOperator | None = None
        self.latch = StopLatch()
        """What holds the stimulator after an emergency stop."""

    # --- written by the engine's thread ---------------------------------------------------------

    def tell(self, sentence: str) -> None:
        """A sentence for the operator."""
        with self._lock:
            self._sentences.append({"at": f"{self._clock.local():%H:%M:%S}", "text": sentence})

    def note(self, document: Document) -> None:
        """What was just written into the record."""
        match document:
            case SessionStarted():
                self._begun = True
            case TrainIntended(train=train):
                self._marks[train - 1] = NOW
            case TrainGiven():
                self.given(document)
            case TrainWithheld(train=train):
                self._marks[train - 1] = TODO
            case SessionInterrupted(reason=reason, code=code):
                self._standing, self._wished = reason, code == "paused"
            case SessionResumed():
                self._begun, self._standing = True, ""
            case SessionStopped():
                self._standing = ""

    def given(self, train: TrainGiven) -> None:
        """A train that was given, now or before the session broke off."""
        self._marks[train.train - 1] = GIVEN if train.delivered == train.requested else SHORT
        self._field_v_per_m, self._last = train.field_v_per_m, train

    def status(self, status: DeviceStatus) -> None:
        """What the stimulator says."""
        self._status = status

    def coil(self, view: CoilView) -> None:
        """What navigation says."""
        self._coil = view

    # --- read by others -------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything that a page shows, as plain values."""
        state, steps = self.state, self._steps
        done = min(state.after_train, len(steps))
        coming = steps[done] if done < len(steps) else None
        with self._lock:
            sentences = list(self._sentences)
        status, coil, phase = self._status, self._coil, self._phase()
        counting = state.zero_s is not None and phase not in ("standing", "press", "opening")
        return {
            "phase": phase,
            "why": self._standing,
            "wished": self._wished,
            "train": coming.number if coming else len(steps),
            "done": done,
            "trains": len(steps),
            "pulses": state.pulses,
            "pulses_planned": self._prescription.pulses,
            "next_in_s": self._until(float(coming.onset_s)) if counting and coming else None,
            "left_s": self._until(float(steps[-1].end_s)) if counting and coming else None,
            "output_pct_mso": coming.output_pct_mso if coming else state.output_pct,
            "marks": "".join(self._marks),
            "waits_for": self.operator.waits_for if self.operator else None,
            "temperature_c": _rounded(status.coil_temperature_c) if status else None,
            "highest_c": self._limits.coil.highest_c,
            "counter": status.pulse_counter if status else None,
            "coil_present": status.coil_present if status else None,
            "armed": status.armed if status else None,
            "safe": self.latch.safe,
            "held": self.latch.holds,
            "distance_mm": _rounded(coil.distance_mm) if coil else None,
            "angle_deg": _rounded(coil.angle_deg) if coil else None,
            "tracked": coil is not None,
            "field_v_per_m": self._field_v_per_m,
            "planned_field": self.planned_field,
            "late_ms": _rounded(state.late_ms),
            "sentences": sentences,
            "given": self.given_words(),
        }

    def given_words(self) -> str:
        """What was given until now, in a sentence; a train that was cut short is named."""
        given = sum(mark in (GIVEN, SHORT) for mark in self._marks)
        told = ngettext(
            "%(pulses)d of %(planned)d pulses in %(given)d of %(trains)d train were given.",
            "%(pulses)d of %(planned)d pulses in %(given)d of %(trains)d trains were given.",
            len(self._marks),
        ) % {
            "pulses": self.state.pulses,
            "planned": self._prescription.pulses,
            "given": given,
            "trains": len(self._marks),
        }
        last = self._last
        if last is None or last.delivered == last.requested:
            return told
        cut = ngettext(
            "Train %(n)d was stopped after %(some)d of %(all)d pulse.",
            "Train %(n)d was stopped after %(some)d of %(all)d pulses.",
            last.requested,
        ) % {
            "n": last.train,
            "some": last.delivered,
            "all": last.requested,
        }
        return f"{told} {cut}"

    def _phase(self) -> str:
        state, operator = self.state, self.operator
        if not self._begun:
            return "opening"
        if self._standing:
            return "standing"
        if operator is not None and operator.waits_for is not None:
            return "press"
        if state.dangling is None:
            return "rest"
        return "armed" if state.fired_s is None else "firing"

    def _until(self, second: float) -> float | None:
        zero_s = self.state.zero_s
        return None if zero_s is None else round(max(0.0, zero_s + second - self._clock.now_s()), 1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


@dataclass(frozen=True, slots=True)
class WatchedStimulator:
    """A stimulator behind the board's latch, whose answers are shown on the board."""

    device: Stimulator
    board: Board

    @property
    def identity(self) -> DeviceIdentity:
        return self.device.identity

    def connect(self) -> None:
        self.device.connect()
        self.board.latch.disarmed()

    def disconnect(self) -> None:
        self.device.disconnect()

    def status(self) -> DeviceStatus:
        found = self.device.status()
        self.board.status(found)
        return found

    def configure(self, settings: TrainSettings) -> TrainSettings:
        return self.device.configure(settings)

    def arm(self) -> None:
        self.board.latch.let_through()
        self.device.arm()

    def fire(self) -> None:
        self.board.latch.let_through()
        self.device.fire()

    def make_safe(self) -> None:
        self.device.make_safe()
        self.board.latch.disarmed()


@dataclass(frozen=True, slots=True)
class WatchedCoil:
    """Navigation whose view is shown on the board."""

    source: CoilSource
    board: Board

    def look(self) -> tuple[CoilView, Pose | None]:
        view, pose = self.source.look()
        self.board.coil(view)
        return view, pose


@dataclass(frozen=True, slots=True)
class ToldSink:
    """Writes each document into the record, then onto the board; says whose wish a stop was."""

    sink: Sink
    board: Board

    def append(self, document: Document) -> None:
        """Durable when this returns, as the sink within promises."""
        written = self._with_person(document)
        self.sink.append(written)
        self.board.note(written)

    def _with_person(self, document: Document) -> Document:
        by = self.board.operator.asked_by if self.board.operator else ""
        asked = (isinstance(document, SessionStopped) and self.board.state.stop_asked) or (
            isinstance(document, SessionInterrupted) and document.code in _WISHED
        )
        if not (by and asked):
            return document
        assert isinstance(document, SessionStopped | SessionInterrupted)
        return replace(document, reason=f"{document.reason} (asked for by {by})")
