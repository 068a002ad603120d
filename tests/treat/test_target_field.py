"""The field at the target through a head prepared for real time, over whole sessions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from session_bench import Chair, block, prescription

from euthymia.core.errors import InputError
from euthymia.core.poses import COLIN27, Frame, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.plan.target.placement import tangential
from euthymia.plan.target.regions import point_region
from euthymia.treat.dose.account import SessionDose, course_dose, session_dose
from euthymia.treat.navigation.navigator import Navigator
from euthymia.treat.navigation.simulated_hand import Hand, SimulatedHand
from euthymia.treat.navigation.target_field import DeliveredField, RealTimeTarget, didt_of
from euthymia.treat.session.documents import SessionStarted, TrainGiven
from euthymia.treat.session.guards import CoilView
from euthymia.treat.session.journal import journals

pytest.importorskip("pypardiso")
from euthymia.model.field.realtime.preparation import direct_field
from euthymia.model.head.surface.scalp import ScalpPoint
from realtime_sphere import CORTEX_MM, head, solver

pytestmark = [pytest.mark.xdist_group("realtime"), pytest.mark.slow]

FIGURE8 = coil("magventure-c-b60")
ASIDE = np.array([-0.5, 0.4, 0.77]) / np.linalg.norm([-0.5, 0.4, 0.77])
FRAME = Frame("layered-sphere")
PLANNED = tangential(ScalpPoint(92.0 * ASIDE, ASIDE), FRAME, 45.0, gap_mm=6.0)
STILL = Hand(tremor_mm=0.0, tremor_deg=0.0, drift_mm_per_min=0.0)


@cache
def target() -> RealTimeTarget:
    return RealTimeTarget(point_region(head(), CORTEX_MM * ASIDE, 9.0), FIGURE8)


def session(hand: Hand, trains: int = 4) -> Chair:
    """A chair with a hand that holds the coil, the field looked at, and what was planned."""
    planned = target().planned(PLANNED, "sphere")
    chair = Chair(prescription(block(trains), coil_pose=PLANNED, target_field=planned))
    chair.coil = Navigator(SimulatedHand(PLANNED, chair.clock, hand, seed=3), PLANNED, chair.clock)
    chair.field_source = DeliveredField(target(), didt_of(FIGURE8))
    return chair


def dose_of(chair: Chair) -> SessionDose:
    assert chair.run().code == "completed"
    (journal,) = journals(chair.documents)
    return session_dose(journal)


def test_the_field_is_the_mean_strength_of_a_direct_solve_within_the_told_error() -> None:
    told = target().told(PLANNED)
    direct = direct_field(*solver(), FIGURE8, PLANNED)[target().region.indices]
    exact = float(np.linalg.norm(direct, axis=1).mean())
    assert told.strength_per_didt == pytest.approx(exact, rel=max(0.02, told.relative_error))
    assert 0 < told.relative_error < 0.05
    volts = DeliveredField(target(), didt_of(FIGURE8)).field_v_per_m(PLANNED, 60.0)
    assert volts == pytest.approx(told.strength_per_didt * didt_of(FIGURE8) * 0.6)
    assert target().planned(PLANNED, "sphere").at_v_per_m(60.0) == pytest.approx(volts, rel=1e-3)


def test_the_field_is_not_known_in_the_head_or_away_from_it_or_with_a_large_error() -> None:
    inside, away = PLANNED.shifted((0, 0, 20.0)), PLANNED.shifted((0, 0, -80.0))
    assert target().strength_per_didt(PLANNED) is not None
    assert target().strength_per_didt(inside) is None
    assert target().strength_per_didt(away) is None
    strict = replace(target().limits, largest_error_pct=1e-4)
    assert RealTimeTarget(target().region, FIGURE8, strict).strength_per_didt(PLANNED) is None


def test_a_plan_without_a_known_field_is_refused_before_the_session() -> None:
    with pytest.raises(InputError, match=r"reaches .* into the head"):
        target().planned(PLANNED.shifted((0, 0, 20.0)), "sphere")
    with pytest.raises(InputError, match="from the scalp there"):
        target().planned(PLANNED.shifted((0, 0, -80.0)), "sphere")
    with pytest.raises(InputError, match="Register the tracker"):
        target().planned(Pose(PLANNED.rotation, PLANNED.position_mm, COLIN27), "sphere")


def test_a_coil_without_a_known_rate_of_change_is_refused() -> None:
    with pytest.raises(InputError, match="largest dI/dt is not known"):
        didt_of(replace(FIGURE8, max_didt_a_per_us=None))


def test_a_still_coil_delivers_what_the_plan_promises() -> None:
    chair = session(STILL)
    dose = dose_of(chair)
    (started,) = chair.of(SessionStarted)
    assert isinstance(started, SessionStarted)
    assert started.target_field is not None
    promised = started.target_field.at_v_per_m(60.0)
    assert [train.field_v_per_m for train in dose.trains] == [pytest.approx(promised, abs=0.01)] * 4
    assert dose.field_of_planned_pct == pytest.approx(100.0, abs=0.05)
    assert dose.exposure_of_prescribed_pct == pytest.approx(100.0, abs=0.05)
    assert dose.exposure_v_per_m_pulses == pytest.approx(40 * promised, rel=1e-3)


def test_the_field_falls_train_by_train_as_the_coil_drifts_and_the_account_adds_it_up() -> None:
    chair = session(replace(STILL, drift_mm_per_min=15.0))
    dose = dose_of(chair)
    fields = [each.field_v_per_m for each in chair.of(TrainGiven) if isinstance(each, TrainGiven)]
    known = [field for field in fields if field is not None]
    assert len(known) == 4
    assert known == sorted(known, reverse=True)
    assert known[-1] < 0.99 * known[0]
    assert dose.exposure_v_per_m_pulses == pytest.approx(10 * sum(known))
    assert dose.median_field_v_per_m == pytest.approx(np.median(known))
    assert dose.field_known_pulses == 40
    assert dose.field_of_planned_pct is not None
    assert 80 < dose.field_of_planned_pct < 100
    twice = course_dose(journals(chair.documents) * 2)
    assert twice.exposure_v_per_m_pulses == pytest.approx(20 * sum(known))


class Blinking:
    """Navigation that shows the coil away from the head in the second train, and calls it near."""

    def __init__(self, chair: Chair) -> None:
        self._chair = chair

    def look(self) -> tuple[CoilView, Pose]:
        away = len(self._chair.given) == 1 and self._chair.clock.now_s() * 10 % 2 < 1
        return CoilView(0.0, 0.0, 0.0), PLANNED.shifted((0, 0, -80.0)) if away else PLANNED


def test_a_train_whose_field_was_unknown_for_a_while_has_none_and_the_sum_is_the_least() -> None:
    chair = session(STILL)
    chair.coil = Blinking(chair)
    dose = dose_of(chair)
    assert [train.field_v_per_m is None for train in dose.trains] == [False, True, False, False]
    assert (dose.delivered_pulses, dose.field_known_pulses) == (40, 30)
    assert dose.field_of_planned_pct == pytest.approx(100.0, abs=0.05)
    assert dose.exposure_of_prescribed_pct == pytest.approx(75.0, abs=0.05)


def test_without_a_planned_field_nothing_is_said_of_shares() -> None:
    chair = session(STILL)
    chair.prescribed = replace(chair.prescribed, target_field=None)
    dose = dose_of(chair)
    assert dose.median_field_v_per_m is not None
    assert dose.field_of_planned_pct is None
    assert dose.exposure_of_prescribed_pct is None
