"""Sessions in the clinic: begun once, by the right people, stopped at once, taken up or closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied

from clinic.chair.chair_samples import (
    ANSWERS,
    order,
    prescription,
    ready_patient,
    short_protocol,
)
from clinic.conftest import SmallClinic
from euthymia.chart.session_sink import documents_of
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.chair import sessions
from euthymia.clinic.chair.devices import memory_path
from euthymia.clinic.chair.engine import running, wishes
from euthymia.clinic.chair.engine.board import GIVEN, SHORT
from euthymia.clinic.chair.engine.courier import Courier
from euthymia.clinic.chair.engine.running import Run
from euthymia.clinic.chair.models import Console, ConsoleRequest, Wish
from euthymia.clinic.config.place import Mode
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.core.errors import InputError
from euthymia.treat.devices.faults import Fault
from euthymia.treat.devices.simulator import SimulatedStimulator
from euthymia.treat.session.documents import SessionStatus
from euthymia.treat.session.engine import EMERGENCY
from euthymia.treat.session.journal import Journal, journals


def _fresh(patient: Patient) -> Patient:
    return Patient.objects.get(pk=patient.pk)


def _journal(patient: Patient) -> Journal:
    return journals(documents_of(chart_of(_fresh(patient)).chart))[-1]


def _begin(clinic: SmallClinic, patient: Patient, **changes: Any) -> Run:
    return sessions.begin(clinic.who(Role.OPERATOR), patient, order(**changes))


def _simulated(run: Run) -> SimulatedStimulator:
    device = run.bench.device.device  # type: ignore[attr-defined]
    assert isinstance(device, SimulatedStimulator)
    return device


def _at_train(run: Run, number: int, do: Any) -> None:
    """Let something happen when that train's intention has been written."""
    sink, seen = run.bench.sink.append, [0]

    def append(document: Any) -> None:
        sink(document)
        if type(document).__name__ == "TrainIntended":
            seen[0] += 1
            if seen[0] == number:
                do()

    object.__setattr__(run.bench, "sink", type("Told", (), {"append": staticmethod(append)})())


def test_a_session_gives_what_is_prescribed_and_the_chart_says_so(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _begin(clinic, patient)
    run.work()
    journal = _journal(patient)
    assert journal.stopped is not None
    assert journal.stopped.status is SessionStatus.COMPLETED
    assert journal.pulses == 20 == _simulated(run).memory.total
    assert dict(journal.started.answers) == ANSWERS
    assert {each.author.name for each in chart_of(_fresh(patient)).entries[5:]} == {
        "Operator Example"
    }
    console = Console.objects.get()
    assert (console.code, console.live["status"]) == ("completed", "completed")
    assert console.live["marks"] == GIVEN * 4


def test_the_simulated_counter_is_kept_in_the_place_of_this_installation(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    _begin(clinic, patient).work()
    assert memory_path(patient.pk, 1).is_relative_to(example)
    assert memory_path(patient.pk, 1).is_file()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.RESEARCHER, Role.ADMINISTRATOR])
