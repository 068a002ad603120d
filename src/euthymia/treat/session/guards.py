"""Guards: what makes a session pause or end by itself.

A guard is a pure function of what the engine sees at one moment (`Snapshot`) and of the limits.
All guards are asked at every tick, and all that trip are reported. A trip says whether the session
may go on when it clears (`PAUSE`) or must end (`END`). The engine alone acts on it: it stops the
train, disarms, writes down why, and tells the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from euthymia.treat.devices.stimulator import DeviceStatus
from euthymia.treat.session.limits import SessionLimits
from euthymia.treat.session.prescription import TrainStep


class Phase(Enum):
    """What the session is doing."""

    REST = "rest"
    ARMED = "armed"
    FIRING = "firing"


class Action(Enum):
    """What a trip demands."""

    PAUSE = "pause"
    """Stop and disarm; go on when it has cleared."""
    END = "end"
    """Stop and disarm; the session cannot go on."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A guard that tripped: its name for programs, and a sentence for the operator.

    needs_person: it does not clear by itself; someone has to say that the session goes on.
    holds_for_s: it counts only after it has lasted so long.
    """

    code: str
    sentence: str
    action: Action
    needs_person: bool = False
    holds_for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CoilView:
    """What navigation says: deviation from the planned pose, and its age. None if untracked."""

    age_s: float
    distance_mm: float | None
    angle_deg: float | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that the guards may look at, at one moment.

    expected_counter: the least and the most that the counter may show now, None where unknown.
    coil: None where the session runs without navigation. rest_s: silence since the last train, in
    the armed phase up to the planned onset; least_rest_s: as much as the protocol has there.
    paused: the session stands still; then stricter limits hold for going on.
    """

    phase: Phase
    status: DeviceStatus
    step: TrainStep | None
    set_output_pct: float | None
    expected_counter: tuple[int, int] | None
    coil: CoilView | None
    operator_silent_s: float
    operator_lost_s: float
    rest_s: float | None
    least_rest_s: float
    day_pulses: int
    day_ceiling: int
    paused: bool = False


Guard = Callable[[Snapshot, SessionLimits], Trip | None]


