"""Pose streams, registration with its error, deviations, and the field that really arrives."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_bench import Chair, block, prescription

from euthymia.core.errors import InputError
from euthymia.core.poses import COLIN27, MNI152, FloatArray, Pose
from euthymia.model.coil.catalogue import coil as known_coil
from euthymia.model.field.reciprocity import Sensitivity
from euthymia.treat.clock import SimulatedClock
from euthymia.treat.navigation.deviation import Deviation
from euthymia.treat.navigation.messages import PoseMessage, RecordedPoses, parse, to_line
from euthymia.treat.navigation.navigator import Navigator
from euthymia.treat.navigation.network import NetworkPoses, OpenIgtLinkPoses
from euthymia.treat.navigation.registration import (
    Rigid,
    by_fiducials,
    error_factor,
    kabsch,
    refined_by_scalp,
)
from euthymia.treat.navigation.simulated_hand import Hand, SimulatedHand
from euthymia.treat.navigation.target_field import DeliveredField, TabulatedField
from euthymia.treat.session.documents import SessionInterrupted, TrainGiven
from euthymia.treat.session.operator import Request

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLANNED = Pose.facing([-40, 45, 70], [0.5, -0.5, -0.7], [1, 1, 0], COLIN27)

offsets = st.tuples(*[st.floats(-20, 20)] * 3)
angles = st.floats(-40, 40)


# --- deviation ----------------------------------------------------------------------------------


@given(offsets)
def test_a_shift_is_read_along_the_coils_own_axes(offset: tuple[float, float, float]) -> None:
    found = Deviation.between(PLANNED, PLANNED.shifted(offset))
    assert (found.right_mm, found.front_mm, found.depth_mm) == pytest.approx(offset, abs=1e-6)
    assert found.distance_mm == pytest.approx(np.linalg.norm(offset), abs=1e-6)
    assert found.angle_deg == pytest.approx(0, abs=1e-5)


@given(angles)
def test_a_turn_about_its_axis_is_a_twist_without_a_tilt(angle: float) -> None:
    found = Deviation.between(PLANNED, PLANNED.turned(angle, "z"))
    assert found.twist_deg == pytest.approx(angle, abs=1e-6)
    assert found.tilt_deg == pytest.approx(0, abs=1e-3)
    tilted = Deviation.between(PLANNED, PLANNED.turned(angle, "x"))
    assert tilted.tilt_deg == pytest.approx(abs(angle), abs=1e-3)
    assert tilted.twist_deg == pytest.approx(0, abs=1e-6)


def test_the_operator_is_told_the_correction_with_the_largest_first() -> None:
    moved = PLANNED.shifted([2.0, -6.0, 0.2]).turned(5.0, "z")
    assert Deviation.between(PLANNED, moved).text == "6 mm forward, 2 mm left, turn 5°"
    assert Deviation.between(PLANNED, PLANNED).text == "in place"


def test_poses_of_two_frames_have_no_deviation() -> None:
    other = Pose(PLANNED.rotation, PLANNED.position_mm, MNI152)
    with pytest.raises(InputError, match="frame"):
        Deviation.between(PLANNED, other)


# --- the simulated hand -------------------------------------------------------------------------


def test_a_hand_trembles_as_much_as_it_says() -> None:
    clock = SimulatedClock(START)
    hand = SimulatedHand(PLANNED, clock, Hand(tremor_mm=0.8, drift_mm_per_min=0.0), seed=3)
    away = []
    for step in range(6_000):
        clock.sleep_until(step / 20)
        sample = hand.latest()
        assert sample is not None
        assert sample.pose is not None
        away.append(PLANNED.to_coil(sample.pose.position_mm[None])[0])
    assert np.std(away, axis=0) == pytest.approx([0.8] * 3, rel=0.12)


def test_a_hand_drifts_slips_and_hides() -> None:
    clock = SimulatedClock(START)
    hand = SimulatedHand(PLANNED, clock, Hand(tremor_mm=0.0, drift_mm_per_min=2.0))
    hand.hide(70.0, 71.0)
    hand.slip(80.0, 9.0)
    seen = {}
    for at in (60.0, 70.5, 80.5):
        clock.sleep_until(at)
        seen[at] = hand.latest()
    assert seen[60.0].pose.distance_mm(PLANNED) == pytest.approx(2.0, abs=0.01)
    assert seen[70.5].pose is None
    assert Deviation.between(PLANNED, seen[80.5].pose).front_mm == pytest.approx(9.0, abs=0.3)
    hand.put_back()
    clock.sleep_until(81.0)
    assert hand.latest().pose.distance_mm(PLANNED) < 0.1


def test_the_same_seed_holds_the_coil_the_same_way() -> None:
    def held(seed: int) -> list[FloatArray]:
        clock = SimulatedClock(START)
        hand = SimulatedHand(PLANNED, clock, seed=seed)
        found = []
        for step in range(50):
            clock.sleep_until(step / 10)
            found.append(hand.latest().pose.matrix)
        return found

    assert np.array_equal(held(1), held(1))
    assert not np.array_equal(held(1), held(2))


# --- messages, files, network -------------------------------------------------------------------


@given(offsets, angles, st.integers(0, 10**9))
def test_a_message_reads_back_as_it_was_sent(
    offset: tuple[float, float, float], angle: float, seq: int
) -> None:
    pose = PLANNED.shifted(offset).turned(angle, "y")
    read = parse(to_line(PoseMessage(seq, COLIN27.id, pose)), COLIN27.id)
    assert read.seq == seq
    assert read.pose is not None
    assert read.pose.isclose(pose, 1e-9)
    assert parse(to_line(PoseMessage(seq, COLIN27.id, None)), COLIN27.id).pose is None


@given(st.binary(max_size=200))
def test_no_bytes_whatever_are_more_than_refused(noise: bytes) -> None:
    with pytest.raises(InputError):
        parse(noise, COLIN27.id)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"type": "image"}, "type or version"),
        ({"version": 2}, "type or version"),
        ({"seq": "7"}, "number or time"),
        ({"frame": "mni152"}, "Register the tracker"),
        ({"axes": "LPS"}, "axes"),
        ({"matrix_mm": np.diag([1, 1, -1, 1]).tolist()}, "mirrored"),
        ({"matrix_mm": (2 * np.eye(4)).tolist()}, "row|scaled"),
    ],
)
def test_a_message_that_cannot_be_used_says_why(change: dict[str, object], problem: str) -> None:
    data = json.loads(to_line(PoseMessage(1, COLIN27.id, PLANNED)))
    with pytest.raises(InputError, match=problem):
        parse(json.dumps({**data, **change}).encode(), COLIN27.id)


def test_a_recorded_file_is_played_back_on_the_sessions_clock(tmp_path: Path) -> None:
    path = tmp_path / "poses.jsonl"
    poses = [PLANNED.shifted([0, float(n), 0]) for n in range(5)]
    path.write_bytes(
        b"".join(to_line(PoseMessage(n, COLIN27.id, p, n * 0.5)) for n, p in enumerate(poses))
    )
    clock = SimulatedClock(START)
    stream = RecordedPoses.read(path, COLIN27.id, clock)
    clock.sleep_until(1.2)
    sample = stream.latest()
    assert sample is not None
    assert sample.at_s == 1.0
    assert sample.pose is not None
    assert sample.pose.distance_mm(poses[2]) < 1e-9


@pytest.mark.parametrize(
    ("text", "problem"), [(b"", "empty"), (b"\n\n", "no poses"), (b"{}\n", "line 1")]
)
def test_a_file_without_poses_is_refused(tmp_path: Path, text: bytes, problem: str) -> None:
    path = tmp_path / "poses.jsonl"
    path.write_bytes(text)
    with pytest.raises(InputError, match=problem):
        RecordedPoses.read(path, COLIN27.id, SimulatedClock(START))


def test_recorded_times_that_go_back_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "poses.jsonl"
    lines = [to_line(PoseMessage(n, COLIN27.id, PLANNED, at)) for n, at in enumerate((1.0, 0.5))]
    path.write_bytes(b"".join(lines))
    with pytest.raises(InputError, match="line 2"):
        RecordedPoses.read(path, COLIN27.id, SimulatedClock(START))


def until(holds: Callable[[], bool]) -> None:
    """Wait for another thread, at most two seconds."""
    for _ in range(400):
        if holds():
            return
        time.sleep(0.005)
    raise AssertionError("nothing came")


def test_poses_come_by_udp_and_noise_is_counted_and_dropped() -> None:
    stream = NetworkPoses(COLIN27.id, SimulatedClock(START))
    try:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sender:
            here = ("127.0.0.1", stream.port)
            assert stream.latest() is None
            sender.sendto(b"\xff\x00noise", here)
            sender.sendto(to_line(PoseMessage(5, "mni152", None)), here)
            sender.sendto(to_line(PoseMessage(6, COLIN27.id, PLANNED)), here)
            until(lambda: stream.latest() is not None)
            sender.sendto(to_line(PoseMessage(4, COLIN27.id, None)), here)
            until(lambda: stream.dropped == 3)
            sample = stream.latest()
            assert sample is not None
            assert sample.pose is not None
            assert sample.pose.isclose(PLANNED)
            assert "overtaken" in stream.last_refusal
    finally:
        stream.close()
        stream.close()


def test_poses_come_by_tcp_in_pieces_and_from_one_sender_after_another() -> None:
    stream = NetworkPoses(COLIN27.id, SimulatedClock(START), kind="tcp")
    try:
        for seq in (1, 2):
            pose = PLANNED.shifted([seq, 0, 0])
            line = to_line(PoseMessage(seq, COLIN27.id, pose))
            with socket.create_connection(("127.0.0.1", stream.port)) as sender:
                for at in range(0, len(line), 40):
                    sender.sendall(line[at : at + 40])
                until(
                    lambda pose=pose: (
                        (s := stream.latest()) is not None
                        and s.pose is not None
                        and s.pose.isclose(pose)
                    )
                )
        with socket.create_connection(("127.0.0.1", stream.port)) as sender:
            sender.sendall(b"x" * 9_000)
            until(lambda: stream.dropped >= 1)
    finally:
        stream.close()


def test_a_port_that_is_taken_is_refused() -> None:
    stream = NetworkPoses(COLIN27.id, SimulatedClock(START), kind="tcp")
    try:
        with pytest.raises(InputError, match="Choose another"):
            NetworkPoses(COLIN27.id, SimulatedClock(START), kind="tcp", port=stream.port)
    finally:
        stream.close()


def test_poses_come_by_openigtlink() -> None:
    pyigtl = pytest.importorskip("pyigtl")
    server = pyigtl.OpenIGTLinkServer(port=18_955, local_server=True)
    stream = OpenIgtLinkPoses(COLIN27, SimulatedClock(START), device="Coil", port=18_955)
    try:

        def seen() -> bool:
            for name, matrix in (("Other", np.eye(4)), ("Coil", PLANNED.matrix)):
                server.send_message(pyigtl.TransformMessage(matrix, device_name=name))
            sample = stream.latest()
            return sample is not None and sample.pose is not None

        until(seen)
        sample = stream.latest()
        assert sample is not None
        assert sample.pose is not None
        assert sample.pose.isclose(PLANNED, 1e-3)
    finally:
        stream.close()
        server.stop()


# --- registration -------------------------------------------------------------------------------

FIDUCIALS = np.array([[0, 95, -10], [-75, 0, -40], [75, 0, -40], [0, -90, 0]], dtype=float)


def rigid(seed: int) -> Rigid:
    draw = np.random.default_rng(seed)
    q, _ = np.linalg.qr(draw.standard_normal((3, 3)))
    return Rigid(q * np.sign(np.linalg.det(q)), draw.uniform(-300, 300, 3))


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_exact_points_give_the_exact_transform(seed: int) -> None:
    true = rigid(seed)
    found = kabsch(FIDUCIALS, true.apply(FIDUCIALS))
    assert np.allclose(found.rotation, true.rotation, atol=1e-9)
    assert np.allclose(found.shift_mm, true.shift_mm, atol=1e-6)


def test_a_plane_of_points_never_gives_a_mirror_image() -> None:
    flat = np.array([[0, 0, 0], [80, 0, 0], [0, 90, 0]], dtype=float)
    noisy = rigid(4).apply(flat) + np.random.default_rng(0).normal(0, 3, flat.shape)
    assert np.linalg.det(kabsch(flat, noisy).rotation) == pytest.approx(1.0)


def test_the_expected_target_error_is_what_many_registrations_show() -> None:
    draw = np.random.default_rng(7)
    target, sigma, true = np.array([-40.0, 40.0, 60.0]), 2.0, rigid(1)
    errors, predicted = [], []
    for _ in range(3_000):
        touched = true.apply(FIDUCIALS + draw.normal(0, sigma, FIDUCIALS.shape))
        found = by_fiducials(touched, FIDUCIALS)
        errors.append(np.linalg.norm(found.transform.apply(true.apply(target[None]))[0] - target))
        predicted.append(found.target_error_mm(target) ** 2)
    seen = np.sqrt(np.mean(np.square(errors)))
    assert seen == pytest.approx(np.sqrt(3) * sigma * error_factor(FIDUCIALS, target), rel=0.03)
    assert seen == pytest.approx(np.sqrt(np.mean(predicted)), rel=0.05)


def scalp_points(count: int, seed: int) -> FloatArray:
    """Points of an egg with a nose: no two of its axes are alike, so it can be registered."""
    draw = np.random.default_rng(seed)
    direction = draw.standard_normal((3 * count, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    direction = direction[direction[:, 2] > -0.5][:count]
    egg = direction * [72.0, 96.0, 85.0]
    egg[:, 1] += 12.0 * (egg[:, 2] / 85.0) ** 2
    nose = np.exp(-((direction[:, 0] / 0.15) ** 2) - ((direction[:, 2] + 0.2) / 0.2) ** 2)
    egg[:, 1] += 22.0 * nose * (direction[:, 1] > 0)
    return np.asarray(egg)


def test_scalp_points_make_a_bad_start_better() -> None:
    draw = np.random.default_rng(2)
    true, target = rigid(3), np.array([-38.0, 50.0, 60.0])
    scalp = scalp_points(30_000, 0)
    before, after = [], []
    for seed in range(8):
        touched = true.apply(FIDUCIALS + draw.normal(0, 4.0, FIDUCIALS.shape))
        start = by_fiducials(touched, FIDUCIALS)
        points = scalp_points(120, 100 + seed) + draw.normal(0, 0.5, (120, 3))
        points[:6] += draw.normal(0, 15.0, (6, 3))
        found = refined_by_scalp(start, true.apply(points), scalp)
        there = true.apply(target[None])
        before.append(np.linalg.norm(start.transform.apply(there)[0] - target))
        after.append(np.linalg.norm(found.transform.apply(there)[0] - target))
        assert found.surface_rms_mm is not None
        assert found.surface_rms_mm < 1.5
    assert np.mean(after) < np.mean(before) / 2
    assert np.max(after) < 2.5


@pytest.mark.parametrize(
    ("camera", "head", "problem"),
    [
        (FIDUCIALS[:2], FIDUCIALS[:2], "at least three"),
        (FIDUCIALS[:3], FIDUCIALS, "in the order"),
        (FIDUCIALS * 0.01, FIDUCIALS * 0.01, "close together"),
        (
            np.outer(np.arange(4.0), [50, 50, 50]),
            np.outer(np.arange(4.0), [50, 50, 50]),
            "one line",
        ),
        (np.full((4, 3), np.nan), FIDUCIALS, "finite"),
    ],
)
def test_fiducials_that_cannot_carry_a_registration_are_refused(
    camera: FloatArray, head: FloatArray, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        by_fiducials(camera, head)


# --- the field that arrives ---------------------------------------------------------------------


def uniform_field() -> TabulatedField:
    """A table that is the same everywhere, so that the field follows from the coil alone."""
    table = np.broadcast_to(np.eye(3, dtype=np.float32), (60, 60, 60, 3, 3)).copy()
    sensitivity = Sensitivity(np.array([-200.0, -100.0, -60.0]), 5.0, table)
    return TabulatedField(sensitivity, known_coil("magstim-70mm-fig8"), COLIN27)


def test_the_field_at_the_target_scales_with_output_and_refuses_other_frames() -> None:
    source = DeliveredField(uniform_field(), max_didt_a_per_us=150.0)
    full = source.field_v_per_m(PLANNED, 100.0)
    assert full is not None
    assert source.field_v_per_m(PLANNED, 60.0) == pytest.approx(0.6 * full)
    with pytest.raises(InputError, match="Register the tracker"):
        source.field_v_per_m(Pose(PLANNED.rotation, PLANNED.position_mm, MNI152), 60.0)


def test_outside_the_table_the_field_is_not_known() -> None:
    far = Pose(PLANNED.rotation, np.array([900.0, 0.0, 0.0]), COLIN27)
    assert DeliveredField(uniform_field(), 150.0).field_v_per_m(far, 60.0) is None


@dataclass
class _FallingField:
    """A field that falls with the distance from the plan."""

    def strength_per_didt(self, pose: Pose) -> float | None:
        return 1.0 - 0.05 * pose.distance_mm(PLANNED)


def test_a_session_records_deviation_and_field_of_every_train() -> None:
    chair = Chair(prescription(block(4)))
    hand = SimulatedHand(PLANNED, chair.clock, Hand(tremor_mm=1.0), seed=5)
    chair.coil = Navigator(hand, PLANNED, chair.clock)
    chair.field_source = DeliveredField(_FallingField(), 150.0)
    assert chair.run().code == "completed"
    for train in chair.of(TrainGiven):
        assert isinstance(train, TrainGiven)
        assert train.pose is not None
        assert train.pose.samples > 20
        assert train.field_v_per_m == pytest.approx(
            90.0 * (1.0 - 0.05 * train.pose.mean_mm), abs=0.6
        )


def test_a_hand_that_slips_stops_the_session_and_putting_it_back_lets_it_go_on() -> None:
    chair = Chair(prescription(block(4)))
    hand = SimulatedHand(PLANNED, chair.clock, seed=5)
    hand.slip(5.5, 12.0)
    chair.coil = Navigator(hand, PLANNED, chair.clock)
    real = chair.operator.request

    def request() -> object:
        if chair.clock.now_s() > 12.0 and hand._slip is not None:
            hand.put_back()
        return real()

    chair.operator.request = request  # type: ignore[method-assign, assignment]
    assert chair.run().code == "completed"
    (pause,) = chair.of(SessionInterrupted)
    assert isinstance(pause, SessionInterrupted)
    assert pause.code == "coil-away"


def test_a_navigator_that_never_heard_of_the_coil_keeps_the_session_from_firing() -> None:
    class _Nothing:
        def latest(self) -> None:
            return None

        def close(self) -> None:
            return None

    chair = Chair(requests=[(5.0, Request.STOP)])
    chair.coil = Navigator(_Nothing(), PLANNED, chair.clock)
    outcome = chair.run()
    assert chair.memory.total == 0
    assert outcome.code == "stopped"
