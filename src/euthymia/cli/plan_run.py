"""The work of `euthymia plan`, step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from euthymia.chart.envelope import Author
from euthymia.chart.plan_inputs import to_plan_inputs
from euthymia.chart.planning import plan_of
from euthymia.cli.assessing import assessed
from euthymia.cli.bars import watching
from euthymia.cli.cases import CaseOn, case_on
from euthymia.cli.files import require_output_folder
from euthymia.cli.output import remark, write_json
from euthymia.cli.plan_data import plan_data
from euthymia.cli.plan_files import PlanFiles, write_files
from euthymia.cli.plan_head import plan_head
from euthymia.cli.plan_record import author_of, record_plan, refuse_unrecordable
from euthymia.cli.plan_request import Wishes, with_wishes
from euthymia.cli.plan_view import show_plan
from euthymia.core.findings import by_severity
from euthymia.core.store import Store
from euthymia.plan.treatment import Setting, TreatmentPlan


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What was asked for, as typed."""

    case: Path
    out: Path | None
    on: str | None
    head: str | None
    wishes: Wishes
    record: bool
    author: str | None
    role: str | None


def run_plan(asked: PlanRequest, as_json: bool) -> None:
    """Check all that can be checked, compute, write, record if asked, and show the summary."""
    author = author_of(asked.record, asked.author, asked.role)
    opened = case_on(asked.case, asked.on)
    if author is not None:
        refuse_unrecordable(opened)
    chart, notes = with_wishes(opened.chart, asked.wishes)
    opened = replace(opened, chart=chart)
    inputs = to_plan_inputs(chart, opened.on)
    Setting.of(inputs.request)  # an unknown id is refused before anything takes time
    assessment = assessed(opened)
    folder = require_output_folder(asked.out or asked.case / "plan")
    if opened.remark:
        remark(opened.remark)
    with watching() as progress:
        head, doubts = plan_head(asked.head, opened, progress)
        plan = plan_of(
            inputs, assessment, head, opened.on, store=Store.default(), progress=progress
        )
        # What the chart's file and the command line add stands in the plan, too.
        more = (*opened.findings, *doubts, *notes)
        plan = replace(plan, own_findings=by_severity((*plan.own_findings, *more)))
        files = write_files(plan, opened, folder, progress)
    _finish(asked, opened, plan, files, author, as_json)


def _finish(
    asked: PlanRequest,
    opened: CaseOn,
    plan: TreatmentPlan,
    files: PlanFiles,
    author: Author | None,
    as_json: bool,
) -> None:
    entry = record_plan(plan, opened, files, author) if author is not None else None
    if as_json:
        write_json({**plan_data(plan, opened), **files.data(), "recorded_as_entry": entry})
        return
    show_plan(plan, files)
    if entry is not None:
        remark(f"recorded: entry {entry} of {asked.case}")
