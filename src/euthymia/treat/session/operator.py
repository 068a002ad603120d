"""The person at the chair, as the engine sees them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from euthymia.core.findings import Finding
from euthymia.treat.clock import Clock
from euthymia.treat.session.prescription import TrainStep


class Request(Enum):
    """What the operator can ask for at any moment."""

    PAUSE = "pause"
    GO_ON = "go on"
    STOP = "stop"
    """End the session, and close its record."""
    EMERGENCY = "emergency stop"
    """Stop at once; the session stays open on the record until a person has said what it was."""


@dataclass(frozen=True, slots=True)
class DayQuestion:
    """One question that is asked before a session; `answers` are the possible ones.

    number: any number is an answer as well. usual: what is answered where nothing is wrong.
    """

    id: str
    text: str
    answers: tuple[str, ...] = ("yes", "no")
    number: bool = False
    usual: str = "no"

    def takes(self, answer: str) -> bool:
        """Whether that is one of the possible answers."""
        if answer in self.answers:
            return True
        try:
            return self.number and math.isfinite(float(answer))
        except ValueError:
            return False


class DayCheck(Protocol):
    """The questions of the day, and what their answers mean for today's session."""

    @property
    def questions(self) -> Sequence[DayQuestion]: ...

    def judge(self, answers: Mapping[str, str]) -> Sequence[Finding]:
        """All findings; a STOP among them and the session is not begun."""


class NoDayCheck:
    """Asks nothing: for benches, and for clinics that ask on paper."""

    @property
    def questions(self) -> Sequence[DayQuestion]:
        return ()

    def judge(self, answers: Mapping[str, str]) -> Sequence[Finding]:
        return ()


class Operator(Protocol):
    """Whoever runs the session, at a keyboard, a foot switch or a web page."""

    def confirm(self, question: str) -> bool:
        """Ask a yes-or-no question, and wait for the answer."""

    def answer(self, questions: Sequence[DayQuestion]) -> Mapping[str, str]:
        """Ask the questions of the day, and wait for all answers."""

    def request(self) -> Request | None:
        """The oldest request that has not been taken yet. Never waits."""

    def seen_s(self) -> float:
        """When the operator last touched anything, by the session's clock."""

    def reached_s(self) -> float:
        """When the operator could last have reached the session, by the session's clock.

        A keyboard always can. A page cannot while its computer sleeps or its network is down.
        """

    def permits(self, step: TrainStep) -> bool:
        """Whether the operator's press for this train is there. Never waits."""

    def tell(self, sentence: str) -> None:
        """Show the operator a sentence."""


class ScriptedOperator:
    """An operator who says yes, and asks for things at moments that were set beforehand.

    Serves dry runs, benchmarks and tests. `silent_after_s`: touches nothing after that second.
    `lost_after_s`: can reach the session no more after that second.
    """

    def __init__(
        self,
        clock: Clock,
        requests: Sequence[tuple[float, Request]] = (),
        *,
        answers: Mapping[str, str] | None = None,
        refuses: Sequence[str] = (),
        silent_after_s: float = float("inf"),
        lost_after_s: float = float("inf"),
        presses: bool = True,
    ) -> None:
        self._clock = clock
        self._requests = sorted(requests, key=lambda each: each[0])
        self._answers = dict(answers or {})
        self._refuses = tuple(refuses)
        self._silent_after_s = silent_after_s
        self._lost_after_s = lost_after_s
        self.presses = presses
        self.told: list[str] = []

    def confirm(self, question: str) -> bool:
        return not any(part in question for part in self._refuses)

    def answer(self, questions: Sequence[DayQuestion]) -> Mapping[str, str]:
        return {each.id: self._answers.get(each.id, each.usual) for each in questions}

    def request(self) -> Request | None:
        if self._requests and self._requests[0][0] <= self._clock.now_s():
            return self._requests.pop(0)[1]
        return None

    def seen_s(self) -> float:
        return min(self._clock.now_s(), self._silent_after_s)

    def reached_s(self) -> float:
        return min(self._clock.now_s(), self._lost_after_s)

    def permits(self, step: TrainStep) -> bool:
        return self.presses

    def tell(self, sentence: str) -> None:
        self.told.append(sentence)
