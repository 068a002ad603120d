"""One fact of every kind that a session leaves in a chart."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from fact_samples import AT

from euthymia.chart.entries import AnyFact
from euthymia.chart.session_facts import (
    AdverseEventRecorded,
    DeviceUsed,
    PoseError,
    SessionDelivered,
    SessionInterrupted,
    SessionResumed,
    SessionStarted,
    TargetField,
    TrainDelivered,
    TrainIntended,
    TrainWithheld,
)
from euthymia.core.poses import Frame, Pose
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.schema import to_json
from euthymia.treat.session.documents import Basis, SessionStatus

BEGUN = AT - timedelta(hours=1)

SESSION_KINDS: tuple[AnyFact, ...] = (
    SessionStarted(
        session=1,
        started_at=BEGUN,
        protocol="iTBS-600",
        protocol_json=to_json(entry("iTBS-600").build()),
        outputs_pct_mso=(62.0,),
        pulses=600,
        trains=20,
        device=DeviceUsed(
            maker="Euthymia",
            model="simulated stimulator",
            serial_number="SIM-1",
            software="1",
            coil="simulated figure-8",
            simulated=True,
            counts_pulses=True,
        ),
        settings="10 bursts of 3 pulses at 50 Hz, 5 Hz, 62 % MSO",
        pulse_counter=0,
        software="euthymia 0.1",
        coil_pose=Pose(np.eye(3), np.array([-38.0, 44.0, 66.0]), Frame.of_image("cd" * 32)),
        answers={"slept": "yes"},
        target_field=TargetField(
            head="cd" * 32,
            coil="magventure-c-b60",
            centre_mm=(-38.0, 40.0, 30.0),
            points=14,
            full_v_per_m=145.2,
            error_pct=0.8,
        ),
    ),
    TrainIntended(
        session=1,
        number=1,
        intended_at=BEGUN,
        block=1,
        pulses=30,
        intensity_pct_mso=62.0,
        counter_before=0,
    ),
    TrainDelivered(
        session=1,
        number=1,
        started_at=BEGUN,
        pulses=30,
        intensity_pct_mso=62.0,
        block=1,
        requested=30,
        intensity_read_pct_mso=62.0,
        counter_after=30,
        basis=Basis.COUNTED,
        late_ms=0.21,
        pose=PoseError(mean_mm=1.2, worst_mm=2.5, mean_deg=1.5, worst_deg=3.0, samples=90),
        field_v_per_m=88.4,
    ),
    TrainIntended(
        session=1,
        number=2,
        intended_at=BEGUN,
        block=1,
        pulses=30,
        intensity_pct_mso=62.0,
        counter_before=30,
    ),
    TrainWithheld(session=1, number=2, withheld_at=BEGUN, reason="paused", counter_after=30),
    SessionInterrupted(
        session=1,
        after_train=1,
        interrupted_at=BEGUN,
        code="paused",
        reason="Paused by the operator",
    ),
    SessionResumed(session=1, next_train=2, resumed_at=BEGUN, reason="all is in order again"),
    SessionDelivered(
        number=1,
        protocol="iTBS-600",
        started_at=BEGUN,
        ended_at=BEGUN + timedelta(minutes=3),
        pulses=30,
        intensity_pct_mso=62.0,
        completed=False,
        remark="the operator ended the session",
        status=SessionStatus.PARTIAL,
        trains=1,
        remaining_pulses=570,
    ),
    AdverseEventRecorded(
        event="headache",
        onset_on=AT.date(),
        severity="mild",
        serious=False,
        related="probable",
        action="paracetamol",
        session=1,
    ),
)
