"""A session plan: a generator of messages that touches nothing.

The engine carries each message out and sends the answer back. Because a plan touches nothing, it
can be walked without a device (`messages_of`), summarised and checked before anyone sits down.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from euthymia.core.findings import Finding, Severity, by_severity
from euthymia.treat.session.operator import DayCheck, DayQuestion, NoDayCheck
from euthymia.treat.session.prescription import Prescription, TrainStep


@dataclass(frozen=True, slots=True)
class Confirm:
    """The operator confirms this, or the session does not go on."""

    question: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The questions of the day; the answers come back."""

    questions: tuple[DayQuestion, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """The session is not begun: what was answered speaks against it."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """The session begins on the record, or is taken up again at train `first`."""

    prescription: Prescription
    answers: Mapping[str, str]
    first: int = 1


@dataclass(frozen=True, slots=True)
class Position:
    """Wait until the coil is in its place."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Silence until the train is due."""

    before: TrainStep
    least_s: float


@dataclass(frozen=True, slots=True)
class Ramp:
    """From this train on another output holds."""

    output_pct_mso: float
    step: TrainStep


@dataclass(frozen=True, slots=True)
class Give:
    """Give one train."""

    step: TrainStep
    least_rest_s: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Here the session can stand still or end without loss."""

    after: TrainStep


@dataclass(frozen=True, slots=True)
class Close:
    """All trains were dealt with."""


Message: TypeAlias = (
    Confirm | Ask | Refuse | Open | Position | Rest | Ramp | Give | Checkpoint | Close
)
Reply: TypeAlias = bool | Mapping[str, str] | None
Plan: TypeAlias = Generator[Message, Reply, None]

IDENTITY = "Is this the patient whose chart is open (name and date of birth checked)?"
EARS = "Do patient and operator wear ear protection?"
PHYSICIAN = "Was a physician asked about this, and does the session go ahead?"
PLACED = "Is the coil in its place on the head?"


def session_plan(
    prescription: Prescription,
    day: DayCheck | None = None,
    *,
    first: int = 1,
    navigated: bool = False,
) -> Plan:
    """The plan of one session, from train `first` on."""
    check = day or NoDayCheck()
    steps = prescription.steps()
    yield Confirm(IDENTITY)
    yield Confirm(EARS)
    answers: Mapping[str, str] = {}
    if check.questions:
        reply = yield Ask(tuple(check.questions))
        answers = reply if isinstance(reply, Mapping) else {}
        findings = by_severity(check.judge(answers))
        against = tuple(found for found in findings if found.severity is Severity.STOP)
        if against:
            yield Refuse(against)
            return
        for found in findings:
            if found.severity is Severity.ACKNOWLEDGE:
                yield Confirm(f"{found.message}. {PHYSICIAN}")
    yield Open(prescription, answers, first)
    yield Position() if navigated else Confirm(PLACED)
    output: float | None = None
    for step in steps[first - 1 :]:
        least_s = float(prescription.least_rest_s(step, steps))
        if step.output_pct_mso != output:
            output = step.output_pct_mso
            yield Ramp(output, step)
        yield Rest(step, least_s)
        yield Give(step, least_s)
        yield Checkpoint(step)
    yield Close()


@dataclass(frozen=True, slots=True)
class Summary:
    """A plan in figures."""

    trains: int
    pulses: int
    length_s: float
    outputs_pct_mso: tuple[float, ...]
    questions: int

    @property
    def text(self) -> str:
        minutes, seconds = divmod(round(self.length_s), 60)
        outputs = ", ".join(f"{output:g}" for output in self.outputs_pct_mso)
        return (
            f"{self.trains} trains, {self.pulses:,} pulses, {minutes}:{seconds:02d} from first to "
            f"last pulse, at {outputs} % MSO"
        )


def messages_of(plan: Plan) -> tuple[Message, ...]:
    """All messages of a plan when everyone says yes; nothing is touched."""
    found: list[Message] = []
    reply: Reply = None
    try:
        while True:
            message = plan.send(reply)
            found.append(message)
            reply = True
            if isinstance(message, Ask):
                reply = {question.id: question.usual for question in message.questions}
    except StopIteration:
        return tuple(found)


def summarise(plan: Plan) -> Summary:
    """The plan in figures, worked out from its messages alone."""
    messages = messages_of(plan)
    steps = [message.step for message in messages if isinstance(message, Give)]
    outputs: dict[float, None] = {step.output_pct_mso: None for step in steps}
    return Summary(
        trains=len(steps),
        pulses=sum(step.train.pulse_count for step in steps),
        length_s=float(steps[-1].end_s - steps[0].onset_s) if steps else 0.0,
        outputs_pct_mso=tuple(outputs),
        questions=sum(len(each.questions) for each in messages if isinstance(each, Ask)),
    )
