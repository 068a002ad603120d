"""Taking up a session that broke off: settle its last train, then resume or close it.

What is on the record up to the break is exact, but for one train at most: an intention without an
outcome. Its outcome is read from the stimulator's counter, which went on counting when the program
died. Where the counter does not fit (or there is none), nothing is guessed in silence: the whole
train is taken as given, the outcome says that it was assumed, and a finding asks for a look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import (
    Basis,
    SessionInterrupted,
    SessionStatus,
    SessionStopped,
    TrainGiven,
    TrainIntended,
    TrainWithheld,
)
from euthymia.treat.session.engine import EMERGENCY
from euthymia.treat.session.journal import Journal
from euthymia.treat.session.limits import SessionLimits
from euthymia.treat.session.operator import DayCheck
from euthymia.treat.session.plan import Plan, session_plan
from euthymia.treat.session.run_state import RunState

_LEFT_OPEN = frozenset({EMERGENCY, "program-ended", "link-lost", "device-error"})
"""Codes of endings that the engine itself wrote down, and that left the session open."""

_QUIET_S = 0.25
"""So long the stimulator is watched before its counter is believed to stand still."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A broken session with every train settled, and what is to be known about that."""

    journal: Journal
    findings: tuple[Finding, ...]


def recover(journal: Journal, bench: Bench) -> Recovered:
    """Make the stimulator safe and settle the train that has no outcome, on the record.

    Refuses a session that is closed, and a stimulator that is not the one it was begun with.
    """
    _require_open(journal)
    bench.device.connect()
    bench.device.make_safe()
    _require_same_device(journal, bench)
    counter = _standing_counter(bench)
    findings: list[Finding] = []
    dangling = journal.dangling
    if dangling is None:
        findings += _unexplained(journal, counter)
    else:
        outcome, found = _outcome(journal, dangling, counter, bench)
        bench.sink.append(outcome)
        journal, findings = _settled(journal, outcome), found
    if _says_why(journal):
        return Recovered(journal, tuple(findings))
    broke_off = SessionInterrupted(
        journal.session,
        journal.next_train - 1,
        bench.clock.local(),
        "broke-off",
        "The program ended without closing the session; its record was settled from the "
        "stimulator's counter",
    )
    bench.sink.append(broke_off)
    journal = replace(journal, interruptions=(*journal.interruptions, broke_off))
    return Recovered(journal, tuple(findings))


def resume(
    journal: Journal,
    bench: Bench,
    *,
    given_today: int = 0,
    day: DayCheck | None = None,
) -> tuple[Plan, RunState]:
    """The plan of the rest of a recovered session, and the engine's state to begin it with.

    given_today: pulses of other sessions of the same day.
    """
    _require_settled(journal)
    prescription = journal.prescription(given_today)
    state = RunState(
        prescription=prescription,
        started_at=journal.started.at,
        pulses=journal.pulses,
        trains=len(journal.given),
        after_train=journal.next_train - 1,
    )
    if journal.given:
        last = journal.given[-1]
        span_s = float(prescription.steps()[last.train - 1].train.span_s)
        ago_s = (bench.clock.local() - last.started_at).total_seconds() - span_s
        state.last_pulse_s = bench.clock.now_s() - max(0.0, ago_s)
    plan = session_plan(
        prescription, day, first=journal.next_train, navigated=bench.coil is not None
    )
    return plan, state


def close(journal: Journal, bench: Bench, reason: str) -> SessionStopped:
    """End a recovered session on the record, as it stands."""
    _require_settled(journal)
    pulses, started = journal.pulses, journal.started
    status = SessionStatus.COMPLETED if journal.remaining_pulses == 0 else SessionStatus.PARTIAL
    stopped = SessionStopped(
        session=journal.session,
        at=bench.clock.local(),
        started_at=started.at,
        status=status if pulses else SessionStatus.NOT_GIVEN,
        reason=reason,
        protocol=started.protocol,
        pulses=pulses,
        trains=len(journal.given),
        remaining_pulses=journal.remaining_pulses,
        output_pct_mso=(
            journal.given[-1].output_pct_mso if journal.given else started.outputs_pct_mso[0]
        ),
    )
    bench.sink.append(stopped)
    return stopped


def may_resume(journal: Journal, bench: Bench, limits: SessionLimits) -> tuple[Finding, ...]:
    """What speaks against taking the session up now: too long ago, or another day."""
    now = bench.clock.local()
    last = journal.given[-1].at if journal.given else journal.started.at
    minutes = (now - last).total_seconds() / 60.0
    rule = limits.partial
    if minutes <= rule.resume_within_min and now.date() == last.date():
        return ()
    return (
        Finding(
            "session.resume-late",
            Severity.ACKNOWLEDGE,
            f"session {journal.session}",
            "It broke off too long ago to be taken up as one session; close it, and let a "
            "clinician decide about the rest",
            found=f"{minutes:.0f} min ago",
            limit=f"{rule.resume_within_min:g} min, on the same day",
            source=rule.source,
        ),
    )


