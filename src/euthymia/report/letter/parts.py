"""The statements of a prior-authorisation letter, taken from a chart and its assessment.

A sentence is made only where an entry says so; what is unknown is left to the tasks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from euthymia.assess.assessment import Assessment
from euthymia.assess.eligibility.label import LabelStatus
from euthymia.assess.eligibility.payers import PayerResult, billing_codes
from euthymia.assess.medication.trial import MedicationTrial
from euthymia.assess.medication.verdicts import Role, TrialVerdict, Verdict
from euthymia.assess.safety.screen import Answer
from euthymia.assess.scales.score import ScaleResult
from euthymia.chart.chart import Chart
from euthymia.chart.course_facts import PlanRequested
from euthymia.core.findings import Severity
from euthymia.model.coil.catalogue import coil, coil_ids
from euthymia.plan.protocol.catalogue import CatalogueEntry, catalogue
from euthymia.plan.protocol.courses import CourseRule, courses
from euthymia.plan.protocol.stimulators import stimulators
from euthymia.plan.target.catalogue import targets
from euthymia.report.letter.behind import counted, judged_trials
from euthymia.report.letter.values import Part, Statement, TrialRow, refs_of
from euthymia.report.sections.words import count, sentence, taken


def letter_parts(
    chart: Chart, assessment: Assessment, payer: PayerResult
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """The parts of the letter, and what of the request goes against the payer's rule."""
    against = tuple(_against(chart, assessment, payer))
    made = (
        Part("Request", tuple(_request(chart, assessment.on))),
        Part("Diagnosis and severity", tuple(_severity(chart, assessment))),
        Part("Treatment so far", tuple(_history(chart, assessment))),
        Part("Safety", tuple(_safety(chart, assessment))),
        Part("Label", tuple(_label(chart, assessment))),
    )
    return tuple(part for part in made if part.statements), against


def trial_rows(chart: Chart, assessment: Assessment) -> tuple[TrialRow, ...]:
    """Every trial as a row, in the order of the chart."""
    rows = []
    for found, verdict in judged_trials(chart, assessment):
        trial = verdict.trial
        added = f", added to {trial.augments}" if trial.augments else ""
        rows.append(
            TrialRow(
                treatment=f"{verdict.agent.name}{added}",
                dates=taken(trial),
                dose=_dose(verdict),
                outcome=_outcome(verdict),
                refs=refs_of(found.entries),
            )
        )
    return tuple(rows)


def _dose(verdict: TrialVerdict) -> str:
    trial = verdict.trial
    if trial.sessions is not None:
        return count(trial.sessions, "session")
    highest = _highest(trial)
    at_dose = verdict.at_dose
    return f"{highest}; {at_dose.text} at dose" if at_dose is not None else highest


def _highest(trial: MedicationTrial) -> str:
    """The highest daily dose on record; a dose that was told without its upper end stays open."""
    dose = trial.highest_dose_mg
    if dose is None:
        return "dose not on record"
    open_end = any(d.low_mg_per_day and d.high_mg_per_day is None for d in trial.doses)
    return f"{dose:g} mg a day or more" if open_end else f"up to {dose:g} mg a day"


def _outcome(verdict: TrialVerdict) -> str:
    """The verdict; what an instrument for drugs does not judge is told as it was recorded."""
    if verdict.verdict is Verdict.NOT_JUDGED:
        return f"response: {verdict.trial.response.value.replace('_', ' ')}"
    if verdict.verdict is Verdict.UNDETERMINED:
        return f"undetermined; unknown: {', '.join(verdict.missing)}"
    if verdict.verdict is Verdict.ADEQUATE_FAILURE and verdict.role is not Role.ANTIDEPRESSANT:
        return "adequate augmentation without response"
    return verdict.verdict.label


