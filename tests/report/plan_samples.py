"""A small whole plan without any solving: a ball for a head, and a field that falls off by rule."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from euthymia.assess.assessment import assess
from euthymia.chart.assessment_inputs import to_assessment_inputs
from euthymia.chart.case import Case
from euthymia.chart.plan_inputs import to_plan_inputs
from euthymia.core.poses import Frame
from euthymia.core.quantities import Estimate
from euthymia.model.coil.catalogue import coil as known_coil
from euthymia.model.field.brain_field import BrainField
from euthymia.model.field.conductivity import standard_conductivities
from euthymia.model.head.head import Head
from euthymia.model.head.place.landmarks import Landmarks
from euthymia.model.head.place.mni import MniMap
from euthymia.model.head.surface.meshes import surface_of_mask
from euthymia.model.head.surface.scalp import ScalpPoint
from euthymia.model.head.volume import LabelVolume, Tissue
from euthymia.plan.target.catalogue import targets
from euthymia.plan.target.placement import handle_angle_deg, tangential
from euthymia.plan.target.placing import Placing, RulePlacement, SolverFigures
from euthymia.plan.target.search import SearchMap
from euthymia.plan.treatment import TreatmentPlan, make_plan

EXAMPLES = Path(__file__).parents[2] / "examples"
PLANNED_ON = date(2026, 12, 17)

BALL = Frame("image:" + "b" * 64, "a ball")
SCALP_MM, CORTEX_MM = 80.0, 66.0
OUTWARDS = np.array([-0.55, 0.66, 0.51]) / np.linalg.norm([-0.55, 0.66, 0.51])
BEST = 0.9
_STEP_MM = 2.0


@cache
def ball_head() -> Head:
    """A head of concentric balls in which the 10-10 system can be laid out."""
    axis = np.arange(-88.0, 88.1, _STEP_MM)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    radius = np.sqrt(x**2 + y**2 + z**2)
    labels = np.zeros(radius.shape, dtype=np.uint8)
    for limit, tissue in (
        (SCALP_MM, Tissue.SCALP),
        (75, Tissue.SKULL),
        (70, Tissue.CSF),
        (68, Tissue.GREY),
        (64, Tissue.WHITE),
    ):
        labels[radius <= limit] = tissue
    affine = np.diag([_STEP_MM, _STEP_MM, _STEP_MM, 1.0])
    affine[:3, 3] = axis[0]
    landmarks = Landmarks(
        nasion=np.array([0.0, SCALP_MM, 0.0]),
        inion=np.array([0.0, -SCALP_MM, 0.0]),
        left_preauricular=np.array([-SCALP_MM, 0.0, 0.0]),
        right_preauricular=np.array([SCALP_MM, 0.0, 0.0]),
    )
    mni = MniMap(np.eye(4), 5.0, "a ball is its own atlas")
    return Head(LabelVolume(labels, affine, BALL), landmarks, mni, "Ball head")


def ball_placing(
    outwards: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = OUTWARDS,
    coil: str = "magventure-c-b60",
) -> Placing:
    """A placement on the ball head, coil flat in that direction, handle at 45 degrees."""
    head = ball_head()
    place = ScalpPoint(SCALP_MM * outwards, outwards)
    pose = tangential(place, BALL)
    volume = head.volume
    brain = volume.mask(Tissue.GREY, Tissue.WHITE)
    points = volume.to_world(np.argwhere(brain))
    strength = np.full(volume.labels.shape, np.nan, dtype=np.float32)
    strength[brain] = _fall(np.linalg.norm(points - pose.position_mm, axis=1))
    field = BrainField(volume, strength)
    cortex = surface_of_mask(
        volume.mask(Tissue.GREY, Tissue.WHITE), volume.affine, spacing_mm=6.0, smoothing_mm=2.0
    )
    scalp = surface_of_mask(volume.labels > 0, volume.affine, spacing_mm=6.0, smoothing_mm=2.0)
    offsets = np.array([(x, y) for x in range(-24, 25, 4) for y in range(-24, 25, 4)], dtype=float)
    offsets = offsets[np.linalg.norm(offsets, axis=1) <= 24]
    right = np.cross([0.0, 1.0, 0.0], outwards)
    right /= np.linalg.norm(right)
    on_plane = place.position_mm + offsets @ np.stack([right, np.cross(outwards, right)])
    on_scalp = SCALP_MM * on_plane / np.linalg.norm(on_plane, axis=1, keepdims=True)
    rules = tuple(
        RulePlacement(rule, pose.shifted((step, 0.0, 0.0)), BEST * share, step)
        for (rule, step, share) in zip(
            targets().scalp_rules.values(),
            (6.0, 8.0, 10.0, 12.0, 18.0, 24.0),
            (0.9, 0.85, 0.82, 0.8, 0.5, 0.4),
            strict=True,
        )
    )
    return Placing(
        head=head,
        coil=known_coil(coil),
        conductivities=standard_conductivities(),
        target=targets().coordinate("fox-2013"),
        target_mm=CORTEX_MM * outwards,
        moved_mm=1.2,
        pose=pose,
        handle_angle_deg=handle_angle_deg(pose, float(outwards[0])),
        map=SearchMap(
            on_scalp,
            offsets,
            BEST * np.exp(-((np.linalg.norm(offsets, axis=1) / 40) ** 2)),
            np.full(len(offsets), 45.0),
        ),
        rules=rules,
        field_target=Estimate(BEST, "V/m per A/us", 0.8, 1.0, how="placement by hand"),
        depth_target_mm=12.0,
        motor_mm=CORTEX_MM * np.array([-0.6, -0.1, 0.79]),
        motor_pose=pose,
        field_motor=Estimate(1.1, "V/m per A/us", 1.0, 1.2, how="placement by hand"),
        depth_motor_mm=13.5,
        brain=field,
        cortex=cortex,
        cortex_strength=field.at(cortex.vertices_mm),
        scalp=scalp,
        solver=SolverFigures(123_456, 21, 8e-6, 0.9009, BEST, 2_000),
    )


def _fall(
    distance_mm: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return 1.6 * np.exp(-distance_mm / 30.0)


def example_plan(name: str, patch: pytest.MonkeyPatch) -> TreatmentPlan:
    """The plan of an example patient with the ball's placement in place of a computed one."""
    patch.setattr(
        "euthymia.plan.treatment.place_coil",
        lambda _head, coil, _target, **_ignored: ball_placing(coil=coil.id),
    )
    chart = Case.open(EXAMPLES / name).chart
    inputs = to_plan_inputs(chart, PLANNED_ON)
    return make_plan(
        inputs.patient,
        inputs.request,
        assess(**to_assessment_inputs(chart, PLANNED_ON)),
        inputs.threshold,
        ball_head(),
        inputs.site,
        inputs.availability,
        on=PLANNED_ON,
    )
