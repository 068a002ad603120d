"""The run engine: it alone touches the stimulator, and it always leaves it disarmed.

The order around each train is what the record stands on:

1. the intention is written, durable, with the stimulator's counter before the train;
2. only then is the stimulator armed, and only at the planned onset is it fired;
3. when it has stopped and is disarmed, the outcome is written from the counter.

Whenever the program dies in between, an intention without an outcome is left, and the counter
says what became of it (`recovery`). A train that was stopped is never repeated or completed: what
is left of a session is proposed, not given.
"""

from __future__ import annotations

import math
from contextlib import suppress

from euthymia.treat.devices.stimulator import DeviceError, LinkError
from euthymia.treat.session import plan as messages
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import (
    SessionInterrupted,
    SessionResumed,
    SessionStarted,
    SessionStatus,
    SessionStopped,
)
from euthymia.treat.session.giving import give
from euthymia.treat.session.guards import Action, Phase, Trip
from euthymia.treat.session.outcome import resolve_dangling
from euthymia.treat.session.prescription import Prescription, TrainStep
from euthymia.treat.session.run_state import Ended, Outcome, RunState, Tripped
from euthymia.treat.session.signals import undisturbed
from euthymia.treat.session.watch import look_around, take_requests

EMERGENCY = "emergency-stop"
"""The code of an ending that leaves the session open until a person has said what it was."""

_PREPARING_S = 0.1
"""Setting a train, reading it back and writing its intention down takes no longer than this."""


