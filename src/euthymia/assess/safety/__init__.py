"""Whether TMS is safe for a patient: the screen before a course, and the questions of each day."""

from euthymia.assess.safety.screen import Answer, Clearance, ScreenAnswer, clearance, screen
from euthymia.assess.safety.session import (
    SessionAnswer,
    SessionDay,
    SessionScreen,
    Verdict,
    screen_session,
)
from euthymia.assess.safety.session_rules import session_rules, stop_rule
from euthymia.assess.safety.threshold import ThresholdFacts, threshold_change, threshold_due

__all__ = [
    "Answer",
    "Clearance",
    "ScreenAnswer",
    "SessionAnswer",
    "SessionDay",
    "SessionScreen",
    "ThresholdFacts",
    "Verdict",
    "clearance",
    "screen",
    "screen_session",
    "session_rules",
    "stop_rule",
    "threshold_change",
    "threshold_due",
]
