"""A session run at this computer: clock, device, navigation, keyboard and record put together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.envelope import Author
from euthymia.chart.session_inputs import questions_of
from euthymia.chart.session_sink import LedgerSink, documents_of
from euthymia.cli.clock import SystemClock, prompt_scheduling
from euthymia.cli.keyboard import KEYS, KeyboardOperator
from euthymia.cli.options import now, today
from euthymia.cli.output import remark
from euthymia.cli.session_prepare import Prepared
from euthymia.cli.session_view import show_outcome, show_stopped
from euthymia.core.errors import InputError, require_file
from euthymia.core.poses import Pose
from euthymia.core.software import software
from euthymia.treat.clock import Clock, SimulatedClock
from euthymia.treat.devices.counter import PulseMemory
from euthymia.treat.devices.simulator import SimulatedStimulator, Traits
from euthymia.treat.devices.site import allowed, open_device, read_site
from euthymia.treat.devices.stimulator import Stimulator
from euthymia.treat.navigation.messages import RecordedPoses
from euthymia.treat.navigation.navigator import Navigator
from euthymia.treat.navigation.network import NetworkPoses, OpenIgtLinkPoses
from euthymia.treat.navigation.samples import PoseStream
from euthymia.treat.navigation.simulated_hand import SimulatedHand
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import Document, SessionStarted, Sink, TrainGiven
from euthymia.treat.session.engine import Engine
from euthymia.treat.session.journal import open_session
from euthymia.treat.session.plan import session_plan, summarise
from euthymia.treat.session.recovery import close as close_session
from euthymia.treat.session.recovery import may_resume, recover
from euthymia.treat.session.recovery import resume as resumed
from euthymia.treat.session.signals import sigterm_raises

if TYPE_CHECKING:
    from euthymia.treat.navigation.aim import Aim

DEFAULT = "default"
SIMULATED = "simulated"
MEMORY_NAME = "simulated-stimulator.memory"
_PATIENT_WATCHDOG = Traits(watchdog_s=1.0)
_ARM = "Arm the real stimulator now? It can give pulses from here on"


@dataclass(frozen=True, slots=True)
class FieldWish:
    """What field was asked for, as typed. coil, target: None for those of the chart's plan."""

    head: str
    coil: str | None
    target: str | None

    @classmethod
    def of(cls, wanted: bool, head: str, coil: str | None, target: str | None) -> FieldWish | None:
        """The wish, or None without --field; refuses options that would then do nothing."""
        if wanted:
            return cls(head, coil, target)
        if head != DEFAULT or coil is not None or target is not None:
            raise InputError(
                "--head, --coil and --target", "they say which field is recorded", "Add --field"
            )
        return None


@dataclass(frozen=True, slots=True)
class Chair:
    """What the command was given about the chair."""

    case: Path
    operator: str
    device: str
    site: Path | None
    poses: str | None
    pose: Path | None
    fast: bool
    yes: bool
    field: FieldWish | None = None

    @property
    def simulated(self) -> bool:
        return self.device == SIMULATED


def run_session(wanted: Prepared, chair: Chair, as_json: bool) -> None:
    """Run the session, and show what came of it."""
    _refuse_unfit(chair, wanted.case)
    prescription = wanted.prescription
    planned = _planned(chair)
    if planned is not None:
        prescription = replace(prescription, coil_pose=planned)
    aim = _aim(chair, wanted.case, planned)
    if aim is not None:
        prescription = replace(prescription, target_field=aim.planned)
    plan = session_plan(prescription, wanted.day, navigated=planned is not None)
    remark(summarise(session_plan(prescription)).text)
    with _bench(chair, wanted.case, planned, aim) as bench:
        outcome = Engine(bench).run(plan)
    show_outcome(chair.case, prescription.session, outcome, wanted.findings, as_json)


def resume_session(chair: Chair, close: bool, reason: str, as_json: bool) -> None:
    """Settle the session that broke off, then go on with it or close it."""
    case = Case.open(chair.case)
    _refuse_unfit(chair, case)
    journal = open_session(documents_of(case.chart))
    if journal is None:
        raise InputError(str(chair.case), "no session is open in this chart", "Begin a new one")
    planned = journal.started.coil_pose if chair.poses else None
    aim = None if close else _aim(chair, case, planned)
    _refuse_another_aim(journal.started, aim)
    with _bench(chair, case, planned, aim) as bench:
        recovered = recover(journal, bench)
        if close:
            stopped = close_session(recovered.journal, bench, reason)
            show_stopped(chair.case, stopped, recovered.findings, as_json)
            return
        late = may_resume(recovered.journal, bench, bench.limits)
        if late and not bench.operator.confirm(f"{late[0].message}. Go on all the same?"):
            raise InputError(
                f"session {journal.session}", "it is not taken up", "Close it with --close"
            )
        plan, state = resumed(recovered.journal, bench, day=questions_of(case.chart, today()))
        outcome = Engine(bench).taken_up(state).run(plan)
    show_outcome(chair.case, journal.session, outcome, (*recovered.findings, *late), as_json)


