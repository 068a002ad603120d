"""The limits of a session while it runs: its trains by the check's tables, its pulses by the caps.

`check` judges a protocol before anything is given; these functions judge the next train, from what
was given already. Both read one table and one policy, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity, by_severity
from euthymia.plan.protocol.exact import exact, show
from euthymia.plan.protocol.limits import (
    TrainRuling,
    interval_table,
    train_tables,
)
from euthymia.plan.protocol.policy import CheckPolicy, default_policy


@dataclass(frozen=True, slots=True)
class NextTrain:
    """The train that is about to be given.

    `intensity_pct_rmt` is in % of the EMG resting motor threshold of the hand, as the tables are;
    None where it cannot be told (a fixed output). `pause_s` is the time since the last pulse of the
    train before, None before the first. Theta bursts stand in no table.
    """

    rate_hz: float
    duration_s: float
    pulses: int
    intensity_pct_rmt: float | None
    pause_s: float | None = None
    theta_burst: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What was given so far: pulses of this session and of this day, this session included."""

    pulses_session: int
    pulses_today: int

    def __post_init__(self) -> None:
        if not 0 <= self.pulses_session <= self.pulses_today:
            raise InputError(
                "pulses given",
                f"{self.pulses_session} in the session and {self.pulses_today} on the day do not "
                "go together",
                "Count the session's pulses into those of the day",
            )


def train_rulings(train: NextTrain) -> tuple[TrainRuling, ...]:
    """What each train table says; nothing for theta bursts and for a fixed output."""
    if train.theta_burst or train.intensity_pct_rmt is None:
        return ()
    duration, rate = exact(train.duration_s, "train"), exact(train.rate_hz, "rate")
    return tuple(table.rule(duration, rate, train.intensity_pct_rmt) for table in train_tables())


def pulses_left(given: Given, policy: CheckPolicy | None = None) -> int:
    """How many pulses may still be given before a cap of the session or of the day is passed."""
    caps = (policy or default_policy()).caps
    left = min(
        caps.pulses_per_session - given.pulses_session, caps.pulses_per_day - given.pulses_today
    )
    return max(0, left)


def check_next_train(
    train: NextTrain, given: Given, *, cleared: bool, policy: CheckPolicy | None = None
) -> tuple[Finding, ...]:
    """Every finding about giving this train now, gravest first.

    cleared: whether the session follows a cleared protocol as published, which the check before it
    has shown; then what exceeds a table asks for an acknowledgement instead of stopping.
    """
    used = policy or default_policy()
    return by_severity(
        (
            *_trains(train, used, cleared),
            *_pause(train, used, cleared),
            *_pulses(train, given, used),
        )
    )


def _trains(train: NextTrain, policy: CheckPolicy, cleared: bool) -> Iterator[Finding]:
    for ruling in train_rulings(train):
        yield Finding(
            code=f"session.train.{ruling.table.id.lower()}",
            severity=policy.train_severity(ruling.verdict, cleared=cleared),
            subject="next train",
            message=f"A train of {train.duration_s:g} s at {train.rate_hz:g} Hz and "
            f"{train.intensity_pct_rmt:g} %: {ruling.verdict.value} (table {ruling.table.id})",
            found=f"{train.duration_s:g} s",
            limit=ruling.limit_text,
            source=ruling.table.source,
        )


def _pause(train: NextTrain, policy: CheckPolicy, cleared: bool) -> Iterator[Finding]:
    if train.pause_s is None or train.intensity_pct_rmt is None or train.theta_burst:
        return
    table = interval_table()
    ruling = table.rule(
        exact(train.pause_s, "pause"), exact(train.rate_hz, "rate"), train.intensity_pct_rmt
    )
    yield Finding(
        code=f"session.pause.{table.id.lower()}",
        severity=policy.spacing_severity(ruling.verdict, cleared=cleared),
        subject="pause before the train",
        message=f"{train.pause_s:g} s since the train before: {ruling.words}",
        found=f"{train.pause_s:g} s",
        limit=f"at least {show(table.safe_from_s)} s",
        source=table.source,
    )


def _pulses(train: NextTrain, given: Given, policy: CheckPolicy) -> Iterator[Finding]:
    caps = policy.caps
    for period, before, cap in (
        ("session", given.pulses_session, caps.pulses_per_session),
        ("day", given.pulses_today, caps.pulses_per_day),
    ):
        after = before + train.pulses
        if after > cap:
            yield Finding(
                code=f"session.pulses.{period}",
                severity=Severity.ACKNOWLEDGE,
                subject=f"pulses of the {period}",
                message=f"With this train the {period} has {after:,} pulses, more than the cap of "
                f"{cap:,} that is set here",
                found=f"{after:,} pulses",
                limit=f"{cap:,} pulses (soft cap; there is no consensus)",
                nearest_allowed=f"{max(0, cap - before):,} pulses more",
                source=caps.source,
            )