def _require_open(journal: Journal) -> None:
    if not journal.open:
        raise InputError(
            f"session {journal.session}", "it is closed already", "Begin a new session"
        )


def _require_settled(journal: Journal) -> None:
    _require_open(journal)
    if journal.dangling is not None:
        raise InputError(
            f"session {journal.session}", "a train has no outcome yet", "Recover it first"
        )


def _outcome(
    journal: Journal, dangling: TrainIntended, counter: int | None, bench: Bench
) -> tuple[TrainGiven | TrainWithheld, list[Finding]]:
    now = bench.clock.local()
    before = dangling.counter_before
    counted = counter - before if counter is not None and before is not None else None
    if counted == 0:
        reason = "the program ended before the train was fired"
        return TrainWithheld(journal.session, dangling.train, now, reason, counter), []
    fits = counted is not None and 0 < counted <= dangling.pulses
    delivered = counted if fits and counted is not None else dangling.pulses
    given = TrainGiven(
        session=journal.session,
        train=dangling.train,
        at=now,
        # Firing followed the intention by the time that arming takes; nothing better is known.
        started_at=dangling.at,
        block=dangling.block,
        requested=dangling.pulses,
        delivered=delivered,
        output_pct_mso=dangling.output_pct_mso,
        output_read_pct_mso=None,
        counter_after=counter,
        basis=Basis.RECOVERED if fits else Basis.ASSUMED,
    )
    return given, [] if fits else [_does_not_fit(journal, dangling, counter)]


def _says_why(journal: Journal) -> bool:
    """Whether the record itself ends with why the session was left open."""
    if not journal.interruptions or journal.interruptions[-1].code not in _LEFT_OPEN:
        return False
    left_at = journal.interruptions[-1].at
    later = [
        *(train.at for train in journal.given),
        *(train.at for train in journal.withheld),
        *(resumed.at for resumed in journal.resumptions),
    ]
    return all(at <= left_at for at in later)


def _settled(journal: Journal, outcome: TrainGiven | TrainWithheld) -> Journal:
    if isinstance(outcome, TrainGiven):
        return replace(journal, dangling=None, given=(*journal.given, outcome))
    return replace(journal, dangling=None, withheld=(*journal.withheld, outcome))


def _does_not_fit(journal: Journal, dangling: TrainIntended, counter: int | None) -> Finding:
    found = "no counter" if counter is None else f"{counter:,} pulses"
    return Finding(
        "session.train-assumed",
        Severity.ACKNOWLEDGE,
        f"session {journal.session}, train {dangling.train}",
        "It cannot be read from the stimulator how many pulses of this train were given; all of "
        "them are on the record as assumed. Amend the entry if you know better",
        found=found,
        limit=f"{dangling.counter_before} before the train, at most {dangling.pulses} more",
    )


def _unexplained(journal: Journal, counter: int | None) -> list[Finding]:
    """Pulses that the counter holds beyond the record."""
    known = journal.started.pulse_counter
    counters = [
        *(train.counter_after for train in journal.given),
        *(train.counter_after for train in journal.withheld),
    ]
    for after in counters:
        if after is not None:
            known = max(known or 0, after)
    if counter is None or known is None or counter == known:
        return []
    return [
        Finding(
            "session.pulses-unexplained",
            Severity.ACKNOWLEDGE,
            f"session {journal.session}",
            "The stimulator has counted pulses that no session asked for; find out who gave them",
            found=f"{counter:,}",
            limit=f"{known:,} after the last train",
        )
    ]


def _require_same_device(journal: Journal, bench: Bench) -> None:
    begun, here = journal.started.device, bench.device.identity
    if (begun.model, begun.serial_number) != (here.model, here.serial_number):
        raise InputError(
            f"session {journal.session}",
            f"it was begun with {begun.name} no. {begun.serial_number}, and here is "
            f"{here.name} no. {here.serial_number}",
            "Connect the stimulator that it was begun with; its counter is needed",
        )


def _standing_counter(bench: Bench) -> int | None:
    """The counter once it has stopped: a train may have run on after the program died."""
    while True:
        before = bench.device.status()
        bench.clock.sleep_until(bench.clock.now_s() + _QUIET_S)
        after = bench.device.status()
        if not after.firing and before.pulse_counter == after.pulse_counter:
            return after.pulse_counter
