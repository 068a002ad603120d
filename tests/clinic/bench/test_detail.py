"""The interval of the field and its tolerance, and the entry that is made of them."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pytest

from clinic.bench.bench_samples import COIL, answer, bench
from euthymia.chart.prescription_facts import PlacementChosen
from euthymia.clinic.bench.choosing import chosen_placement, chosen_pose
from euthymia.clinic.bench.detail import Detail, detail_json, detailed
from euthymia.plan.target.refining import KEPT
from euthymia.plan.target.search_objectives import Rater


@cache
def detail() -> Detail:
    return detailed(answer(), bench())


def test_the_interval_holds_the_mean_and_is_wide_where_the_head_is_another_persons() -> None:
    field = detail().field
    assert field.low is not None
    assert field.high is not None
    assert field.low < field.value < field.high
    assert field.value == pytest.approx(answer().mean)
    assert (field.high - field.low) / field.value > 0.3
    assert "anatomy" in field.how


def test_the_map_is_one_at_the_placement_and_what_the_rater_says_elsewhere() -> None:
    found, here = detail().map, answer()
    middle = len(found.steps_mm) // 2
    # the placement itself is rested once more: a twentieth of a millimetre either way
    assert found.shifts[middle, middle] == pytest.approx(1.0, abs=0.005)
    assert found.turns[len(found.turns_deg) // 2] == pytest.approx(1.0, abs=0.005)
    moved = here.placed.pose.shifted((found.steps_mm[0], found.steps_mm[-1], 0.0))
    rested = bench().clearance.rested(bench().coil(COIL), [moved], here.placed.place.gap_mm)
    rater = Rater(here.target.objective, bench().coil(COIL))
    share = rater.strengths(rested)[0] / rater.strengths([here.placed.pose])[0]
    assert found.shifts[-1, 0] == pytest.approx(share)


def test_within_the_tolerance_of_a_shift_the_map_keeps_its_share() -> None:
    found = detail()
    x, y = np.meshgrid(found.map.steps_mm, found.map.steps_mm)
    inside = np.hypot(x, y) <= 0.9 * found.tolerance.shift_mm
    assert (found.map.shifts[inside] >= KEPT - 0.01).all()


def test_what_reached_the_end_of_the_search_is_marked_as_at_least_that() -> None:
    told = detail_json(detail())
    assert set(told["at_least"]) == set(told["tolerance"])
    assert told["at_least"]["turn_deg"] == (told["tolerance"]["turn_deg"] >= 90.0)


def test_the_entry_for_the_chart_holds_pose_head_and_field_with_its_setting() -> None:
    fact = chosen_placement(answer(), detail(), bench(), date(2026, 11, 28), " by hand ")
    written = fact.model_dump_json()
    assert PlacementChosen.model_validate_json(written).model_dump_json() == written
    assert fact.how == "bench"
    assert fact.head == bench().head.id
    assert fact.note == "by hand"
    assert fact.field is not None
    assert fact.field.output_pct_mso == 60.0
    assert fact.field.v_per_m == pytest.approx(answer().mean)
    assert "told error" in fact.field.how
    pose = chosen_pose(fact, bench().head.id)
    assert pose is not None
    assert pose.isclose(answer().placed.pose, 1e-6)


def test_a_pose_of_another_head_is_not_taken() -> None:
    fact = chosen_placement(answer(), detail(), bench(), date(2026, 11, 28))
    assert chosen_pose(fact, "another head") is None
    assert chosen_pose(None, bench().head.id) is None


def test_a_coil_without_a_known_rate_is_chosen_without_a_field() -> None:
    found = answer(coil="magstim-25mm-fig8")
    fact = chosen_placement(found, detailed(found, bench()), bench(), date(2026, 11, 28))
    assert fact.field is None