class Engine:
    """Runs one session plan on one bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._state = RunState()

    def run(self, plan: messages.Plan) -> Outcome:
        """Carry out the plan to one of its ends; the stimulator is disarmed when this returns.

        Also when it raises: an interrupt, a kill by SIGTERM or a fault of the program makes the
        stimulator safe first, writes down what is known, and leaves the session open.
        """
        try:
            self._bench.device.connect()
            outcome = self._walk(plan)
        except DeviceError as error:
            code = "link-lost" if isinstance(error, LinkError) else "device-error"
            outcome = self._end(Ended(code, str(error), stays_open=True))
        except BaseException as error:
            with undisturbed(), suppress(Exception):
                # What cannot be written now is found again from the counter (`recovery`).
                self._end(Ended("program-ended", _cause(error), stays_open=True))
            raise
        finally:
            with undisturbed():
                self._let_go()
                plan.close()
        return outcome

    def _walk(self, plan: messages.Plan) -> Outcome:
        reply: messages.Reply = None
        try:
            while True:
                message = plan.send(reply)
                reply = self._carry_out(message)
        except StopIteration:
            return self._end(Ended("completed", "All trains were dealt with"))
        except Ended as ended:
            return self._end(ended)

    def _carry_out(self, message: messages.Message) -> messages.Reply:
        match message:
            case messages.Confirm(question):
                if not self._bench.operator.confirm(question):
                    raise Ended("not-confirmed", f"Not confirmed: {question}")
                return True
            case messages.Ask(questions):
                return self._bench.operator.answer(questions)
            case messages.Refuse(findings):
                reasons = " ".join(finding.message for finding in findings)
                raise Ended("refused", f"The answers of the day speak against it: {reasons}")
            case messages.Open():
                self._open(message)
            case messages.Position():
                self._position()
            case messages.Ramp(output, step):
                self._bench.operator.tell(f"Output from train {step.number} on: {output:g} % MSO")
            case messages.Rest(step, least_s):
                self._rest(step, least_s)
            case messages.Give(step, least_s):
                self._give(step, least_s)
            case messages.Checkpoint(step):
                self._checkpoint(step)
            case messages.Close():
                pass
        return True

    # --- the messages ---------------------------------------------------------------------------

    def _open(self, message: messages.Open) -> None:
        bench, state = self._bench, self._state
        prescription = message.prescription
        now = bench.clock.local()
        status = bench.device.status()
        state.counter = status.pulse_counter
        state.after_train = message.first - 1
        if state.started_at is not None:
            state.prescription = prescription
            bench.sink.append(
                SessionResumed(prescription.session, message.first, now, "taken up after a break")
            )
            return
        first = prescription.steps()[0]
        settings = bench.device.configure(first.settings)
        state.started_at = now
        bench.sink.append(
            SessionStarted(
                session=prescription.session,
                at=now,
                protocol=prescription.protocol_id,
                protocol_json=prescription.protocol_json,
                outputs_pct_mso=prescription.outputs_pct_mso,
                pulses=prescription.pulses,
                trains=prescription.protocol.train_count,
                device=bench.device.identity,
                settings=settings.text,
                pulse_counter=status.pulse_counter,
                software=bench.software,
                coil_pose=prescription.coil_pose,
                answers=message.answers,
                target_field=prescription.target_field,
            )
        )
        state.prescription = prescription

    def taken_up(self, state: RunState) -> Engine:
        """This engine, continuing a session whose earlier part is on the record."""
        self._state = state
        return self

    def _position(self) -> None:
        """Wait until the guards have nothing against the coil's place."""
        seen = look_around(self._bench, self._state, Phase.REST, None, paused=True)
        if seen.trips:
            self._stand_still(seen.trips, record=False)

    def _rest(self, step: TrainStep, least_s: float) -> None:
        """Wait until the train has to be prepared; the schedule moves only if it must."""
        bench, state = self._bench, self._state
        while True:
            self._schedule(step, least_s)
            due_s = self._onset_s(step) - self._lead_s
            now_s = bench.clock.now_s()
            if now_s >= due_s:
                return
            bench.clock.sleep_until(min(due_s, now_s + bench.rest_tick_s))
            self._look(Phase.REST, step)
            if state.pause_asked or state.stop_asked:
                self._asked()

    def _give(self, step: TrainStep, least_s: float) -> None:
        """One train, or what the guards leave of it; a train that was withheld is tried again
        once whatever withheld it has cleared."""
        while True:
            if self._bench.press_each_train:
                self._await_press(step)
                self._schedule(step, least_s)
            try:
                given = give(self._bench, self._state, step, self._onset_s(step), least_s)
            except Tripped as tripped:
                given = resolve_dangling(self._bench, self._state, tripped)
                self._stand_still(tripped.trips)
            if given:
                return
            self._rest(step, least_s)

    def _await_press(self, step: TrainStep) -> None:
        """Wait for the operator's press for this train; the guards look on meanwhile."""
        bench, told = self._bench, False
        while not bench.operator.permits(step):
            if not told:
                bench.operator.tell(f"Train {step.number} waits for your press")
                told = True
            bench.clock.sleep_until(bench.clock.now_s() + bench.rest_tick_s)
            self._look(Phase.REST, step)
            if self._state.pause_asked or self._state.stop_asked:
                self._asked()

    def _checkpoint(self, step: TrainStep) -> None:
        self._state.after_train = step.number
        take_requests(self._bench, self._state)
        if self._state.pause_asked or self._state.stop_asked:
            self._asked()

    # --- standing still -------------------------------------------------------------------------

    def _look(self, phase: Phase, step: TrainStep | None) -> None:
        seen = look_around(self._bench, self._state, phase, step)
        if seen.trips:
            self._stand_still(seen.trips)

    def _asked(self) -> None:
        self._end_if_asked()
        trip = Trip("paused", "Paused by the operator", Action.PAUSE, needs_person=True)
        self._stand_still((trip,))

    def _end_if_asked(self) -> None:
        if self._state.emergency_asked:
            raise Ended(EMERGENCY, "Emergency stop", stays_open=True)
        if self._state.stop_asked:
            raise Ended("stopped", "The operator ended the session")

    def _stand_still(self, trips: tuple[Trip, ...], *, record: bool = True) -> None:
        """Make safe, say why, and wait until all has cleared (and a person agrees, if needed)."""
        bench, state = self._bench, self._state
        bench.device.make_safe()
        state.pause_asked = state.go_on_asked = False
        reason = " ".join(trip.sentence + "." for trip in trips)
        for trip in trips:
            bench.operator.tell(trip.sentence)
        self._end_if_asked()
        final = [trip for trip in trips if trip.action is Action.END]
        if record:
            self._note_interruption(",".join(trip.code for trip in trips), reason)
        if final:
            raise Ended(final[0].code, reason)
        self._wait_until_clear(any(trip.needs_person for trip in trips))
        state.since.clear()
        if record and state.prescription is not None:
            bench.sink.append(
                SessionResumed(
                    state.prescription.session,
                    state.after_train + 1,
                    bench.clock.local(),
                    "all is in order again",
                )
            )
        bench.operator.tell("The session goes on")

    def _wait_until_clear(self, needs_person: bool) -> None:
        bench, state = self._bench, self._state
        clear_since: float | None = None
        back_s = bench.limits.pose.back_for_s if bench.coil is not None else 0.0
        while True:
            now_s = bench.clock.now_s()
            seen = look_around(bench, state, Phase.REST, None, paused=True)
            final = [trip for trip in seen.trips if trip.action is Action.END]
            if final:
                self._note_interruption(final[0].code, final[0].sentence)
                raise Ended(final[0].code, final[0].sentence)
            self._end_if_asked()
            clear_since = None if seen.trips else (clear_since or now_s)
            agreed = not needs_person or state.go_on_asked
            if clear_since is not None and agreed and now_s - clear_since >= back_s:
                state.pause_asked = state.go_on_asked = False
                return
            bench.clock.sleep_until(now_s + bench.rest_tick_s)

    def _note_interruption(self, code: str, reason: str) -> None:
        state = self._state
        if state.prescription is not None:
            self._bench.sink.append(
                SessionInterrupted(
                    state.prescription.session,
                    state.after_train,
                    self._bench.clock.local(),
                    code,
                    reason,
                )
            )

    # --- the schedule ---------------------------------------------------------------------------

    @property
    def _lead_s(self) -> float:
        return self._bench.lead_s + self._bench.device.identity.ready_within_s

    def _onset_s(self, step: TrainStep) -> float:
        assert self._state.zero_s is not None  # a rest comes before every train
        return self._state.zero_s + float(step.onset_s)

    def _schedule(self, step: TrainStep, least_s: float) -> None:
        """Move the schedule later if this train can no longer be given in time; never earlier."""
        state, now_s = self._state, self._bench.clock.now_s()
        onset_s = -math.inf if state.zero_s is None else self._onset_s(step)
        needed_s = self._bench.device.identity.ready_within_s + _PREPARING_S
        earliest_s = now_s
        if onset_s < now_s + needed_s:
            earliest_s = now_s + self._lead_s
        if state.last_pulse_s is not None:
            rested_s = state.last_pulse_s + least_s
            # A train that came some milliseconds late does not push all later ones back.
            if onset_s < rested_s - self._bench.limits.timing.rest_slack_s / 2:
                earliest_s = max(earliest_s, rested_s)
        if onset_s < earliest_s:
            state.zero_s = earliest_s - float(step.onset_s)

    # --- the end --------------------------------------------------------------------------------

    def _end(self, ended: Ended) -> Outcome:
        """Make safe, settle the last train, and close the record or leave it open."""
        state = self._state
        lost = not self._made_safe()
        if state.dangling is not None and not lost:
            try:
                resolve_dangling(self._bench, state, None)
            except DeviceError:
                lost = True
        prescription = state.prescription
        if prescription is None:
            return Outcome(SessionStatus.NOT_GIVEN, ended.code, ended.reason, 0, 0, 0)
        remaining = max(0, prescription.pulses - state.pulses)
        self._bench.operator.tell(ended.reason)
        if lost or ended.stays_open:
            self._note_interruption(ended.code, ended.reason)
            return Outcome(None, ended.code, ended.reason, state.pulses, state.trains, remaining)
        status = SessionStatus.COMPLETED if remaining == 0 else SessionStatus.PARTIAL
        if state.pulses == 0:
            status = SessionStatus.NOT_GIVEN
        self._close(prescription, status, ended.reason, remaining)
        return Outcome(status, ended.code, ended.reason, state.pulses, state.trains, remaining)

    def _close(
        self, prescription: Prescription, status: SessionStatus, reason: str, remaining: int
    ) -> None:
        state, now = self._state, self._bench.clock.local()
        self._bench.sink.append(
            SessionStopped(
                session=prescription.session,
                at=now,
                started_at=state.started_at or now,
                status=status,
                reason=reason,
                protocol=prescription.protocol_id,
                pulses=state.pulses,
                trains=state.trains,
                remaining_pulses=remaining,
                output_pct_mso=state.output_pct or prescription.outputs_pct_mso[0],
            )
        )

    def _made_safe(self) -> bool:
        """Whether the stimulator confirmed that it is safe; asked twice, then its own watchdog
        and the operator's hand on its stop button are what is left."""
        for _ in range(2):
            try:
                self._bench.device.make_safe()
            except DeviceError:
                continue
            return True
        return False

    def _let_go(self) -> None:
        self._made_safe()
        self._bench.device.disconnect()


def _cause(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "The operator interrupted the program"
    return f"The program was ended ({type(error).__name__})"
