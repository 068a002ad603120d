"""The prior-authorisation letter: what a payer asks, answered from the chart, entry by entry.

What the chart does not show is no statement: it becomes a task, and the letter stays a draft until
nothing is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from euthymia.assess.assessment import Assessment
from euthymia.assess.eligibility.conditions import condition_of
from euthymia.assess.eligibility.payers import (
    PayerResult,
    PayerRule,
    check_payer,
    find_payer_rule,
)
from euthymia.assess.eligibility.tasks import Task, label_tasks, payer_tasks, unmet
from euthymia.chart.chart import Chart
from euthymia.core.errors import InputError
from euthymia.report.letter.behind import entries_behind
from euthymia.report.letter.parts import letter_parts, trial_rows
from euthymia.report.letter.values import Criterion, Letter, Letterhead, Statement, refs_of


def prior_authorisation(
    chart: Chart, assessment: Assessment, payer: str, letterhead: Letterhead | None = None
) -> Letter:
    """The letter for a payer, from a chart and its assessment on the day.

    Refuses a chart in which nothing is asked for, a diagnosis that the payer's rule is not about, a
    payer that is not on record, and one without a rule on the day.
    """
    if chart.plan_request is None:
        raise InputError(
            "this chart",
            "it holds no request for a plan, so there is nothing to authorise",
            "Record protocol, target, stimulator, coil and first day (plan_requested)",
        )
    rule = find_payer_rule(payer, assessment.on)
    case = assessment.payer_case
    if case is None or case.diagnosis is not rule.diagnosis:
        about = condition_of(rule.diagnosis).name
        raise InputError(
            "this chart",
            f"{rule.name} is about {about.lower()} only, and the recorded diagnosis is another one"
            " or is not coded in ICD-10",
            "Record the diagnosis with its ICD-10 code, or write to a payer whose rule covers it",
        )
    result = check_payer(rule, case)
    parts, against = letter_parts(chart, assessment, result)
    criteria = tuple(_criteria(chart, assessment, result))
    rows = trial_rows(chart, assessment)
    told = [statement for part in parts for statement in part.statements]
    told += [criterion.shown for criterion in criteria]
    used = {ref.id for statement in told for ref in statement.refs}
    used |= {ref.id for row in rows for ref in row.refs}
    patient = chart.patient.fact
    return Letter(
        on=assessment.on,
        patient=patient.pseudonym,
        synthetic=patient.synthetic,
        payer=result,
        letterhead=letterhead or Letterhead(),
        parts=parts,
        trials=rows,
        criteria=criteria,
        unmet=(*unmet(result), *against),
        tasks=(
            *payer_tasks(result),
            *label_tasks(assessment.eligibility),
            *_to_verify(told, rule),
        ),
        safety_tasks=tuple(task.sentence for task in chart.open_safety_tasks),
        entries=tuple(entry for entry in chart.entries if entry.id in used),
    )


def _to_verify(told: Iterable[Statement], rule: PayerRule) -> Iterator[Task]:
    """A task for every source behind the letter that was recalled and never read."""
    recalled = {
        statement.source.ref: statement.source
        for statement in told
        if statement.source is not None and not statement.source.tag.verified
    }
    for source in recalled.values():
        what = f"check this against its source: {source.reference.title}"
        why = "the rule was recalled and is unverified"
        yield Task("coordinator", what, why, rule.name, source)


def _criteria(chart: Chart, assessment: Assessment, result: PayerResult) -> Iterator[Criterion]:
    behind = entries_behind(chart, assessment)
    for condition in result.conditions:
        refs = refs_of(behind[condition.fact])
        if condition.held and refs:
            shown = condition.reason.text.removeprefix(f"{condition.asked}; ")
            yield Criterion(condition.asked, Statement(shown, refs, condition.reason.source))
