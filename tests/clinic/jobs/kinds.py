"""Kinds of job that only the tests know."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.jobs.kinds import Arguments, job_kind
from euthymia.core.errors import InputError
from euthymia.core.progress import Progress, stage


@job_kind("test_add", label="Add numbers", action=Action.SIMULATE)
def add(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """The sum of the numbers; one step each."""
    total = 0
    with stage(progress, "Adding", len(arguments["numbers"])) as step:
        for number in arguments["numbers"]:
            total += number
            step.advance()
    return {"sum": total, "url": "/account/me/"}


@job_kind("test_refuse", label="Refuse", action=Action.SIMULATE)
def refuse(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Always refused."""
    raise InputError("the image", "it is sheared", "Export it again")


@job_kind("test_break", label="Break", action=Action.SIMULATE)
def fail(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """A fault of the program."""
    raise ZeroDivisionError("Ada Example's head")


@job_kind("test_patient", label="Look at a head", action=Action.BUILD_HEAD)
def look(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Says which patient it was for."""
    return {"patient": arguments["patient_id"]}


@job_kind("test_day", label="Say the day", action=Action.SIMULATE)
def say_the_day(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Which day it is where the work belongs."""
    return {"day": clock.today().isoformat()}


@job_kind("test_patients_day", label="Say the patient's day", action=Action.BUILD_HEAD)
def say_the_patients_day(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Which day it is where the patient is treated."""
    return {"day": clock.today().isoformat()}


@job_kind("test_slow", label="Count slowly", action=Action.SIMULATE)
def count(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Steps of a tenth of a second; notes each time that it begins."""
    with Path(arguments["notes"]).open("a") as notes:
        notes.write("begun\n")
    with stage(progress, "Counting", arguments["steps"]) as step:
        for _ in range(arguments["steps"]):
            time.sleep(0.1)
            step.advance()
    return {}


@job_kind("test_deaf", label="Never ask", action=Action.SIMULATE)
def deaf(arguments: Arguments, progress: Progress) -> dict[str, Any]:
    """Runs for a minute without a step."""
    Path(arguments["notes"]).write_text("begun\n")
    time.sleep(60)
    return {}