def _request(chart: Chart, on: date) -> Iterator[Statement]:
    assert chart.plan_request is not None  # the letter refuses a chart without it
    asked, patient = chart.plan_request.fact, chart.patient.fact
    diagnosis = patient.diagnosis
    of = f", with {diagnosis.label} ({diagnosis.system} {diagnosis.code})" if diagnosis else ""
    youngest, oldest = patient.age_range(on)
    age = f"{youngest}" if youngest == oldest else f"{youngest} or {oldest}"
    yield Statement(
        f"I request prior authorisation of transcranial magnetic stimulation (TMS) for my patient "
        f"{patient.pseudonym}, {age} years old{of}.",
        refs_of((*chart.patient.entries, *chart.plan_request.entries)),
    )
    entry, rule = protocol_of(asked), course_of(asked)
    title = entry.title if entry else asked.protocol
    yield Statement(
        f"The protocol is {title}; the target is {_target(asked.target)}; the stimulator is "
        f"{_stimulator(asked.stimulator)} with the coil {_coil(asked.coil)}; the first day is "
        f"{asked.start_on.isoformat()}.",
        refs_of(chart.plan_request.entries),
    )
    if rule is not None:
        codes = {row.code: row for row in billing_codes()}
        first, further, again = codes.values()
        most = f" (at most {rule.sessions_max})" if rule.sessions_max else ""
        yield Statement(
            f"The course has {count(rule.sessions_total, 'session')}{most}: one under CPT "
            f"{first.code}, {rule.sessions_total - 1} under CPT {further.code}, and CPT "
            f"{again.code} on a day when the motor threshold is measured again.",
            refs_of(chart.plan_request.entries),
            first.source,
        )
    if chart.motor_threshold is not None:
        found = chart.motor_threshold.fact
        yield Statement(
            f"The resting motor threshold was {found.intensity_pct_mso:g} % of the stimulator's "
            f"output on {found.measured_on.isoformat()} ({found.muscle}).",
            refs_of(chart.motor_threshold.entries),
        )


def _against(chart: Chart, assessment: Assessment, payer: PayerResult) -> Iterator[str]:
    """What of the request stands against it, beside the payer's own criteria."""
    assert chart.plan_request is not None
    for finding in assessment.safety:
        if finding.severity is Severity.STOP:
            yield f"the safety screen stands against TMS as it is: {finding.message}"
    rule, most = course_of(chart.plan_request.fact), payer.rule.sessions_at_most
    if rule is not None and most is not None and rule.sessions_total > most:
        yield f"at most {most} sessions; the course asked for has {rule.sessions_total}"


def _severity(chart: Chart, assessment: Assessment) -> Iterator[Statement]:
    if chart.episode is not None:
        episode = chart.episode.fact.episode
        told = []
        if episode.onset is not None:
            told.append(f"began on {episode.onset.isoformat()}")
        if episode.severity is not None:
            told.append(f"is {episode.severity.value.replace('_', ' ')}")
        if episode.psychotic is not None:
            told.append(f"has {'' if episode.psychotic else 'no '}psychotic features")
        if told:
            joined = ", ".join(told[:-1]) + (" and " if told[:-1] else "") + told[-1]
            refs = refs_of(chart.episode.entries)
            yield Statement(f"The present depressive episode {joined}.", refs)
    latest: dict[str, ScaleResult] = {result.scale.id: result for result in assessment.scales}
    for scale, result in latest.items():
        filled = chart.scales_named(scale)
        day = result.score.on.isoformat()
        before = [found for found in filled[:-1] if found.fact.score.total is not None]
        earlier = ", ".join(
            f"{found.fact.score.total:g} on {found.fact.score.on.isoformat()}" for found in before
        )
        told_before = f", after {earlier}" if earlier else ""
        name = result.scale.name
        yield Statement(
            f"The {name} was {_score(result)} on {day}{told_before}.",
            refs_of(entry for found in (*before, filled[-1]) for entry in found.entries),
            result.scale.source,
        )


def _score(result: ScaleResult) -> str:
    """ "20 of 27 (severe)"; of several sets of bands the first, as the letter is no essay."""
    total = f"{result.low:g}" if result.total is not None else f"{result.low:g} to {result.high:g}"
    band = f" ({result.bands[0].text})" if result.bands else ""
    return f"{total} of {result.scale.high:g}{band}"


