"""Beginning, taking up and closing sessions: checked, claimed, and handed to the engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from euthymia.chart.chart import Chart
from euthymia.chart.session_sink import documents_of
from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who, check
from euthymia.clinic.chair.devices import (
    SIMULATED,
    memory_of,
    memory_path,
    real_device,
    simulated_device,
)
from euthymia.clinic.chair.engine import running
from euthymia.clinic.chair.engine.board import Board, ToldSink, WatchedCoil, WatchedStimulator
from euthymia.clinic.chair.engine.clocks import HurriedClock, RealClock
from euthymia.clinic.chair.engine.running import Run, launch
from euthymia.clinic.chair.engine.sink import DatabaseSink
from euthymia.clinic.chair.engine.web_operator import WebOperator
from euthymia.clinic.chair.gate import Order, confirmed_by, note_physician
from euthymia.clinic.chair.models import Console
from euthymia.clinic.chair.readiness import Readiness, readiness
from euthymia.clinic.chair.summary import field_words
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import Pen
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import Pose
from euthymia.core.software import software
from euthymia.treat.clock import Clock
from euthymia.treat.navigation.navigator import Navigator
from euthymia.treat.navigation.simulated_hand import SimulatedHand
from euthymia.treat.session.bench import Bench
from euthymia.treat.session.documents import SessionStopped
from euthymia.treat.session.engine import EMERGENCY
from euthymia.treat.session.journal import Journal, journals, open_session
from euthymia.treat.session.limits import default_limits
from euthymia.treat.session.plan import Plan, session_plan
from euthymia.treat.session.prescription import Prescription
from euthymia.treat.session.recovery import close as close_session
from euthymia.treat.session.recovery import may_resume, recover
from euthymia.treat.session.recovery import resume as resumed
from euthymia.treat.session.run_state import RunState

LOST_AFTER = timedelta(seconds=8)
"""An engine that has not been heard of for so long runs no more, or is kept from writing."""


class NoLongerHeldError(RuntimeError):
    """Another program has taken the session over; this one must write nothing more."""


# --- what stands -----------------------------------------------------------------------------


def console_of(patient: Patient) -> Console | None:
    """The console at which a session of this patient runs, or None."""
    found = Console.objects.filter(patient=patient, ended_at__isnull=True).first()
    return None if found is None or is_lost(found) else found


def is_lost(console: Console) -> bool:
    """Whether its engine is gone without having said so (a killed server)."""
    if running.run_of(console.pk) is not None:
        return False
    return console.ended_at is None and clock.now() - console.heartbeat_at > LOST_AFTER


def broken_session(chart: Chart) -> Journal | None:
    """The session that has no end on the record."""
    return open_session(documents_of(chart))


def ready(patient: Patient, order_device: str = SIMULATED) -> Readiness:
    """The next session of the patient, with every finding of the record."""
    chart = chart_of(patient).chart
    return readiness(chart, clock.now(), simulated=order_device == SIMULATED)


# --- beginning -------------------------------------------------------------------------------


def begin(who: Who, patient: Patient, order: Order) -> Run:
    """Check everything once more, claim chair and patient, and let the engine begin."""
    check(Action.RUN_SESSION, who, patient)
    standing = ready(patient, order.device)
    if standing.inputs is None:
        raise InputError(_("this session"), _("nothing is prescribed"), _("Have it signed first"))
    confirmed, asked = confirmed_by(order, standing.judged(order.answers))
    prescription = standing.inputs.prescription
    pose = standing.inputs.pose if order.navigated else None
    prescription = replace(prescription, coil_pose=pose)

    def prepare(bench: Bench, board: Board) -> tuple[Plan, RunState]:
        plan = session_plan(prescription, standing.day, navigated=pose is not None)
        return plan, RunState()

    with transaction.atomic():
        console = _claim(who, patient, order, prescription.session)
        note_physician(who, patient, order, asked, prescription.session)
        run = _run(who, patient, console, order, prescription, confirmed, prepare)
    run.board.planned_field = _planned_field(patient, standing)
    launch(run)
    return run


def take_up(who: Who, patient: Patient, order: Order) -> Run:
    """Settle a session that broke off, and give the rest of it."""
    check(Action.RUN_SESSION, who, patient)
    chart = chart_of(patient).chart
    journal = _open(chart)
    day = readiness_of_open(chart, journal)
    confirmed, asked = confirmed_by(order, (*day, *late_findings(journal)))
    others = sum(
        each.pulses
        for each in journals(documents_of(chart))
        if each.session != journal.session and each.started.at.date() == clock.today()
    )
    prescription = journal.prescription(others)
    if prescription.coil_pose is not None and not order.navigated:
        prescription = replace(prescription, coil_pose=None)

    def prepare(bench: Bench, board: Board) -> tuple[Plan, RunState]:
        for train in journal.given:
            board.given(train)
        found = recover(journal, bench)
        for finding in found.findings:
            board.tell(finding.message)
        return resumed(found.journal, bench, given_today=others, day=None)

    with transaction.atomic():
        console = _claim(who, patient, order, journal.session)
        note_physician(who, patient, order, asked, journal.session)
        run = _run(who, patient, console, order, prescription, confirmed, prepare)
    launch(run)
    return run


def close(who: Who, patient: Patient, reason: str) -> tuple[SessionStopped, tuple[Finding, ...]]:
    """Settle a session that broke off, and end it on the record as it stands."""
    check(Action.RUN_SESSION, who, patient)
    journal = _open(chart_of(patient).chart)
    begun = Console.objects.filter(patient=patient, session=journal.session).first()
    # The stimulator is only asked for its counter, and disarmed; no chair is taken.
    order = Order(
        chair=f"closing {patient.pseudonym}"[:60],
        device=begun.device if begun else SIMULATED,
        answers={},
        identity=True,
        ears=True,
        placed=True,
        armed_by_hand=True,
    )
    with transaction.atomic():
        console = _claim(who, patient, order, journal.session)
        run = _run(
            who, patient, console, order, journal.prescription(), frozenset(), _nothing_to_prepare
        )
    try:
        found = recover(journal, run.bench)
        stopped = close_session(found.journal, run.bench, reason)
    finally:
        run.bench.device.disconnect()
        Console.objects.filter(pk=console.pk).update(
            ended_at=clock.now(), code="closed", live=run.board.snapshot()
        )
    forget_memory(patient, journal.session)
    return stopped, found.findings


def readiness_of_open(chart: Chart, journal: Journal) -> tuple[Finding, ...]:
    """What speaks against going on with a session that broke off, but for the time that passed."""
    found: list[Finding] = []
    if chart.open_safety_tasks:
        found.append(
            Finding(
                "session.safety-task",
                Severity.ACKNOWLEDGE,
                "safety task",
                "An answer on suicide waits for its assessment by a named person",
            )
        )
    broke = journal.interruptions[-1] if journal.interruptions else None
    if broke is not None and broke.code == EMERGENCY:
        found.append(
            Finding(
                "session.after-emergency",
                Severity.ACKNOWLEDGE,
                "emergency stop",
                "The session was stopped in an emergency. Go on only if it is known why",
                found=f"{broke.at.astimezone(clock.now().tzinfo):%H:%M:%S}, after train "
                f"{broke.after_train}",
            )
        )
    return tuple(found)


def late_findings(journal: Journal) -> tuple[Finding, ...]:
    """What the time that passed since the break says against taking it up."""
    return may_resume(journal, _bare_bench(), default_limits())


def forget_memory(patient: Patient, session: int) -> None:
    """Drop the simulated counter of a session that has its end on the record."""
    memory_path(patient.pk, session).unlink(missing_ok=True)


# --- within ----------------------------------------------------------------------------------


def _open(chart: Chart) -> Journal:
    journal = broken_session(chart)
    if journal is None:
        raise InputError(_("this chart"), _("no session is open in it"), _("Begin a new one"))
    return journal


def _bare_bench() -> Bench:
    """A bench that only knows the time."""
    unused: Any = None
    return Bench(unused, RealClock(), unused, unused, software())


def _planned_field(patient: Patient, standing: Readiness) -> str:
    if standing.prescribed is None:
        return ""
    placement = chart_of(patient).chart.placement_of(standing.prescribed.fact)
    if placement is None or placement.fact.field is None:
        return ""
    return _("planned: %(field)s") % {"field": field_words(placement.fact.field)}


def _nothing_to_prepare(bench: Bench, board: Board) -> tuple[Plan, RunState]:
    raise AssertionError("a session that is closed runs no plan")


def _claim(who: Who, patient: Patient, order: Order, session: int) -> Console:
    """Take chair and patient for this session; refused while either has one that runs."""
    assert who.user_id is not None  # the policy has seen to it
    now = clock.now()
    live = Console.objects.select_for_update().filter(ended_at__isnull=True)
    for held in (*live.filter(patient=patient), *live.filter(site=patient.site, chair=order.chair)):
        if is_lost(held):
            # From here on its engine, should it still be somewhere, is refused by its own sink.
            Console.objects.filter(pk=held.pk).update(
                ended_at=now, code="lost", reason="Its program was not heard of any more"
            )
    try:
        with transaction.atomic():
            return Console.objects.create(
                patient=patient,
                site=patient.site,
                chair=order.chair,
                session=session,
                operator_id=who.user_id,
                device=order.device,
                simulated=order.simulated,
                press_each_train=not order.simulated,
                begun_at=now,
                heartbeat_at=now,
                seen_at=now,
                touched_at=now,
                live={"phase": "opening"},
            )
    except IntegrityError:
        here = live.filter(patient=patient).first()
        what = (
            _("a session of this patient runs already at %(chair)s") % {"chair": here.chair}
            if here
            else _("a session of another patient runs there")
        )
        raise InputError(
            order.chair if here is None else _("this session"),
            what,
            _("Wait for its end, or end it first"),
        ) from None


def _run(
    who: Who,
    patient: Patient,
    console: Console,
    order: Order,
    prescription: Prescription,
    confirmed: frozenset[str],
    prepare: running.Prepare,
) -> Run:
    """Clock, device, record, person and navigation put together for the engine."""
    hurried = order.hurried
    if hurried and not (settings.PLACE.example and patient.synthetic and order.simulated):
        raise InputError(
            _("hurried time"),
            _("this patient is real, and so is time"),
            _("Use it for synthetic patients of an example clinic"),
        )
    session_clock: Clock = HurriedClock() if hurried else RealClock()
    board = Board(prescription, session_clock, default_limits())
    operator = WebOperator(session_clock, order.answers, confirmed, board.tell, board.latch)
    board.operator = operator

    def still() -> None:
        if not Console.objects.filter(pk=console.pk, ended_at__isnull=True).exists():
            raise NoLongerHeldError("this session was taken over")

    if order.simulated:
        memory = memory_of(patient.pk, prescription.session)
        device: Any = simulated_device(session_clock, memory, hurried=hurried)
    elif not order.armed_by_hand:
        raise InputError(
            order.device,
            _("nobody said that it may be armed"),
            _("Confirm that it can give pulses from here on"),
        )
    else:
        device = real_device(order.device, session_clock)
    bench = Bench(
        WatchedStimulator(device, board),
        session_clock,
        ToldSink(DatabaseSink(Pen(who, patient, Action.RUN_SESSION, still=still)), board),
        operator,
        software(),
        coil=_coil(order, prescription.coil_pose, session_clock, board),
        press_each_train=not order.simulated,
    )
    return Run(console.pk, console.stop_key, console.operator_id, bench, board, operator, prepare)


def _coil(order: Order, planned: Pose | None, at: Clock, board: Board) -> WatchedCoil | None:
    if planned is None or not order.navigated:
        return None
    return WatchedCoil(Navigator(SimulatedHand(planned, at), planned, at), board)
