"""A plan proposed in the chart."""

from __future__ import annotations

from uuid import uuid4

from euthymia.chart.case import Case
from euthymia.chart.envelope import Author
from euthymia.chart.planning import plan_proposed
from euthymia.cli.cases import CaseOn
from euthymia.cli.options import now, today
from euthymia.cli.plan_files import PlanFiles
from euthymia.core.errors import InputError
from euthymia.core.software import software
from euthymia.plan.treatment import TreatmentPlan


def author_of(record: bool, name: str | None, role: str | None) -> Author | None:
    """Whose entry it will be; None if nothing is to be recorded."""
    if not record:
        if name is not None or role is not None:
            raise InputError(
                "--author and --role",
                "nothing is to be recorded",
                "Add --record, or leave them out",
            )
        return None
    if not (name and name.strip() and role and role.strip()):
        raise InputError(
            "--record", "whose entry it is, is not said", "Add --author NAME and --role ROLE"
        )
    return Author(name.strip(), role.strip())


def refuse_unrecordable(opened: CaseOn) -> None:
    """Refuse, before anything is computed, a plan that the chart must not hold."""
    if opened.later:
        raise InputError(
            "--record",
            f"the plan does not know {opened.later} of the chart's entries (after {opened.on})",
            "Leave out --on, or do not record it",
        )
    if opened.on > today() and not opened.chart.patient.fact.synthetic:
        raise InputError(
            "--record",
            f"the plan is of {opened.on}, and today is {today()}",
            "Record it on its own day: an entry says what is, not what will be",
        )


def record_plan(plan: TreatmentPlan, opened: CaseOn, files: PlanFiles, author: Author) -> int:
    """Add the entry and return its number; refused if the chart has grown in the meantime."""
    folder = opened.case.folder
    if Case.open(folder).head != opened.head:
        raise InputError(
            str(folder),
            "the chart was added to while the plan was made: its files are written, not recorded",
            "Make the plan again",
        )
    document = files.pdf
    try:
        name = document.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        name = document.name
    fact = plan_proposed(plan, files.sha256(document), name, software())
    return opened.case.record(fact, id=str(uuid4()), at=now(), author=author).head.seq
