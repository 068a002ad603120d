"""What follow-up and the registry need to know, taken from a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise

from euthymia.assess.scales.score import ScaleResult, score_scale
from euthymia.chart.chart import Chart
from euthymia.chart.patient_facts import MedicinesRecorded
from euthymia.core.errors import InputError
from euthymia.follow.outlook import CourseFacts, main_course
from euthymia.follow.trajectory import trajectory
from euthymia.learn.registry.rows import CourseRow
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.courses import course

_OVER_AFTER = timedelta(days=28)
"""A course without a session for this long is taken as ended, whatever was planned."""

_END_SCORE_WITHIN = timedelta(days=21)
"""A score up to this long after the last session is that of the end of the course."""


def scored(chart: Chart, on: date) -> tuple[ScaleResult, ...]:
    """Every scale filled in up to a day, scored."""
    return tuple(
        score_scale(found.fact.score) for found in chart.scales if found.fact.score.on <= on
    )


def course_days(chart: Chart, on: date) -> tuple[tuple[date, ...], ...]:
    """The days of delivered sessions up to a day, one for each session, a course at a time.

    A pause of more than four weeks begins another course.
    """
    days = sorted(
        found.fact.started_at.date()
        for found in chart.sessions
        if found.fact.started_at.date() <= on
    )
    breaks = [0, *((b - a > _OVER_AFTER) for a, b in pairwise(days))]
    numbered = zip(_running(breaks), days, strict=False)
    return tuple(
        tuple(day for _, day in group) for _, group in groupby(numbered, key=lambda pair: pair[0])
    )


def to_course_facts(chart: Chart, on: date) -> CourseFacts:
    """The facts of the latest course: `outlook(scored(chart, on), to_course_facts(chart, on), on)`.

    What the chart does not hold is handed on as unknown.
    """
    runs = course_days(chart, on)
    days = runs[-1] if runs else ()
    planned = planned_sessions(chart)
    complete = planned is not None and len(days) >= planned
    over = bool(days) and (on - days[-1] > _OVER_AFTER or (complete and on > days[-1]))
    return CourseFacts(
        session_days=days,
        planned=planned,
        ended_on=days[-1] if over else None,
        threshold_change_pct=_threshold_change(chart, days),
        new_drug=_new_drug(chart, days),
        open_safety_tasks=len(chart.open_safety_tasks),
    )


def planned_sessions(chart: Chart) -> int | None:
    """How many sessions the asked-for course has; None where nothing says so."""
    if chart.plan_request is None:
        return None
    asked = chart.plan_request.fact
    name = asked.course or entry(asked.protocol).course
    try:
        return course(name).sessions_total if name else None
    except InputError:
        return None


def course_rows(chart: Chart, on: date, site: str = "", stage: str = "") -> tuple[CourseRow, ...]:
    """One registry row for each course that is over, pseudonymous.

    site, stage: where known to the caller.
    """
    results = scored(chart, on)
    runs = course_days(chart, on)
    still_on = to_course_facts(chart, on).ended_on is None
    over = runs[:-1] if still_on else runs
    return tuple(
        _row(chart, results, days, runs[place + 1 :], on, site, stage)
        for place, days in enumerate(over)
    )


def _row(
    chart: Chart,
    results: Sequence[ScaleResult],
    days: tuple[date, ...],
    later: tuple[tuple[date, ...], ...],
    on: date,
    site: str,
    stage: str,
) -> CourseRow:
    patient = chart.patient.fact
    asked = chart.plan_request.fact if chart.plan_request else None
    ended = days[-1]
    within = [r for r in results if r.score.on <= min(on, ended + _END_SCORE_WITHIN)]
    main = main_course(trajectory(within, days[0], on))
    baseline = main.baseline.total if main and main.baseline else None
    late = [r for r in main.after_baseline if r.score.on >= ended] if main else []
    end = late[-1].total if late else None
    youngest, _ = patient.age_range(days[0])
    until = later[0][0] if later else on
    followed = max((until - ended).days, 0) / (365.25 / 12)
    responded = baseline is not None and end is not None and end <= baseline / 2
    return CourseRow(
        pseudonym=patient.pseudonym,
        site=site,
        operator="",
        protocol=asked.protocol if asked else "",
        target=asked.target if asked else "",
        indication=patient.diagnosis.code if patient.diagnosis else "",
        stage=stage,
        scale=main.latest.scale.name if main else "",
        sex=patient.sex.value,
        age_years=float(youngest),
        baseline=_number(baseline),
        end=_number(end),
        failed_trials=float(len(chart.trials)) if chart.trials else math.nan,
        sessions_planned=_number(planned_sessions(chart)),
        sessions_delivered=float(len(days)),
        kept_months=followed if responded else math.nan,
        event=1.0 if responded and later else 0.0,
        synthetic=patient.synthetic,
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _running(breaks: Sequence[bool | int]) -> list[int]:
    total, out = 0, []
    for each in breaks:
        total += int(each)
        out.append(total)
    return out


def _threshold_change(chart: Chart, days: Sequence[date]) -> float | None:
    """Per cent by which the resting threshold has changed since the last one before the course."""
    resting = [f.fact for f in chart.motor_thresholds if f.fact.state == "resting"]
    before = [f for f in resting if days and f.measured_on <= days[0]]
    if not before or resting[-1] is before[-1]:
        return None
    return 100 * (resting[-1].intensity_pct_mso / before[-1].intensity_pct_mso - 1)


def _new_drug(chart: Chart, days: Sequence[date]) -> bool | None:
    """Whether a list of medicines of the course names one that an earlier list did not."""
    lists = [e.fact for e in chart.entries if isinstance(e.fact, MedicinesRecorded)]
    if not days or len(lists) < 2:
        return None if not days or not lists else False
    before = [found for found in lists if found.listed_on <= days[0]]
    if not before:
        return None
    known = {name.casefold() for name in before[-1].taken}
    later = [found for found in lists if found.listed_on > days[0]]
    return any(name.casefold() not in known for found in later for name in found.taken)
