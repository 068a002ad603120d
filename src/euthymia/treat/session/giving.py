"""Giving one train: intention, arming, firing, watching, outcome."""

from __future__ import annotations

from euthymia.treat.devices.pulse_times import pulses_by
from euthymia.treat.devices.stimulator import DeviceError, LinkError
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import TrainIntended
from euthymia.treat.session.guards import Action, Phase, Trip
from euthymia.treat.session.outcome import settle
from euthymia.treat.session.pose_log import PoseLog
from euthymia.treat.session.prescription import TrainStep
from euthymia.treat.session.run_state import Ended, RunState, Tripped
from euthymia.treat.session.watch import look_around, take_requests


def give(bench: Bench, state: RunState, step: TrainStep, onset_s: float, least_s: float) -> bool:
    """Give the train at its onset; True when at least one pulse of it was given.

    Raises `Tripped` as soon as a guard trips, with the stimulator made safe; the outcome of what
    was given until then is still to be settled. Raises `DeviceError` when the device fails.
    """
    _prepare(bench, state, step)
    _intend(bench, state, step)
    _heed(bench, state)
    bench.device.arm()
    _wait_for_onset(bench, state, step, onset_s, least_s)
    _heed(bench, state)
    state.log = PoseLog(bench, step)
    _fire(bench, state, onset_s)
    _watch(bench, state, step, state.log)
    bench.device.make_safe()
    return settle(bench, state)


def _prepare(bench: Bench, state: RunState, step: TrainStep) -> None:
    """Set the train, and read it back."""
    seen = look_around(bench, state, Phase.REST, step)
    if seen.trips:
        raise Tripped(seen.trips)
    read = bench.device.configure(step.settings)
    allowed = step.output_pct_mso * bench.limits.output.mismatch_pct / 100.0
    if abs(read.output_pct_mso - step.output_pct_mso) > allowed or read.train != step.train:
        raise Tripped(
            (
                Trip(
                    "setting-differs",
                    f"The stimulator was told {step.settings.text}, and says {read.text}. The "
                    "session is stopped; check the stimulator",
                    Action.END,
                ),
            )
        )
    state.output_pct = read.output_pct_mso


def _intend(bench: Bench, state: RunState, step: TrainStep) -> None:
    """Write down what is about to be done; durable when this returns."""
    assert state.prescription is not None  # a session is opened before its trains
    intended = TrainIntended(
        session=state.prescription.session,
        train=step.number,
        at=bench.clock.local(),
        block=step.block,
        pulses=step.train.pulse_count,
        output_pct_mso=step.output_pct_mso,
        counter_before=state.counter,
    )
    # Noted first: if the write itself is broken off, the end has to look for its outcome.
    state.dangling, state.dangling_step = intended, step
    bench.sink.append(intended)


def _wait_for_onset(
    bench: Bench, state: RunState, step: TrainStep, onset_s: float, least_s: float
) -> None:
    """Watch while armed, until the moment to fire; then the device must be ready."""
    identity = bench.device.identity
    fire_s = onset_s - identity.fire_delay_s
    armed_s = bench.clock.now_s()
    while True:
        seen = look_around(
            bench, state, Phase.ARMED, step, fires_at_s=onset_s, least_rest_s=least_s
        )
        now_s = bench.clock.now_s()
        trips = seen.trips
        if not seen.status.ready and seen.asked_s - armed_s > identity.ready_within_s:
            trips = (*trips, _NOT_READY)
        if state.pause_asked or state.stop_asked:
            trips = (*trips, _asked(state))
        if trips:
            bench.device.make_safe()
            raise Tripped(trips)
        if seen.status.ready and fire_s - now_s <= 2 * bench.tick_s:
            break
        bench.clock.sleep_until(max(now_s, min(now_s + bench.tick_s, fire_s - bench.tick_s)))
    bench.clock.sleep_until(fire_s, exact=True)


_NOT_READY = Trip(
    "not-ready",
    "The stimulator does not get ready. Look at its display, then go on",
    Action.PAUSE,
    needs_person=True,
)
_PAUSED = Trip("paused", "Paused by the operator", Action.PAUSE, needs_person=True)
_STOPPED = Trip("stopped", "Stopped by the operator", Action.PAUSE, needs_person=True)
_STOPPED_EARLY = Trip(
    "stopped-early",
    "The stimulator has ended the train before its last pulse. Check it, then go on",
    Action.PAUSE,
    needs_person=True,
)
_OVERRUN = Trip(
    "overrun",
    "The stimulator went on after the end of the train. The session is stopped; do not go on "
    "before this is explained",
    Action.END,
)


def _asked(state: RunState) -> Trip:
    """What the operator asked for, as the reason to stop the train."""
    return _STOPPED if state.stop_asked else _PAUSED


def _heed(bench: Bench, state: RunState) -> None:
    """Let a wish that came meanwhile keep the train back."""
    take_requests(bench, state)
    if state.pause_asked or state.stop_asked:
        bench.device.make_safe()
        raise Tripped((_asked(state),))


def _fire(bench: Bench, state: RunState, onset_s: float) -> None:
    state.fired_s = bench.clock.now_s() + bench.device.identity.fire_delay_s
    state.late_ms = 1_000.0 * (state.fired_s - onset_s)
    try:
        bench.device.fire()
    except LinkError:
        raise
    except (DeviceError, Ended):
        # It has said that it did not fire, or was not let.
        state.fired_s = None
        raise


def _watch(bench: Bench, state: RunState, step: TrainStep, log: PoseLog) -> None:
    """Look at every tick until the train is over; stop it when a guard trips."""
    assert state.fired_s is not None
    fired_s, slack = state.fired_s, bench.limits.timing.slack_s
    end_s = fired_s + float(step.train.span_s)

    def expected(asked_s: float, heard_s: float) -> tuple[int, int]:
        return (
            pulses_by(step.train, asked_s - fired_s - slack),
            pulses_by(step.train, heard_s - fired_s + slack),
        )

    while True:
        now_s = bench.clock.now_s()
        bench.clock.sleep_until(min(now_s + bench.tick_s, max(now_s, end_s + slack / 2)))
        seen = look_around(bench, state, Phase.FIRING, step, expected=expected)
        log.note(seen.view, seen.pose)
        trips = seen.trips
        begun, over = seen.asked_s > fired_s + slack, seen.heard_s >= end_s - slack
        if begun and not over and not seen.status.firing:
            trips = (*trips, _STOPPED_EARLY)
        if seen.status.firing and seen.asked_s > end_s + slack:
            trips = (*trips, _OVERRUN)
        if state.pause_asked or state.stop_asked:
            trips = (*trips, _asked(state))
        if trips:
            bench.device.make_safe()
            raise Tripped(trips)
        if not seen.status.firing and seen.asked_s >= end_s:
            return