def _history(chart: Chart, assessment: Assessment) -> Iterator[Statement]:
    found = counted(chart, assessment)
    failed = [pair for pair in found if pair[1].verdict is Verdict.ADEQUATE_FAILURE]
    intolerant = [pair for pair in found if pair[1].verdict is Verdict.INTOLERANCE]
    source = assessment.trials[0].instrument.rule.source if assessment.trials else None
    for pairs, words in (
        (failed, "failed at an adequate dose for an adequate time"),
        (intolerant, "had to be stopped because of side effects"),
    ):
        if pairs:
            # One agent in two formulations is one agent.
            names = dict.fromkeys(verdict.agent.name for _, verdict in pairs)
            number = len({verdict.agent.molecule for _, verdict in pairs})
            yield Statement(
                f"In this episode {count(number, 'antidepressant')} {words}: {', '.join(names)}.",
                refs_of(entry for recorded, _ in pairs for entry in recorded.entries),
                source if pairs is failed else None,
            )


def _safety(chart: Chart, assessment: Assessment) -> Iterator[Statement]:
    answers = chart.screen_answers
    if answers:
        days = sorted({screen.fact.answered_on.isoformat() for _, screen in answers.values()})
        no = sum(answer.answer is Answer.NO for answer, _ in answers.values())
        gravest = max((f.severity for f in assessment.safety), default=Severity.NOTE)
        words = {
            Severity.NOTE: "nothing found stands against TMS",
            Severity.CAUTION: "what was found asks for caution and does not stand against TMS",
            Severity.ACKNOWLEDGE: "what was found needs my decision, which I record in the chart",
            Severity.STOP: "what was found stands against TMS as it is",
        }
        yield Statement(
            f"The safety screen was answered on {' and '.join(days)}, {no} of its {len(answers)} "
            f"questions with no; {words[gravest]}.",
            refs_of(entry for _, screen in answers.values() for entry in screen.entries),
        )
    for recorded in chart.implants:
        piece = recorded.fact.implant
        distance = piece.distance_from_coil_cm
        where = "at an unknown distance from" if distance is None else f"{distance:g} cm from"
        yield Statement(
            f"There is a {piece.kind.value.replace('-', ' ')} {where} the coil.",
            refs_of(recorded.entries),
        )
    if chart.medicines is not None:
        fact = chart.medicines.fact
        taken = ", ".join(fact.taken) or "none"
        yield Statement(
            f"Medicines on {fact.listed_on.isoformat()}: {taken}.", refs_of(chart.medicines.entries)
        )


def _label(chart: Chart, assessment: Assessment) -> Iterator[Statement]:
    status = assessment.eligibility
    if status is None or status.status is LabelStatus.UNDETERMINED:
        return
    found = counted(chart, assessment)
    entries = [entry for recorded, _ in found for entry in recorded.entries]
    day, told = assessment.on.isoformat(), status.sentence
    told = told[:1].lower() + told[1:]
    refs = refs_of((*chart.patient.entries, *entries))
    yield Statement(sentence(f"On {day} this use is {told}"), refs, status.source)


def protocol_of(asked: PlanRequested) -> CatalogueEntry | None:
    """The protocol asked for; None if the catalogue does not know it."""
    return next((entry for entry in catalogue() if entry.id == asked.protocol), None)


def course_of(asked: PlanRequested) -> CourseRule | None:
    """The course asked for, or the one its protocol is published with."""
    entry = protocol_of(asked)
    wanted = asked.course or (entry.course if entry else None)
    return next((rule for rule in courses() if rule.id == wanted), None)


def _target(key: str) -> str:
    known = targets()
    if key in known.coordinates:
        return known.coordinates[key].title
    return known.scalp_rules[key].name if key in known.scalp_rules else key


def _stimulator(key: str) -> str:
    found = next((known for known in stimulators() if known.id == key), None)
    return f"{found.maker} {found.model}" if found else key


def _coil(key: str) -> str:
    return coil(key).name if key in coil_ids() else key