def test_who_may_not_run_sessions_begins_takes_up_and_closes_none(
    role: Role, clinic: SmallClinic, example: Path
) -> None:
    patient, who = ready_patient(clinic), clinic.who(role)
    with pytest.raises(PermissionDenied):
        sessions.begin(who, patient, order())
    with pytest.raises(PermissionDenied):
        sessions.take_up(who, patient, order())
    with pytest.raises(PermissionDenied):
        sessions.close(who, patient, "because")
    assert not Console.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"answers": {**ANSWERS, "seizure": "yes"}}, "it must not begin"),
        ({"answers": {**ANSWERS, "alcohol": "unknown"}}, None),
    ],
)
def test_what_the_answers_of_the_day_speak_against_is_not_begun(
    changes: dict[str, Any], sentence: str | None, clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    with pytest.raises(InputError, match=sentence or "a physician has to be asked"):
        _begin(clinic, patient, **changes)
    assert not Console.objects.exists()


def test_without_identity_ears_or_place_confirmed_nothing_is_given(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _begin(clinic, patient, ears=False)
    run.work()
    assert run.outcome is not None
    assert (run.outcome.code, run.outcome.pulses) == ("not-confirmed", 0)
    assert not documents_of(chart_of(_fresh(patient)).chart)


def test_without_a_signed_prescription_nothing_begins(clinic: SmallClinic, example: Path) -> None:
    with pytest.raises(InputError, match="nothing is prescribed"):
        _begin(clinic, clinic.patient())


def test_what_is_not_as_prescribed_needs_a_signature_and_no_tick_replaces_it(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic, threshold=44.0)
    acknowledged = frozenset({"session.output-threshold"})
    with pytest.raises(InputError, match="Have a psychiatrist sign"):
        _begin(clinic, patient, physician="Dr X", acknowledged=acknowledged)


def test_a_physician_who_was_asked_stands_in_the_chart(clinic: SmallClinic, example: Path) -> None:
    patient = ready_patient(clinic)
    answers = {**ANSWERS, "alcohol": "yes"}
    standing = sessions.ready(patient)
    codes = {each.code for each in standing.judged(answers) if each.severity.name == "ACKNOWLEDGE"}
    assert codes
    run = _begin(
        clinic, patient, answers=answers, physician="Dr Ada", acknowledged=frozenset(codes)
    )
    run.work()
    (note,) = chart_of(_fresh(patient)).chart.notes
    assert "Dr Ada was asked" in note.fact.text
    assert _journal(patient).stopped is not None


def test_two_consoles_run_neither_one_patient_nor_one_chair(
    clinic: SmallClinic, example: Path
) -> None:
    one, two = ready_patient(clinic), ready_patient(clinic)
    _begin(clinic, one)
    with pytest.raises(InputError, match="runs already at Chair 1"):
        _begin(clinic, one, chair="Chair 2")
    with pytest.raises(InputError, match="another patient runs there"):
        _begin(clinic, two)
    _begin(clinic, two, chair="Chair 2")
    assert Console.objects.filter(ended_at__isnull=True).count() == 2


def test_hurried_time_is_for_synthetic_patients_of_an_example_clinic_only(
    clinic: SmallClinic, example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = ready_patient(clinic)
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mode=Mode.CLINIC))
    with pytest.raises(InputError, match="so is time"):
        _begin(clinic, patient)


def test_a_real_stimulator_is_refused_unless_the_site_turned_it_on(
    clinic: SmallClinic, example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = ready_patient(clinic)
    with pytest.raises(InputError, match="nobody said that it may be armed"):
        _begin(clinic, patient, device="room-1", hurried=False)
    with pytest.raises(InputError, match="no real stimulators"):
        _begin(clinic, patient, device="room-1", hurried=False, armed_by_hand=True)
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, mode=Mode.CLINIC))
    with pytest.raises(InputError, match="there is no"):
        _begin(clinic, patient, device="room-1", hurried=False, armed_by_hand=True)
    assert not Console.objects.filter(ended_at__isnull=True).exists()


def test_an_emergency_stop_cuts_the_train_and_leaves_the_session_to_be_taken_up(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic, prescription(short_protocol(4, pulses=30)))
    run = _begin(clinic, patient)
    _at_train(run, 2, lambda: run.operator.wish(Wish.EMERGENCY, by="Dr Passing"))
    run.work()
    journal = _journal(patient)
    assert journal.open
    assert journal.interruptions[-1].code == EMERGENCY
    assert "asked for by Dr Passing" in journal.interruptions[-1].reason
    assert journal.pulses == _simulated(run).memory.total == 30
    assert Console.objects.get().code == EMERGENCY
    with pytest.raises(InputError, match="still open"):
        _begin(clinic, patient)
    with pytest.raises(InputError, match="a physician has to be asked"):
        sessions.take_up(clinic.who(Role.OPERATOR), _fresh(patient), order())
    again = sessions.take_up(
        clinic.who(Role.OPERATOR),
        _fresh(patient),
        order(physician="Dr Ada", acknowledged=frozenset({"session.after-emergency"})),
    )
    again.work()
    journal = _journal(patient)
    assert journal.stopped is not None
    assert journal.stopped.status is SessionStatus.COMPLETED
    assert journal.pulses == _simulated(again).memory.total == 120
    assert "broke-off" not in {each.code for each in journal.interruptions}


def test_an_emergency_stop_in_the_middle_of_a_train_says_how_many_pulses_came(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic, prescription(short_protocol(3, pulses=30)))
    run = _begin(clinic, patient)
    device, real = run.bench.device, run.bench.device.status

    def status() -> Any:
        found = real()
        if found.firing and (found.pulse_counter or 0) >= 10:
            run.operator.wish(Wish.EMERGENCY)
        return found

    object.__setattr__(device, "device", _Watching(device.device, status))  # type: ignore[attr-defined]
    run.work()
    (train,) = _journal(patient).given
    assert 10 <= train.delivered < 30
    assert run.board.snapshot()["marks"] == SHORT + ".."
    assert f"Train 1 was stopped after {train.delivered} of 30 pulses" in run.board.given_words()


class _Watching:
    """A stimulator with another way to tell its status."""

    def __init__(self, device: Any, status: Any) -> None:
        self._device, self._inner, self._status = device, device.status, status
        self.asking = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._device, name)

    def status(self) -> Any:
        if self.asking:
            return self._inner()
        self.asking = True
        try:
            return self._status()
        finally:
            self.asking = False


