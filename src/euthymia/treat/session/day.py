"""The questions of the day as the safety rules have them (`assess.safety.session`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from euthymia.assess.safety.session import SessionAnswer, SessionDay, screen_session
from euthymia.assess.safety.session_rules import SessionQuestion, session_rules
from euthymia.core.findings import Finding
from euthymia.treat.session.operator import DayQuestion

_UNKNOWN = "unknown"
_USUAL_HOURS = "8"


@dataclass(frozen=True, slots=True)
class RulesOfTheDay:
    """Asks every question of the safety rules, and lets them judge (`operator.DayCheck`)."""

    day: SessionDay

    @property
    def questions(self) -> Sequence[DayQuestion]:
        return tuple(_asked(question) for question in session_rules().question)

    def judge(self, answers: Mapping[str, str]) -> Sequence[Finding]:
        """All findings on the answers and on what the record knows of the day."""
        given = [SessionAnswer(key, _value(text)) for key, text in answers.items()]
        return screen_session(given, self.day).findings


def _asked(question: SessionQuestion) -> DayQuestion:
    if question.kind == "hours":
        return DayQuestion(
            question.id, f"{question.text} (hours)", (_UNKNOWN,), number=True, usual=_USUAL_HOURS
        )
    return DayQuestion(question.id, question.text, ("yes", "no", _UNKNOWN))


def _value(text: str) -> bool | float | None:
    if text in ("yes", "no"):
        return text == "yes"
    return None if text == _UNKNOWN else float(text)