def _aim(chair: Chair, case: Case, planned: Pose | None) -> Aim | None:
    if chair.field is None:
        return None
    # Heads and solvers are imported only where they are wanted: a session begins at once.
    from euthymia.cli.session_field import aim_wished  # noqa: PLC0415

    return aim_wished(chair.field, case.chart, planned)


def _refuse_another_aim(started: SessionStarted, aim: Aim | None) -> None:
    """One session has one target, coil and head: else its trains could not be added up."""
    if aim is not None and not aim.planned.same_aim(started.target_field):
        raise InputError(
            f"session {started.session}",
            "it did not begin with this field at the target: head, coil or target differ"
            if started.target_field
            else "it began without the field at the target",
            "Give the same --head, --coil and --target as then, or leave --field out",
        )


@contextmanager
def _bench(chair: Chair, case: Case, planned: Pose | None, aim: Aim | None) -> Iterator[Bench]:
    """Everything the engine needs, let go of at the end."""
    clock: Clock = SystemClock()
    if chair.fast:
        clock = SimulatedClock(max(now(), case.chart.entries[-1].at))
    operator = KeyboardOperator(clock, assume_yes=chair.yes)
    device = _device(chair, clock)
    if not chair.simulated and not operator.confirm(_ARM):
        raise InputError(chair.device, "nobody armed it", "Run it again when you are ready")
    stream = _stream(chair, planned, clock) if planned is not None else None
    sink = LedgerSink(
        chair.case / CHART_NAME,
        Author(chair.operator, "operator"),
        new_id=lambda: str(uuid4()),
        now=clock.local,
    )
    try:
        with sigterm_raises(), prompt_scheduling() as granted:
            if not granted and not chair.fast:
                remark(
                    "the system grants no real-time priority: starts may scatter by some "
                    "milliseconds when this computer is busy"
                )
            remark(KEYS)
            yield Bench(
                device,
                clock,
                _Telling(sink),
                operator,
                software(),
                coil=Navigator(stream, planned, clock) if stream and planned else None,
                field=aim.source if aim else None,
                press_each_train=not chair.simulated,
            )
    finally:
        if stream is not None:
            stream.close()


class _Telling:
    """Writes every document into the sink, and then tells the operator of each train."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._trains = 0

    def append(self, document: Document) -> None:
        self._sink.append(document)
        if isinstance(document, SessionStarted):
            self._trains = document.trains
        elif isinstance(document, TrainGiven):
            of = f" of {self._trains}" if self._trains else ""
            away = f", coil {document.pose.mean_mm:.1f} mm off" if document.pose else ""
            field = f", {document.field_v_per_m:.0f} V/m" if document.field_v_per_m else ""
            remark(
                f"train {document.train}{of}: {document.delivered} pulses at "
                f"{document.output_pct_mso:g} % MSO{away}{field}"
            )


def _refuse_unfit(chair: Chair, case: Case) -> None:
    if (chair.fast or chair.yes) and not chair.simulated:
        raise InputError(
            "--fast and --yes",
            "a real stimulator needs real time and a person who answers",
            "Leave them out, or use --device simulated",
        )
    if chair.fast and not case.chart.patient.fact.synthetic:
        raise InputError(
            "--fast", "this patient is real, and so is time", "Use it for synthetic patients only"
        )


def _device(chair: Chair, clock: Clock) -> Stimulator:
    if chair.simulated:
        memory = PulseMemory(chair.case / MEMORY_NAME)
        traits = None if chair.fast else _PATIENT_WATCHDOG
        return SimulatedStimulator(clock, memory, traits=traits)
    if chair.site is None:
        raise InputError(
            f"--device {chair.device}",
            "real stimulators are off",
            "Give the file in which the site turned it on: --site FILE",
        )
    return open_device(allowed(read_site(chair.site), chair.device, now().date()), clock)


def _planned(chair: Chair) -> Pose | None:
    """The planned pose of a session with navigation."""
    if chair.poses is None:
        return None
    if chair.pose is None:
        raise InputError("--poses", "there is nothing to compare with", "Give --pose FILE")
    require_file(chair.pose, "a pose")
    try:
        return Pose.from_json(json.loads(chair.pose.read_text(encoding="utf-8")))
    except ValueError as problem:
        if isinstance(problem, InputError):
            raise
        raise InputError(str(chair.pose), "it is not JSON", "Write it as euthymia does") from None


def _stream(chair: Chair, planned: Pose, clock: Clock) -> PoseStream:
    kind, _, rest = str(chair.poses).partition(":")
    if kind == SIMULATED:
        return SimulatedHand(planned, clock)
    if kind in ("udp", "tcp") and rest.isdigit():
        stream = NetworkPoses(
            planned.frame.id, clock, port=int(rest), kind="udp" if kind == "udp" else "tcp"
        )
        remark(f"listening for poses on 127.0.0.1, {kind} port {stream.port}")
        return stream
    if kind == "file" and rest:
        return RecordedPoses.read(Path(rest), planned.frame.id, clock)
    if kind == "igtl" and rest:
        return OpenIgtLinkPoses(planned.frame, clock, device=rest)
    raise InputError(
        f"--poses {chair.poses}",
        "it is not understood",
        "Write simulated, udp:PORT, tcp:PORT, file:PATH or igtl:DEVICE",
    )
