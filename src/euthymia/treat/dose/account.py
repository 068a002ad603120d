"""Dose accounting: what was prescribed against what was given, per train, session and course.

Everything is worked out from the documents of the sessions (`session.journal`) and nothing else.
Figures that were not measured (pose without navigation, field without a head model) stay None;
they are never filled in from the plan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from euthymia.core.findings import Finding, Severity
from euthymia.plan.protocol import schema
from euthymia.treat.session.documents import Basis, SessionStarted, SessionStatus, TrainGiven
from euthymia.treat.session.journal import Journal
from euthymia.treat.session.limits import PartialRule, default_limits


@dataclass(frozen=True, slots=True)
class TrainDose:
    """One train: pulses asked for and given, output, and what navigation saw.

    exposure_v_per_m_pulses: field at the target times pulses given; None without a field.
    """

    session: int
    train: int
    requested: int
    delivered: int
    output_pct_mso: float
    basis: Basis
    field_v_per_m: float | None
    pose_mean_mm: float | None
    pose_worst_mm: float | None

    @classmethod
    def of(cls, given: TrainGiven) -> TrainDose:
        """From the train's document."""
        return cls(
            session=given.session,
            train=given.train,
            requested=given.requested,
            delivered=given.delivered,
            output_pct_mso=given.output_pct_mso,
            basis=given.basis,
            field_v_per_m=given.field_v_per_m,
            pose_mean_mm=given.pose.mean_mm if given.pose else None,
            pose_worst_mm=given.pose.worst_mm if given.pose else None,
        )

    @property
    def exposure_v_per_m_pulses(self) -> float | None:
        return None if self.field_v_per_m is None else self.field_v_per_m * self.delivered


@dataclass(frozen=True, slots=True)
class SessionDose:
    """One session: prescribed against given.

    mean_output_pct_mso and mean_field_v_per_m are weighted with pulses; the field only over trains
    for which it is known, which `field_known_pulses` counts. median_field_v_per_m: over those
    trains. field_of_planned_pct: mean field against that of the planned pose at the outputs given.
    exposure_v_per_m_pulses: field times pulses, summed over the trains for which it is known, so
    the least that arrived; exposure_of_prescribed_pct: against all prescribed pulses at the
    planned pose. status None: still open.
    """

    session: int
    on: date
    protocol: str
    status: SessionStatus | None
    prescribed_pulses: int
    delivered_pulses: int
    prescribed_trains: int
    delivered_trains: int
    assumed_pulses: int
    interruptions: int
    mean_output_pct_mso: float | None
    mean_field_v_per_m: float | None
    median_field_v_per_m: float | None
    field_known_pulses: int
    field_of_planned_pct: float | None
    exposure_v_per_m_pulses: float | None
    exposure_of_prescribed_pct: float | None
    pose_mean_mm: float | None
    pose_worst_mm: float | None
    simulated: bool
    trains: tuple[TrainDose, ...]

    @property
    def given_pct(self) -> float:
        return 100.0 * self.delivered_pulses / self.prescribed_pulses

    @property
    def remaining_pulses(self) -> int:
        return max(0, self.prescribed_pulses - self.delivered_pulses)


@dataclass(frozen=True, slots=True)
class CourseDose:
    """All sessions together."""

    sessions: tuple[SessionDose, ...]

    @property
    def prescribed_pulses(self) -> int:
        return sum(each.prescribed_pulses for each in self.sessions)

    @property
    def delivered_pulses(self) -> int:
        return sum(each.delivered_pulses for each in self.sessions)

    @property
    def completed(self) -> int:
        """Sessions that were given whole."""
        return sum(each.status is SessionStatus.COMPLETED for each in self.sessions)

    def on(self, day: date) -> int:
        """Pulses given on one day."""
        return sum(each.delivered_pulses for each in self.sessions if each.on == day)

    @property
    def mean_field_v_per_m(self) -> float | None:
        """Field at the target over all pulses for which it is known."""
        return _weighted(
            [(each.mean_field_v_per_m, each.field_known_pulses) for each in self.sessions]
        )

    @property
    def exposure_v_per_m_pulses(self) -> float | None:
        """Field times pulses over all trains for which it is known: the least that arrived."""
        found = [each.exposure_v_per_m_pulses for each in self.sessions]
        known = [each for each in found if each is not None]
        return math.fsum(known) if known else None


