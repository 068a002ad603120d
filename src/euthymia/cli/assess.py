"""`euthymia assess`: what the rules say of a patient on a day."""

# ruff: noqa: PLC0415 - a command imports its rooms when it runs, so that `--help` answers at once

from __future__ import annotations

from euthymia.cli.options import CaseFolder, JsonFlag, OnDay


def assess(case: CaseFolder, on: OnDay = None, as_json: JsonFlag = False) -> None:
    """Assess a case: treatment trials, resistance, safety screen, scales, label and payers.

    Nothing is written. Entries of the chart that were made after the day do not count.

    \b
    euthymia assess examples/clear-candidate --on 2026-12-17
    euthymia assess CASE --json | jq .maudsley
    """
    from euthymia.cli.assessing import assessed
    from euthymia.cli.assessment_data import assessment_document
    from euthymia.cli.assessment_view import show_assessment
    from euthymia.cli.cases import case_on
    from euthymia.cli.output import remark, write_json

    opened = case_on(case, on)
    found = assessed(opened)
    if as_json:
        write_json(assessment_document(opened, found))
        return
    if opened.remark:
        remark(opened.remark)
    show_assessment(opened, found)
