"""What became of a train: counted, summed up, and written down."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from euthymia.treat.devices.pulse_times import pulse_times_s
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import (
    Basis,
    TrainGiven,
    TrainWithheld,
)
from euthymia.treat.session.prescription import TrainStep
from euthymia.treat.session.run_state import RunState, Tripped


def settle(bench: Bench, state: RunState, reason: str = "") -> bool:
    """Write the outcome of the intended train; True if any pulse of it was given.

    The stimulator must be safe. Where it has no counter, all pulses that could have come between
    firing and now are assumed: rather too many on the record than too few.
    """
    intended, step, log = state.dangling, state.dangling_step, state.log
    assert intended is not None
    assert step is not None
    status = bench.device.status()
    now = bench.clock.local()
    after = status.pulse_counter
    if after is not None and intended.counter_before is not None:
        delivered, basis = max(0, after - intended.counter_before), Basis.COUNTED
    else:
        delivered, basis = _assumed(bench, state, step), Basis.ASSUMED
    state.counter = after
    if delivered == 0:
        bench.sink.append(
            TrainWithheld(intended.session, intended.train, now, reason or "not fired", after)
        )
        state.reset_train()
        return False
    fired_s = state.fired_s if state.fired_s is not None else bench.clock.now_s()
    times = pulse_times_s(step.train)
    last_s = fired_s + float(times[min(delivered, len(times)) - 1])
    document = TrainGiven(
        session=intended.session,
        train=intended.train,
        at=now,
        started_at=now - timedelta(seconds=max(0.0, bench.clock.now_s() - fired_s)),
        block=intended.block,
        requested=intended.pulses,
        delivered=delivered,
        output_pct_mso=intended.output_pct_mso,
        output_read_pct_mso=status.output_pct_mso,
        counter_after=after,
        basis=basis,
        late_ms=round(state.late_ms, 3) if state.late_ms is not None else None,
        pose=log.summary if log else None,
        field_v_per_m=log.field_v_per_m if log else None,
    )
    bench.sink.append(document)
    state.last_pulse_s = min(last_s, bench.clock.now_s())
    state.pulses += delivered
    state.trains += 1
    state.after_train = step.number
    state.reset_train()
    return True


def resolve_dangling(bench: Bench, state: RunState, tripped: Tripped | None) -> bool:
    """Settle the intended train after a stop; False if there is none, or it was withheld."""
    if state.dangling is None:
        return False
    bench.device.make_safe()
    reason = tripped.trips[0].sentence if tripped else "the session ended"
    return settle(bench, state, reason)


def _assumed(bench: Bench, state: RunState, step: TrainStep) -> int:
    if state.fired_s is None:
        return 0
    passed_s = bench.clock.now_s() - state.fired_s
    return int(np.searchsorted(pulse_times_s(step.train), passed_s, side="right"))
