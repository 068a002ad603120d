"""An assessment as a plain dictionary with stable keys."""

from __future__ import annotations

from euthymia.assess.assessment import Assessment
from euthymia.assess.eligibility.conditions import TreatedCondition
from euthymia.assess.eligibility.label import Condition, EligibilityResult
from euthymia.assess.eligibility.payers import PayerResult
from euthymia.assess.eligibility.tasks import payer_tasks
from euthymia.assess.medication.overlap import Concurrence
from euthymia.assess.medication.trial import DayBounds
from euthymia.assess.medication.verdicts import ReasonStep, TrialVerdict
from euthymia.assess.scales.score import ScaleResult
from euthymia.assess.staging.judged import JudgedHistory
from euthymia.assess.staging.results import DefinitionResult, StageResult
from euthymia.chart.chart import Chart
from euthymia.cli.cases import CaseOn
from euthymia.cli.plain import Data, citation_data, findings_data, gravest
from euthymia.core.software import software


def assessment_document(opened: CaseOn, assessment: Assessment) -> Data:
    """What `euthymia assess --json` prints."""
    return {
        "software": software(),
        "on": opened.on.isoformat(),
        "case": str(opened.case.folder),
        "chart": chart_state(opened),
        "patient": patient_data(opened.chart, opened),
        **assessment_data(assessment),
    }


def chart_state(opened: CaseOn) -> Data:
    """Which state of the chart was used: its last entry, and what is wrong with the file."""
    return {
        "entries": opened.head.seq,
        "last_entry_sha256": opened.head.line_sha256,
        "later_entries_left_out": opened.later,
        "findings": findings_data(opened.findings),
    }


def patient_data(chart: Chart, opened: CaseOn) -> Data:
    """The patient by pseudonym."""
    fact = chart.patient.fact
    youngest, oldest = fact.age_range(opened.on)
    return {
        "pseudonym": fact.pseudonym,
        "synthetic": fact.synthetic,
        "age_years": [youngest, oldest],
        "sex": fact.sex.value,
        "diagnosis": fact.diagnosis.model_dump(mode="json") if fact.diagnosis else None,
    }


def history_data(history: JudgedHistory) -> Data:
    """What the rules say of the treatments alone."""
    return {
        "trials": [_trial(verdict) for verdict in history.trials],
        "verdicts": {
            instrument.value: [
                {
                    "agent": verdict.agent.name,
                    "verdict": verdict.verdict.value,
                    "counts": verdict.counts,
                }
                for verdict in verdicts
            ]
            for instrument, verdicts in history.verdicts.items()
        },
        "maudsley": _stage(history.maudsley),
        "other_stages": [_stage(stage) for stage in history.other_stages],
        "definitions": [_definition(result) for result in history.definitions],
        "together": [_concurrence(pair) for pair in history.together],
    }


def _concurrence(pair: Concurrence) -> Data:
    return {
        "base": pair.base.agent.name,
        "added": pair.added.agent.name,
        "kind": pair.kind.value,
        "days_low": pair.shared.low,
        "days_high": pair.shared.high,
        "text": pair.text,
        "steps": [_step(step) for step in pair.steps],
    }


def _step(step: ReasonStep) -> Data:
    return {"text": step.text, "source": citation_data(step.source)}


def assessment_data(assessment: Assessment) -> Data:
    """Everything that the rules say."""
    cleared = assessment.clearance
    return {
        **history_data(assessment.history),
        "safety": {
            "gravest": gravest(assessment.safety),
            "by_labels": cleared.label.label,
            "by_guidelines": cleared.guideline.label,
            "findings": findings_data(assessment.safety),
        },
        "scales": [_scale(result) for result in assessment.scales],
        "label": _label(assessment.eligibility),
        "payers": [_payer(result) for result in assessment.payers],
        "condition": _treated(assessment.condition),
        "summary": [
            {"text": statement.text, "source": citation_data(statement.source)}
            for statement in assessment.summary
        ],
        "missing": list(assessment.missing),
        "findings": findings_data(assessment.findings),
    }