def device_fault(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """The stimulator reports a fault of its own."""
    if not seen.status.fault:
        return None
    return Trip(
        "device-fault",
        f"The stimulator reports a fault ({seen.status.fault}). The session is stopped; "
        "look at the stimulator's display",
        Action.END,
    )


def coil_missing(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """The coil is not connected."""
    if seen.status.coil_present:
        return None
    return Trip(
        "coil-missing",
        "The coil is not connected. Connect it, then go on",
        Action.PAUSE,
        needs_person=True,
    )


def coil_hot(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """The coil is too warm; a paused session waits until it has cooled further."""
    temperature = seen.status.coil_temperature_c
    highest = limits.coil.go_on_below_c if seen.paused else limits.coil.highest_c
    if temperature is None or temperature <= highest:
        return None
    return Trip(
        "coil-hot",
        f"The coil is at {temperature:.0f} °C. Take it off the head; the session goes on below "
        f"{limits.coil.go_on_below_c:g} °C",
        Action.PAUSE,
    )


def output_differs(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """The output that the stimulator shows is not the one that was set."""
    wanted, shown = seen.set_output_pct, seen.status.output_pct_mso
    if seen.phase is Phase.REST or wanted is None:
        return None
    if abs(shown - wanted) <= wanted * limits.output.mismatch_pct / 100.0:
        return None
    return Trip(
        "output-differs",
        f"The stimulator is set to {shown:.0f} % instead of {wanted:.0f} %. The session is "
        "stopped; check the stimulator before you go on",
        Action.END,
    )


def disarmed(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """The stimulator is not armed although it should be."""
    if seen.phase is Phase.REST or seen.status.armed:
        return None
    return Trip(
        "disarmed",
        "The stimulator has disarmed itself (the coil's switch, its own stop button, or a "
        "protection). Go on when all is well",
        Action.PAUSE,
        needs_person=True,
    )


def pulses_missing(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """Fewer pulses have come than the plan has up to now."""
    if seen.expected_counter is None or seen.status.pulse_counter is None:
        return None
    missing = seen.expected_counter[0] - seen.status.pulse_counter
    if missing <= 0:
        return None
    return Trip(
        "pulses-missing",
        "The stimulator does not give the pulses it was told to. The train is stopped; check the "
        "stimulator, then go on",
        Action.PAUSE,
        needs_person=True,
    )


def pulses_unasked(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """More pulses have come than were asked for up to now."""
    if seen.expected_counter is None or seen.status.pulse_counter is None:
        return None
    if seen.status.pulse_counter <= seen.expected_counter[1]:
        return None
    more = seen.status.pulse_counter - seen.expected_counter[1]
    return Trip(
        "pulses-unasked",
        f"The stimulator has counted {more} more pulses than this session asked for. The session "
        "is stopped; do not go on before this is explained",
        Action.END,
    )


def coil_away(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """The coil is not where it is to be, or navigation does not see it."""
    if seen.coil is None:
        return None
    pose = limits.pose
    # A paused session must not go on at the first moment in which the coil passes its place.
    holds_for_s = 0.0 if seen.paused else pose.for_s
    distance, angle = seen.coil.distance_mm, seen.coil.angle_deg
    if seen.coil.age_s > pose.stale_s or distance is None or angle is None:
        return Trip(
            "coil-unseen",
            "Navigation does not see the coil. Bring the markers into the camera's view",
            Action.PAUSE,
            holds_for_s=holds_for_s / 2,
        )
    if distance <= pose.distance_mm and angle <= pose.angle_deg:
        return None
    return Trip(
        "coil-away",
        f"The coil is {distance:.0f} mm and {angle:.0f}° from its place. Bring it back; the "
        "session goes on by itself",
        Action.PAUSE,
        holds_for_s=holds_for_s,
    )


def operator_silent(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """Nobody has touched anything for too long."""
    if seen.operator_silent_s <= limits.operator.silent_s:
        return None
    return Trip(
        "operator-silent",
        f"Nobody has touched a key for {seen.operator_silent_s / 60:.0f} minutes. Press a key to "
        "go on",
        Action.PAUSE,
    )


def operator_lost(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """The operator could not stop the session from where they sit."""
    if seen.operator_lost_s <= limits.operator.lost_s:
        return None
    return Trip(
        "operator-lost",
        f"The operator's page has not been heard of for {seen.operator_lost_s:.0f} seconds. Open "
        "it again, then go on",
        Action.PAUSE,
        needs_person=True,
    )


def too_soon(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """The silence since the last train is shorter than the protocol's."""
    if seen.phase is not Phase.ARMED or seen.rest_s is None:
        return None
    if seen.rest_s >= seen.least_rest_s - limits.timing.rest_slack_s:
        return None
    return Trip(
        "too-soon",
        f"Only {seen.rest_s:.1f} s have passed since the last train, and the protocol has "
        f"{seen.least_rest_s:.1f} s. The train waits",
        Action.PAUSE,
    )


def day_is_full(seen: Snapshot, limits: SessionLimits) -> Trip | None:
    """The next train would take the day beyond its ceiling."""
    if seen.step is None or seen.phase is Phase.FIRING:
        return None
    if seen.day_pulses + seen.step.train.pulse_count <= seen.day_ceiling:
        return None
    return Trip(
        "day-full",
        f"Today {seen.day_pulses:,} pulses have been given, and the ceiling of a day is "
        f"{seen.day_ceiling:,}. The session ends here",
        Action.END,
    )


GUARDS: tuple[Guard, ...] = (
    device_fault,
    coil_missing,
    coil_hot,
    output_differs,
    disarmed,
    pulses_missing,
    pulses_unasked,
    coil_away,
    operator_silent,
    operator_lost,
    too_soon,
    day_is_full,
)
"""Every guard, in the order in which their sentences are shown."""


def look(seen: Snapshot, limits: SessionLimits) -> tuple[Trip, ...]:
    """All guards that trip at this moment."""
    return tuple(trip for guard in GUARDS if (trip := guard(seen, limits)) is not None)
