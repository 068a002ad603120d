"""What follow-up and the registry need to know, taken from a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from statistics import median

from euthymia.assess.scales.score import ScaleResult, score_scale
from euthymia.chart.appointments import AppointmentState
from euthymia.chart.chart import Chart
from euthymia.chart.patient_facts import MedicinesRecorded
from euthymia.chart.session_facts import SessionDelivered
from euthymia.core.errors import InputError
from euthymia.follow.advice import rules
from euthymia.follow.outlook import CourseFacts, main_course
from euthymia.follow.trajectory import trajectory
from euthymia.learn.forecast.ordinal import Change, OrdinalForecast
from euthymia.learn.forecast.published import check_in_model
from euthymia.learn.registry.rows import CourseRow
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.courses import course

_OVER_AFTER = timedelta(days=28)
"""A course without a session for this long is taken as ended, whatever was planned."""

CHECK_IN = "check_in_four"
"""The scale on which patients say how they are against before the treatment."""

_PLANNED_DAYS = 10
"""What the rule on missed sessions looks back on, by its name."""

_END_SCORE_WITHIN = timedelta(days=21)
"""A score up to this long after the last session is that of the end of the course."""


def scored(chart: Chart, on: date) -> tuple[ScaleResult, ...]:
    """Every scale of symptoms filled in up to a day, scored; answers on change are no scores."""
    return tuple(
        score_scale(found.fact.score)
        for found in chart.scales
        if found.fact.score.on <= on and found.fact.score.scale != CHECK_IN
    )


def course_days(chart: Chart, on: date) -> tuple[tuple[date, ...], ...]:
    """The days of delivered sessions up to a day, one for each session, a course at a time.

    A pause of more than four weeks begins another course, and so does the recorded end of one. A
    session of which no pulse was given does not count.
    """
    days = sorted(
        day for found in chart.sessions if found.fact.pulses and (day := _day(found.fact)) <= on
    )
    ends = [found.fact.ended_on for found in chart.courses_ended]
    breaks = [
        0,
        *(b - a > _OVER_AFTER or any(a <= end < b for end in ends) for a, b in pairwise(days)),
    ]
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
    planned = planned_sessions(chart, days)
    complete = planned is not None and len(days) >= planned
    ended = any(days and days[-1] <= found.fact.ended_on <= on for found in chart.courses_ended)
    paused = bool(days) and (on - days[-1] > _OVER_AFTER or (complete and on > days[-1]))
    return CourseFacts(
        session_days=days,
        planned=planned,
        ended_on=days[-1] if ended or paused else None,
        missed_of_last_ten=_missed(chart, runs, on),
        threshold_change_pct=_threshold_change(chart, days),
        pose_error_mm=_pose_error_mm(chart, days),
        new_drug=_new_drug(chart, days),
        open_safety_tasks=len(chart.open_safety_tasks),
    )


def planned_sessions(chart: Chart, days: Sequence[date] | None = None) -> int | None:
    """How many sessions the latest course has; None where nothing says so.

    By the prescription that stands: those of the course given before it, and those it asks for.
    Without one by the course that a plan was asked for with. days: of the course's sessions, where
    the caller has them.
    """
    prescribed = chart.standing_prescription
    if prescribed is not None:
        if days is None:
            days = (course_days(chart, date.max) or ((),))[-1]
        before = [
            found
            for found in chart.sessions
            if found.seq < prescribed.seq and found.fact.pulses and _day(found.fact) in days
        ]
        return len(before) + prescribed.fact.sessions
    if chart.plan_request is None:
        return None
    asked = chart.plan_request.fact
    name = asked.course or entry(asked.protocol).course
    try:
        return course(name).sessions_total if name else None
    except InputError:
        return None


def to_check_ins(chart: Chart, on: date) -> dict[int, Change]:
    """The answers on change in the latest course, each by the session on whose day it was given.

    0 stands for before the first session; between sessions an answer belongs to the last one. Of
    several answers to one session the latest counts. The other check-in, on symptoms from 0 to 10,
    is not turned into these answers: nothing published says which of them a level stands for.
    """
    runs = course_days(chart, on)
    days = runs[-1] if runs else ()
    since = runs[-2][-1] if len(runs) > 1 else date.min
    return {
        sum(day <= found.fact.score.on for day in days): Change(round(result.total) - 1)
        for found in chart.scales_named(CHECK_IN)
        if since < found.fact.score.on <= on
        and (result := score_scale(found.fact.score)).total is not None
    }


def check_in_outlook(chart: Chart, on: date) -> OrdinalForecast | None:
    """Where patients with these answers on change went, at the end of the course.

    None without an answer, and after the course.
    """
    answers, course_facts = to_check_ins(chart, on), to_course_facts(chart, on)
    if not answers or course_facts.ended_on is not None:
        return None
    model = check_in_model()
    at = course_facts.planned or model.parameters.fitted_on.last_session
    found = model.forecast(answers, max(at, *answers))
    if len(set(course_facts.session_days)) < len(course_facts.session_days):
        several = "This course has several sessions a day; the model has only seen one a day."
        return replace(found, cautions=(*found.cautions, several))
    return found


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
        # What was planned for an earlier course, the chart no longer says.
        sessions_planned=_number(None if later else planned_sessions(chart, days)),
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


def _day(fact: SessionDelivered) -> date:
    return fact.started_at.date()


def _missed(chart: Chart, runs: Sequence[Sequence[date]], on: date) -> int | None:
    """Of the last ten planned days of the latest course, how many were not kept.

    A day counts as kept if any of its appointments was. Of today only what is settled counts.
    """
    since = runs[-2][-1] if len(runs) > 1 else date.min
    days: dict[date, bool] = {}
    for each in chart.appointments:
        settled = not each.stands or (each.day < on and not each.provisional)
        if settled and since < each.day <= on:
            days[each.day] = days.get(each.day, False) or each.state is AppointmentState.KEPT
    last = sorted(days)[-_PLANNED_DAYS:]
    return sum(not days[day] for day in last) if last else None


def _pose_error_mm(chart: Chart, days: Sequence[date]) -> float | None:
    """Median distance of the coil from its place over the trains of the last sessions."""
    window = rules()["pose_error"].over_sessions or 0
    given = [each.fact.number for each in chart.sessions if _day(each.fact) in days]
    recent = given[-window:] if window else []
    found = [
        train.fact.pose.mean_mm
        for train in chart.trains
        if train.fact.pose is not None and train.fact.session in recent
    ]
    return median(found) if found else None


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
