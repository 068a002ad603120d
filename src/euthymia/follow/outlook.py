"""One look at a patient's course: where they stand, what may come, what the rules suggest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.assess.scales.score import ScaleResult
from euthymia.follow.advice import Advice, CourseState, advise
from euthymia.follow.durability import FollowUpState, follow_up
from euthymia.follow.trajectory import ScaleCourse, Trajectory, trajectory
from euthymia.learn.forecast.growth import GrowthModel, ScoreForecast, UsualCourse
from euthymia.learn.forecast.published import growth_model, growth_scales
from euthymia.learn.survival.durability import DurabilityModel

MAIN_SCALES = ("hamd17", "madrs", "phq9", "qids_sr16", "ids_sr30", "bdi2", "ybocs", "pcl5", "gad7")
"""Scales that may speak for a course; among equally often filled ones the first does."""


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """What a course has come to, from the record. session_days: one for each delivered session.

    planned: sessions of the course, None where no plan says. ended_on: None while it goes on.
    The rest as in `CourseState`.
    """

    session_days: tuple[date, ...]
    planned: int | None
    ended_on: date | None = None
    missed_of_last_ten: int | None = None
    threshold_change_pct: float | None = None
    pose_error_mm: float | None = None
    new_drug: bool | None = None
    open_safety_tasks: int = 0


@dataclass(frozen=True, slots=True)
class ScoreOutlook:
    """The forecast of the main scale at the end of the course, beside what is usual there.

    response, remission: probability and base rate; response None without a baseline.
    """

    forecast: ScoreForecast
    usual: UsualCourse
    response: tuple[float, float] | None
    remission: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything that follow-up says on a day."""

    on: date
    trajectory: Trajectory
    main: ScaleCourse | None
    delivered: int
    planned: int | None
    score: ScoreOutlook | None
    no_score_because: str
    advice: tuple[Advice, ...]
    after: FollowUpState | None


def outlook(
    results: tuple[ScaleResult, ...],
    course: CourseFacts,
    on: date,
    model: GrowthModel | None = None,
    durability: DurabilityModel | None = None,
) -> Outlook:
    """The outlook of a patient from scored scales and the facts of a course.

    model, durability: a clinic's own; the published ones where None.
    """
    begun_on = course.session_days[0] if course.session_days else None
    found = trajectory(results, begun_on, on, course.ended_on)
    main = main_course(found)
    delivered = sum(day <= on for day in course.session_days)
    score, because = _score_outlook(main, course, on, model)
    after = None
    if main is not None and course.ended_on is not None and course.ended_on <= on:
        after = follow_up(main, course.ended_on, on, durability)
    state = _state(main, course, delivered)
    said = () if state is None or after is not None else advise(state)
    return Outlook(on, found, main, delivered, course.planned, score, because, said, after)


def main_course(found: Trajectory) -> ScaleCourse | None:
    """The scale that speaks for the course: the one most often filled in since the baseline.

    Among equals the first of `MAIN_SCALES`; other scales never speak for a course.
    """
    known = [c for name in MAIN_SCALES if (c := found.course(name)) is not None]
    return max(known, key=lambda course: len(course.changes), default=None)


def _state(main: ScaleCourse | None, course: CourseFacts, delivered: int) -> CourseState | None:
    if delivered == 0 and not course.open_safety_tasks:
        return None
    latest = main.latest_change if main is not None else None
    return CourseState(
        delivered=delivered,
        planned=course.planned if course.planned is not None else delivered + 1,
        missed_of_last_ten=course.missed_of_last_ten,
        improvement_pct=latest.improvement_pct if latest is not None else None,
        responded=latest.response if latest is not None else None,
        deteriorated=main.deteriorated if main is not None else None,
        threshold_change_pct=course.threshold_change_pct,
        pose_error_mm=course.pose_error_mm,
        new_drug=course.new_drug,
        open_safety_tasks=course.open_safety_tasks,
    )


def _score_outlook(
    main: ScaleCourse | None, course: CourseFacts, on: date, given: GrowthModel | None
) -> tuple[ScoreOutlook | None, str]:
    if main is None:
        return None, "No scale was filled in."
    name = main.latest.scale.name
    if given is None and name not in growth_scales():
        return None, f"No published course is at hand for the {name}."
    if course.ended_on is not None and course.ended_on <= on:
        return None, "The course is over."
    model = given or growth_model(name)
    at = course.planned or model.parameters.fitted_on.last_session
    scores = _by_session(main, course.session_days, at)
    forecast, usual = model.forecast(scores, at), model.usual(at)
    response = remission = None
    if 0 in scores:
        response = (forecast.below(scores[0] / 2), usual.response)
    if main.latest.scale.remission is not None:
        limit = main.latest.scale.remission.at_most + 0.5
        remission = (forecast.below(limit), usual.below(limit))
    return ScoreOutlook(forecast, usual, response, remission), ""


def _by_session(main: ScaleCourse, days: tuple[date, ...], last: int) -> dict[int, float]:
    """Whole scores by how many sessions had been given before their day; the baseline is 0.

    Of several scores at one count the latest counts.
    """
    known: dict[int, float] = {}
    start = main.baseline
    for result in main.results:
        before = start is None or result.score.on < start.score.on
        if result.total is None or (start is not None and before):
            continue
        given = 0 if result is start else sum(day < result.score.on for day in days)
        if given <= last:
            known[given] = result.total
    return known
