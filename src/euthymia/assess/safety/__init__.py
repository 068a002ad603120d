"""Whether TMS is safe for a patient: the screen before a course, and the questions of each day."""

from euthymia.assess.safety.screen import Answer, Clearance, ScreenAnswer, clearance, screen

__all__ = ["Answer", "Clearance", "ScreenAnswer", "clearance", "screen"]
