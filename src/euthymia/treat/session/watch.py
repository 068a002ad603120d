"""Looking around: device, coil, operator and clock at one moment, and the guards' view of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from euthymia.core.poses import Pose
from euthymia.treat.devices.stimulator import DeviceStatus
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.guards import CoilView, Phase, Snapshot, Trip, look
from euthymia.treat.session.operator import Request
from euthymia.treat.session.prescription import TrainStep
from euthymia.treat.session.run_state import RunState

Expected = Callable[[float, float], tuple[int, int]]
"""The least and the most pulses of a train, given when one asked and when the answer was heard."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at one moment, and the trips that have lasted long enough.

    asked_s, heard_s: between these moments of the clock the device said what it says.
    """

    status: DeviceStatus
    trips: tuple[Trip, ...]
    view: CoilView | None
    pose: Pose | None
    asked_s: float
    heard_s: float


def look_around(
    bench: Bench,
    state: RunState,
    phase: Phase,
    step: TrainStep | None,
    *,
    expected: Expected | None = None,
    paused: bool = False,
    fires_at_s: float | None = None,
    least_rest_s: float = 0.0,
) -> Seen:
    """Ask the device and everyone else once, and let all guards judge.

    expected: what the counter may show, given when it was asked for and when the answer was heard;
    it describes some moment in between, and a busy computer can make that long.
    fires_at_s: when the armed train is to begin; the silence before it is counted up to there.
    """
    take_requests(bench, state)
    asked_s = bench.clock.now_s()
    status = bench.device.status()
    now_s = bench.clock.now_s()
    view, pose = bench.coil.look() if bench.coil is not None else (None, None)
    # Between trains a patient may move: the coil counts from arming on, and before going on.
    watched = view if paused or phase is not Phase.REST else None
    expected_counter = None
    if state.counter is not None:
        least, most = expected(asked_s, now_s) if expected else (0, 0)
        expected_counter = (state.counter + least, state.counter + most)
    prescription = state.prescription
    trips = look(
        Snapshot(
            phase=phase,
            status=status,
            step=step,
            set_output_pct=step.output_pct_mso if step else None,
            expected_counter=expected_counter,
            coil=watched,
            operator_silent_s=now_s - bench.operator.seen_s(),
            operator_lost_s=now_s - bench.operator.reached_s(),
            rest_s=_rest_s(state, now_s if fires_at_s is None else fires_at_s),
            least_rest_s=least_rest_s,
            day_pulses=(prescription.given_today if prescription else 0) + state.pulses,
            day_ceiling=prescription.day_ceiling if prescription else 0,
            paused=paused,
        ),
        bench.limits,
    )
    return Seen(status, state.lasting(trips, now_s), view, pose, asked_s, now_s)


def _rest_s(state: RunState, until_s: float) -> float | None:
    return None if state.last_pulse_s is None else until_s - state.last_pulse_s


def take_requests(bench: Bench, state: RunState) -> None:
    """Note what the operator has asked for since the last look."""
    while (request := bench.operator.request()) is not None:
        if request is Request.EMERGENCY:
            state.emergency_asked = state.stop_asked = True
        elif request is Request.STOP:
            state.stop_asked = True
        elif request is Request.PAUSE:
            state.pause_asked, state.go_on_asked = True, False
        else:
            state.go_on_asked, state.pause_asked = True, False
