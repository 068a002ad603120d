"""Presets of the bench against the placements that plans know."""

from __future__ import annotations

import numpy as np
import pytest

from clinic.bench.bench_samples import COIL, answer, bench, head, question
from euthymia.clinic.bench.answer import answered
from euthymia.clinic.bench.presets import BEST, IN_CHART, hot_spot, presets
from euthymia.core.errors import InputError
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.compute import rule_point
from euthymia.plan.target.placement import HAIR_MM, tangential


def laid(point):  # type: ignore[no-untyped-def]
    flat = tangential(point, head().frame, forward=head().landmarks.forward)
    return bench().clearance.rested(bench().coil(COIL), [flat], HAIR_MM)[0]


def test_every_target_and_every_scalp_rule_of_the_catalogue_is_a_preset() -> None:
    known = {preset.id for preset in presets()}
    assert {f"target:{key}" for key in targets().coordinates} <= known
    assert {f"rule:{key}" for key in targets().scalp_rules} <= known


@pytest.mark.parametrize("key", sorted(targets().coordinates))
def test_over_a_target_the_coil_lies_as_on_the_command_line(key: str) -> None:
    point, _ = head().snap_to_grey(head().from_mni(targets().coordinate(key).mni_mm))
    found = answer(target=key, preset=f"target:{key}")
    assert found.placed.pose.isclose(laid(head().scalp.nearest(point)), 1e-6)


@pytest.mark.parametrize("key", sorted(targets().scalp_rules))
def test_by_a_scalp_rule_the_coil_lies_where_plans_put_it(key: str) -> None:
    rule = targets().scalp_rules[key]
    start = head().scalp.nearest(hot_spot(bench(), bench().coil(COIL), HAIR_MM))
    found = answer(preset=f"rule:{key}")
    assert found.placed.pose.isclose(laid(rule_point(head(), rule, start)), 1e-6)


def test_at_an_electrode_the_coil_lies_on_it() -> None:
    found = answer(preset="eeg:F4")
    assert np.allclose(found.placed.place.at_mm, head().eeg["F4"].position_mm)


def test_no_placement_on_a_lattice_around_it_is_better_than_the_best_one() -> None:
    best = answer(preset=BEST)
    x0, y0, z0 = best.placed.place.at_mm
    others = [
        answer(
            preset=None,
            place={"at_mm": [x0 + x, y0 + y, z0], "handle_deg": handle,
                   "tilt_deg": list(best.placed.place.tilt_deg)},
        ).mean
        for x in (-6.0, 0.0, 6.0)
        for y in (-6.0, 0.0, 6.0)
        for handle in (0.0, 45.0, 90.0, best.placed.place.handle_deg)
    ]  # fmt: skip
    assert best.mean >= 0.995 * max(others)
    assert best.mean >= answer().mean


def test_the_handle_of_the_best_placement_points_backwards() -> None:
    assert abs(answer(preset=BEST).placed.place.handle_deg) <= 95.0


def test_a_placement_of_the_chart_is_taken_as_it_is() -> None:
    pose = answer(preset="rule:f3").placed.pose.turned(5.0, "x").shifted((0.0, 0.0, -3.0))
    found = answered(question(preset=IN_CHART), bench(), pose)
    assert found.placed.pose.isclose(pose)


@pytest.mark.parametrize(
    "preset", ["rule:none", "target:none", "eeg:ZZ", "none", "best:x", IN_CHART]
)
def test_an_unknown_preset_is_refused_in_a_sentence(preset: str) -> None:
    with pytest.raises(InputError):
        answer(preset=preset)
