"""The field at the target in sessions on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from cli_samples import AUTHOR, new_case, run, write_coarse_head

from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.session_sink import LedgerSink, documents_of
from euthymia.cli.session_run import _refuse_another_aim
from euthymia.core.errors import InputError
from euthymia.core.poses import COLIN27, Frame, Pose
from euthymia.model.coil.catalogue import coil
from euthymia.model.head.surface.scalp import ScalpPoint
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.target.placement import tangential
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.navigation.navigator import Navigator
from euthymia.treat.navigation.simulated_hand import SimulatedHand
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import SessionStarted
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.operator import ScriptedOperator
from euthymia.treat.session.plan import session_plan
from euthymia.treat.session.prescription import Prescription

pytest.importorskip("pypardiso")
from euthymia.treat.navigation.aim import Aim, aimed
from realtime_sphere import CORTEX_MM, head

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SESSION = ("--protocol", "iTBS-600", "--output", "60", "--fast", "--yes")
ASIDE = np.array([-0.5, 0.4, 0.77]) / np.linalg.norm([-0.5, 0.4, 0.77])
PLANNED = tangential(ScalpPoint(92.0 * ASIDE, ASIDE), Frame("layered-sphere"), 45.0, gap_mm=6.0)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return new_case(tmp_path / "case", AT)


@pytest.fixture
def pose(tmp_path: Path) -> Path:
    path = tmp_path / "pose.json"
    placed = Pose(np.eye(3), np.array([-38.0, 44.0, 66.0]), COLIN27)
    path.write_text(json.dumps(placed.to_json()), encoding="utf-8")
    return path


def recorded(case: Path) -> Aim:
    """A session of iTBS with the sphere as head, on the record of the case."""
    aim = aimed(head(), coil("magventure-c-b60"), CORTEX_MM * ASIDE, PLANNED, "sphere")
    clock = SimulatedClock(AT + timedelta(hours=1))
    sink = LedgerSink(case / CHART_NAME, AUTHOR, new_id=lambda: str(uuid4()), now=clock.local)
    prescribed = Prescription(
        1, "iTBS-600", entry("iTBS-600").build(), (60.0,), PLANNED, aim.planned
    )
    bench = Bench(
        SimulatedStimulator(clock), clock, sink, ScriptedOperator(clock), "test",
        coil=Navigator(SimulatedHand(PLANNED, clock, seed=2), PLANNED, clock), field=aim.source,
    )  # fmt: skip
    assert Engine(bench).run(session_plan(prescribed, navigated=True)).code == "completed"
    return aim


@pytest.mark.slow
@pytest.mark.xdist_group("realtime")
def test_the_field_of_every_train_is_on_record_and_is_shown_with_its_sum(case: Path) -> None:
    aim = recorded(case)
    started = documents_of(Case.open(case).chart)[0]
    assert isinstance(started, SessionStarted)
    assert started.target_field == aim.planned
    told = run("session", "show", case, "--session", "1", "--json").json
    fields = [train["field_v_per_m"] for train in told["trains"]]
    assert len(fields) == 20
    assert all(0.8 < field / aim.planned.at_v_per_m(60.0) < 1.2 for field in fields)
    assert told["median_field_v_per_m"] == pytest.approx(np.median(fields))
    assert told["exposure_v_per_m_pulses"] == pytest.approx(30 * sum(fields))
    assert told["exposure_of_prescribed_pct"] == pytest.approx(
        100 * np.mean(fields) / aim.planned.at_v_per_m(60.0)
    )
    course = run("session", "show", case, "--json").json
    assert course["exposure_v_per_m_pulses"] == told["exposure_v_per_m_pulses"]
    shown = run("session", "show", case, "--session", "1").out
    assert "median of the trains" in shown
    assert "of the prescribed" in shown
    _refuse_another_aim(started, aim)
    _refuse_another_aim(started, None)
    other = aimed(head(), coil("magstim-70mm-fig8"), CORTEX_MM * ASIDE, PLANNED, "sphere")
    with pytest.raises(InputError, match="head, coil or target differ"):
        _refuse_another_aim(started, other)


def test_a_field_without_what_it_needs_is_refused_before_the_head_is_prepared(
    case: Path, pose: Path, tmp_path: Path
) -> None:
    field = ("session", "run", case, *SESSION, "--field")
    seen = (*field, "--poses", "simulated", "--pose", pose)
    assert "Give --poses SOURCE and --pose FILE" in run(*field).refusal
    assert "Give --coil" in run(*seen).refusal
    assert "Add --field" in run("session", "run", case, *SESSION, "--target", "fox-2013").refusal
    known = (*seen, "--coil", "magventure-c-b60")
    assert "Give --target" in run(*known).refusal
    other = (*known, "--head", write_coarse_head(tmp_path))
    assert "the head on which the pose was planned" in run(*other, "--target", "1,2,3").refusal
    assert "it is no place" in run(*other, "--target", "1,2,x").refusal
    assert "it is no place" in run(*other, "--target", "1,2").refusal
    assert "nowhere" in run(*other, "--target", "nowhere").refusal
    assert len(Case.open(case).chart.entries) == 1