def test_a_session_whose_program_died_is_found_settled_from_the_counter_and_closed(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _begin(clinic, patient)

    def die() -> None:
        raise KeyboardInterrupt

    _at_train(run, 3, die)
    # What a kill leaves: nothing after the intention, and a row that says that it runs.
    object.__setattr__(run.bench.device, "device", _Dead(_simulated(run)))
    with pytest.raises(KeyboardInterrupt):
        run.work()
    console = Console.objects.get()
    assert console.ended_at is None
    running._RUNS.clear()
    later = clock.now() + timedelta(seconds=30)
    with clock.at(later):
        assert sessions.console_of(_fresh(patient)) is None
        journal = sessions.broken_session(chart_of(_fresh(patient)).chart)
        assert journal is not None
        stopped, _ = sessions.close(clinic.who(Role.OPERATOR), _fresh(patient), "power failure")
    assert stopped.status is SessionStatus.PARTIAL
    closed = _journal(patient)
    assert closed.dangling is None
    assert closed.pulses == 10
    assert Console.objects.filter(code="lost").count() == 1
    assert not memory_path(patient.pk, 1).exists()


class _Dead:
    """A stimulator whose computer is gone: nothing can be told to it any more."""

    def __init__(self, device: SimulatedStimulator) -> None:
        self._device = device

    def __getattr__(self, name: str) -> Any:
        return getattr(self._device, name)


def test_an_engine_that_was_declared_lost_can_write_nothing_more(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _begin(clinic, patient)

    def take_over() -> None:
        Console.objects.update(ended_at=clock.now(), code="lost")

    _at_train(run, 2, take_over)
    run.work()
    before = _fresh(patient).head_seq
    assert Console.objects.get().code == "lost"
    assert _simulated(run).safe
    kinds = [each.fact.kind for each in chart_of(_fresh(patient)).entries]
    assert kinds[-1] == "train_intended"
    assert before == len(kinds)


def test_a_device_fault_closes_the_session_with_its_reason(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _begin(clinic, patient)
    _simulated(run).inject(Fault.DEVICE_FAULT, 2.0)
    run.work()
    assert Console.objects.get().code == "device-fault"
    stopped = _journal(patient).stopped
    assert stopped is not None
    assert "internal fault" in stopped.reason


def test_wishes_from_another_process_reach_the_engine_through_the_mailbox(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _begin(clinic, patient)
    console = Console.objects.get()
    courier = Courier(console.pk, run.operator, run.board.snapshot)
    running._RUNS.clear()
    wishes.ask(console, Wish.STOP, clinic.people[Role.COORDINATOR])
    assert ConsoleRequest.objects.get().taken_at is None
    courier.take()
    assert ConsoleRequest.objects.get().taken_at is not None
    run.work()
    stopped = _journal(patient).stopped
    assert stopped is not None
    assert "asked for by Coordinator Example" in stopped.reason


def test_a_page_in_another_process_keeps_the_session_going_through_the_table(
    clinic: SmallClinic, example: Path
) -> None:
    run = _begin(clinic, ready_patient(clinic))
    console = Console.objects.get()
    courier = Courier(console.pk, run.operator, run.board.snapshot)
    courier.put()
    run.operator._seen -= 100.0
    run.operator._touched -= 100.0
    Console.objects.update(seen_at=clock.now() + timedelta(seconds=1))
    courier.put()
    now_s = run.bench.clock.now_s()
    assert now_s - run.operator.reached_s() < 50.0
    assert now_s - run.operator.seen_s() > 50.0
    assert Console.objects.get().live["trains"] == 4


def test_a_press_holds_for_its_own_train_and_only_once(clinic: SmallClinic, example: Path) -> None:
    run = _begin(clinic, ready_patient(clinic))
    first, second, *_ = run.board._steps
    assert not run.operator.permits(first)
    assert run.operator.waits_for == 1
    run.operator.wish(Wish.PRESS, train=2)
    assert not run.operator.permits(first)
    run.operator.wish(Wish.PRESS, train=1)
    assert run.operator.permits(first)
    assert run.operator.waits_for is None
    assert not run.operator.permits(second)


def test_with_a_press_for_each_train_the_session_waits_for_every_one(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _begin(clinic, patient)
    object.__setattr__(run.bench, "press_each_train", True)
    pressed: list[int] = []
    real = run.operator.permits

    def permits(step: Any) -> bool:
        if not real(step):
            assert run.board.snapshot()["phase"] == "press"
            pressed.append(step.number)
            run.operator.wish(Wish.PRESS, train=step.number)
            return False
        return True

    run.operator.permits = permits  # type: ignore[method-assign]
    run.work()
    assert pressed == [1, 2, 3, 4]
    assert run.outcome is not None
    assert run.outcome.status is SessionStatus.COMPLETED


def test_the_end_of_the_server_leaves_the_session_open_and_the_stimulator_safe(
    clinic: SmallClinic, example: Path
) -> None:
    patient = ready_patient(clinic)
    run = _begin(clinic, patient)
    _at_train(run, 2, run.operator.server_ends)
    run.work()
    assert _simulated(run).safe
    assert _journal(patient).open
    assert _journal(patient).dangling is None
    assert Console.objects.get().code == "server-ended"