def _trial(verdict: TrialVerdict) -> Data:
    trial = verdict.trial
    return {
        "agent": verdict.agent.name,
        "class": verdict.agent.drug_class,
        "role": verdict.role.value,
        "atc": verdict.agent.atc,
        "rxnorm": verdict.agent.rxnorm,
        "start": trial.start.isoformat() if trial.start else None,
        "end": trial.end.isoformat() if trial.end else None,
        "began": _bounds(verdict.began),
        "ended": _bounds(verdict.ended),
        "side_effects": list(trial.side_effects),
        "verdict": verdict.verdict.value,
        "possible": [each.value for each in verdict.possible],
        "counts": verdict.counts,
        "text": verdict.text,
        "missing": list(verdict.missing),
        "instrument": verdict.instrument.value,
        "reasons": [_step(step) for step in verdict.steps],
    }


def _bounds(days: DayBounds) -> Data:
    return {
        "earliest": days.earliest.isoformat() if days.earliest else None,
        "latest": days.latest.isoformat() if days.latest else None,
    }


def _stage(stage: StageResult) -> Data:
    return {
        "instrument": stage.instrument.value,
        "name": stage.name,
        "applicable": stage.applicable,
        "low": stage.low,
        "high": stage.high,
        "label": stage.label,
        "text": stage.sentence,
        "dimensions": [
            {
                "name": part.name,
                "category": part.category,
                "low": part.low,
                "high": part.high,
                "why": part.why,
                "missing": list(part.missing),
                "source": citation_data(part.source),
            }
            for part in stage.dimensions
        ],
        "notes": [_step(note) for note in stage.notes],
        "steps": [_step(step) for step in stage.steps],
        "missing": list(stage.missing),
        "source": citation_data(stage.source),
    }


def _definition(result: DefinitionResult) -> Data:
    return {
        "id": result.definition.id,
        "name": result.definition.name,
        "met": result.met,
        "failures_low": result.failures.low,
        "failures_high": result.failures.high,
        "classes_low": result.classes_low,
        "classes_high": result.classes_high,
        "text": result.sentence,
        "steps": [_step(step) for step in result.steps],
        "missing": list(result.missing),
        "source": citation_data(result.definition.source),
    }


def _scale(result: ScaleResult) -> Data:
    return {
        "scale": result.scale.id,
        "on": result.score.on.isoformat(),
        "low": result.low,
        "high": result.high,
        "text": result.sentence,
        "remission": result.remission,
        "by_manual": result.by_manual,
        "judged": [
            {"text": rule.text, "held": rule.held, "source": citation_data(rule.source)}
            for rule in result.judged
        ],
        "source": citation_data(result.scale.source),
    }


def _label(result: EligibilityResult | None) -> Data | None:
    if result is None:
        return None
    return {
        "status": result.status.value,
        "text": result.sentence,
        "missing": list(result.missing),
        "indications": [
            {
                "id": weighed.indication.id,
                "name": weighed.indication.name,
                "met": weighed.met,
                "conditions": [_condition(condition) for condition in weighed.conditions],
                "clearances": [clearance.number for clearance in weighed.clearances],
            }
            for weighed in result.results
        ],
        "source": citation_data(result.source),
    }


def _payer(result: PayerResult) -> Data:
    return {
        "id": result.rule.id,
        "name": result.rule.name,
        "met": result.met,
        "in_force": result.in_force,
        "text": result.sentence,
        "missing": list(result.missing),
        "dates": result.rule.dates,
        "confirm": [point.what for point in result.rule.confirm],
        "tasks": [
            {"who": task.who, "what": task.what, "why": task.why} for task in payer_tasks(result)
        ],
        "conditions": [_condition(condition) for condition in result.conditions],
        "source": citation_data(result.rule.source),
    }


def _treated(condition: TreatedCondition | None) -> Data | None:
    if condition is None:
        return None
    return {
        "diagnosis": condition.diagnosis.value,
        "name": condition.name,
        "evidence": condition.grade.value,
        "text": condition.evidence,
        "scales": list(condition.scales),
        "protocols": list(condition.protocols),
        "target": condition.target,
        "preparation": condition.preparation,
        "source": citation_data(condition.source),
    }


def _condition(condition: Condition) -> Data:
    return {
        "held": condition.held,
        "fact": condition.fact.value,
        "text": condition.reason.text,
        "missing": list(condition.missing),
        "source": citation_data(condition.reason.source),
    }