def session_dose(journal: Journal) -> SessionDose:
    """The account of one session."""
    trains = tuple(TrainDose.of(given) for given in journal.given)
    known = [train for train in trains if train.field_v_per_m is not None]
    exposure = math.fsum(train.exposure_v_per_m_pulses or 0.0 for train in known) if known else None
    planned = journal.started.target_field
    worst = [train.pose_worst_mm for train in trains if train.pose_worst_mm is not None]
    return SessionDose(
        session=journal.session,
        on=journal.started.at.date(),
        protocol=journal.started.protocol,
        status=journal.stopped.status if journal.stopped else None,
        prescribed_pulses=journal.started.pulses,
        delivered_pulses=journal.pulses,
        prescribed_trains=journal.started.trains,
        delivered_trains=len(trains),
        assumed_pulses=sum(each.delivered for each in trains if each.basis is Basis.ASSUMED),
        interruptions=len(journal.interruptions),
        mean_output_pct_mso=_weighted([(t.output_pct_mso, t.delivered) for t in trains]),
        mean_field_v_per_m=_weighted([(t.field_v_per_m, t.delivered) for t in trains]),
        median_field_v_per_m=median(t.field_v_per_m for t in known if t.field_v_per_m is not None)
        if known
        else None,
        field_known_pulses=sum(t.delivered for t in known),
        field_of_planned_pct=_pct(
            exposure,
            sum(planned.at_v_per_m(t.output_pct_mso) * t.delivered for t in known)
            if planned
            else None,
        ),
        exposure_v_per_m_pulses=exposure,
        exposure_of_prescribed_pct=_pct(exposure, prescribed_exposure(journal.started)),
        pose_mean_mm=_weighted([(t.pose_mean_mm, t.delivered) for t in trains]),
        pose_worst_mm=max(worst) if worst else None,
        simulated=journal.started.device.simulated,
        trains=trains,
    )


def course_dose(journals: Sequence[Journal]) -> CourseDose:
    """The account of all sessions."""
    return CourseDose(tuple(session_dose(journal) for journal in journals))


def remainder_findings(dose: SessionDose, rule: PartialRule | None = None) -> tuple[Finding, ...]:
    """What is proposed for the rest of a session that was not given whole; nothing for others.

    It is a proposal by the rule of the data file. Nothing is added to a later session.
    """
    rule = rule or default_limits().partial
    if dose.status is SessionStatus.COMPLETED or dose.remaining_pulses == 0:
        return ()
    found = f"{dose.delivered_pulses:,} of {dose.prescribed_pulses:,} pulses"
    limit = f"{rule.counts_as_given_pct:g} %"
    if dose.status is None:
        code, severity = "dose.session-open", Severity.CAUTION
        message = (
            f"The session is still open. Take it up within {rule.resume_within_min:g} minutes on "
            "the same day, or close it"
        )
    elif dose.given_pct >= rule.counts_as_given_pct:
        code, severity = "dose.counts-as-given", Severity.NOTE
        message = "So much of the session was given that it counts; nothing is made up"
    elif dose.delivered_pulses == 0:
        code, severity = "dose.not-given", Severity.CAUTION
        message = "Nothing was given; give the session on another day"
    else:
        code, severity = "dose.remainder", Severity.CAUTION
        message = (
            f"{dose.remaining_pulses:,} pulses were not given. Add one session at the end of the "
            "course instead of longer sessions; a clinician decides"
        )
    return (
        Finding(
            code,
            severity,
            f"session {dose.session}",
            message,
            found=found,
            limit=limit,
            source=rule.source,
        ),
    )


def prescribed_exposure(started: SessionStarted) -> float | None:
    """Field at the planned pose times all prescribed pulses, V/m; None without a planned field."""
    if started.target_field is None:
        return None
    blocks = schema.from_json(started.protocol_json).blocks
    return math.fsum(
        started.target_field.at_v_per_m(output) * block.pulse_count
        for block, output in zip(blocks, started.outputs_pct_mso, strict=True)
    )


def _pct(value: float | None, whole: float | None) -> float | None:
    return 100.0 * value / whole if value is not None and whole else None


def _weighted(pairs: Sequence[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in pairs if value is not None and weight > 0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None
