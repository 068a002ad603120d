"""Entries about a patient's safety: how a safety task was closed, and by whom."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import field_validator

from euthymia.chart.facts import EntryId, Fact, Name


class SafetyTaskClosed(Fact):
    """A named person has assessed the risk of suicide that an answer raised, and says what came
    of it.

    entry_id: the entry of the filled-in scale that opened the task.
    """

    kind: Literal["safety_task_closed"] = "safety_task_closed"
    schema_version: Literal[1] = 1
    entry_id: EntryId
    person: Name
    """Who assessed the risk, by name."""
    note: Name
    """What was found and agreed."""
    assessed_on: date

    @field_validator("person", "note")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not any(letter.isalpha() for letter in text):
            raise ValueError("it needs words: a named person closes a safety task, with a note")
        return text
