"""Answers of the bench against its engine."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clinic.bench.bench_samples import COIL, TARGET, TOLD_ERROR, answer, bench, engine, question
from euthymia.clinic.bench.answer import answer_bytes, findings
from euthymia.clinic.bench.asked import asked
from euthymia.clinic.bench.wire import unpacked
from euthymia.core.errors import InputError
from euthymia.core.poses import Pose
from euthymia.model.coil.catalogue import coil
from euthymia.plan.target.regions import point_region


def test_the_field_that_arrives_is_the_engines_to_sixteen_bits() -> None:
    found = answer(output_pct=70.0)
    meta, arrays = unpacked(answer_bytes(found, bench(), 5))
    direct = engine().field(coil(COIL), Pose.from_json(meta["pose"]))
    didt = 0.70 * coil(COIL).max_didt_a_per_us
    wanted = didt * np.linalg.norm(direct.field_v_per_m, axis=1)
    assert np.allclose(arrays["strength"], wanted, rtol=2.0**-11, atol=1e-4 * wanted.max())
    assert meta["number"] == 5
    assert meta["didt_a_per_us"] == pytest.approx(didt)
    assert meta["relative_error"] >= TOLD_ERROR


def test_the_numbers_are_those_of_the_targets_points() -> None:
    meta, arrays = unpacked(answer_bytes(answer(), bench()))
    region = point_region(engine(), bench().target(TARGET).point_mm)
    values = arrays["strength"][region.indices].astype(float)
    assert meta["mean"] == pytest.approx(values.mean(), rel=1e-3)
    assert meta["largest"] == pytest.approx(values.max(), rel=1e-3)
    assert meta["target_points"] == len(region.indices)
    everywhere = arrays["strength"].astype(float)
    assert meta["peak"] == pytest.approx(np.percentile(everywhere, 99.9), rel=2e-3)
    assert meta["scale_top"] >= 0.999 * meta["peak"]


def test_the_field_goes_with_the_output() -> None:
    half, whole = answer(output_pct=40.0), answer(output_pct=80.0)
    assert whole.mean == pytest.approx(2 * half.mean, rel=1e-6)
    assert whole.placed.pose.isclose(half.placed.pose)


def test_a_coil_without_a_known_rate_gives_the_field_for_one_ampere_and_says_so() -> None:
    found = answer(coil="magstim-25mm-fig8")
    meta, _ = unpacked(answer_bytes(found, bench()))
    assert meta["unit"] == "V/m per A/µs"
    assert meta["output_pct"] is None
    assert "bench.output-unknown" in {one["code"] for one in meta["findings"]}


def test_a_head_that_is_not_the_patients_is_said_with_every_answer() -> None:
    assert "bench.head-not-own" in {one.code for one in findings(answer(), bench())}


def test_a_place_that_was_asked_for_off_the_scalp_comes_back_on_it() -> None:
    there = bench().head.eeg["F3"].position_mm * 1.1
    found = answer(preset=None, place={"at_mm": there.tolist()})
    at = np.array(found.placed.place.at_mm)
    assert np.linalg.norm(at - bench().head.scalp.surface.closest_point(at)) < 1e-6
    assert np.linalg.norm(at - there) > 2.0


def test_a_point_of_ones_own_is_snapped_to_grey_matter() -> None:
    wanted = bench().target(TARGET).point_mm + np.array([1.0, 2.0, -1.0])
    found = answer(target="", target_mm=wanted.tolist(), preset="eeg:F3")
    assert found.target.id == ""
    point, _ = bench().head.snap_to_grey(wanted)
    assert np.allclose(found.target.point_mm, point)


@pytest.mark.parametrize(
    "changes",
    [
        {"coil": "none"}, {"target": "none"}, {"target": "", "target_mm": [0, 0, 600]},
        {"preset": None}, {"place": {"at_mm": [-40, 50, 50]}},
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_a_sentence(changes: dict) -> None:
    with pytest.raises(InputError):
        answer(**changes)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{", b'{"coil": 3}', b'{"coil": "a", "output_pct": 0}',
        b'{"coil": "a", "output_pct": 101}', b'{"coil": "a", "more": 1}',
        b'{"coil": "a", "place": {"at_mm": [1, 2]}}',
        b'{"coil": "a", "place": {"at_mm": [1, 2, NaN]}}',
    ],
)  # fmt: skip
def test_a_body_that_is_no_question_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        asked(content)


def test_a_question_reads_as_it_was_written() -> None:
    written = question(number=3, target_mm=[1.0, 2.0, 3.0])
    assert asked(json.dumps(written.model_dump()).encode()) == written
