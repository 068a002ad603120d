"""An outlook set for a person and for a program."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from euthymia.chart.follow_inputs import check_in_outlook, scored, to_course_facts
from euthymia.cli.cases import CaseOn
from euthymia.cli.forecast_view import check_in_cautions, check_in_data, check_in_table
from euthymia.cli.output import bullets, facts, section, show, table, title
from euthymia.cli.plain import Data, citation_data
from euthymia.follow.outlook import Outlook, outlook
from euthymia.follow.trajectory import ScaleCourse
from euthymia.learn.survival.durability import Lasting
from euthymia.report.figures.trajectory import draw


def outlook_of(opened: CaseOn) -> Outlook:
    """The outlook of an opened case on its day."""
    return outlook(
        scored(opened.chart, opened.on), to_course_facts(opened.chart, opened.on), opened.on
    )


def draw_outlook(found: Outlook, path: Path) -> None:
    """Write the picture of a course."""
    path.write_text(draw(found), encoding="utf-8")


def outlook_data(opened: CaseOn, found: Outlook) -> Data:
    """Everything that the outlook says."""
    check_ins = check_in_outlook(opened.chart, opened.on)
    return {
        "patient": opened.chart.patient.fact.pseudonym,
        "synthetic": opened.chart.patient.fact.synthetic,
        "on": found.on.isoformat(),
        "delivered": found.delivered,
        "planned": found.planned,
        "scales": [_course_data(course) for course in found.trajectory.courses],
        "lines": [
            {
                "domain": line.domain,
                "scale": line.scale,
                "points": [[p.on.isoformat(), p.low, p.high] for p in line.points],
                "gaps": [[a.isoformat(), b.isoformat()] for a, b in line.gaps],
            }
            for line in found.trajectory.lines
        ],
        "forecast": _forecast_data(found),
        "check_ins": check_in_data(check_ins) if check_ins else None,
        "advice": [
            {
                "id": each.id,
                "text": each.text,
                "because": each.because,
                "sureness": each.sureness.value,
                "source": citation_data(each.source),
            }
            for each in found.advice
        ],
        "after": _after_data(found),
    }


def _course_data(course: ScaleCourse) -> Data:
    latest = course.latest_change
    return {
        "scale": course.scale,
        "scores": [[r.score.on.isoformat(), r.low, r.high] for r in course.results],
        "baseline": course.baseline.low if course.baseline else None,
        "improvement_pct": latest.improvement_pct if latest else None,
        "response": latest.response if latest else None,
        "remission": latest.remission if latest else None,
        "reliable_change": latest.reliable if latest else None,
        "deteriorated": course.deteriorated,
    }


def _forecast_data(found: Outlook) -> Data | None:
    if found.score is None:
        return None
    score = found.score
    return {
        "at_session": score.forecast.at_session,
        "median": score.forecast.median,
        "interval_80": score.forecast.interval(0.8),
        "usual_median": score.usual.median,
        "usual_interval_80": score.usual.interval(0.8),
        "response": score.response,
        "remission": score.remission,
        "kinds": dict(score.forecast.kinds),
        "observed": score.forecast.observed,
        "fitted_on": score.forecast.fitted_on.sentence,
        "cautions": list(score.forecast.cautions),
    }


def _after_data(found: Outlook) -> Data | None:
    if found.after is None:
        return None
    after = found.after
    return {
        "ended_on": after.ended_on.isoformat(),
        "months": after.months,
        "responded": after.responded,
        "relapse_since": after.relapse.since.isoformat() if after.relapse.since else None,
        "relapse_definition": after.relapse.definition,
        "lasting": [
            {
                "month": each.at_month,
                "probability": each.probability,
                "interval_80": [each.low, each.high],
                "extrapolated": each.extrapolated,
            }
            for each in after.lasting
        ],
        "warning": [result.score.on.isoformat() for result in after.warning],
        "visits": [visit.due_on.isoformat() for visit in after.visits],
    }


def show_outlook(opened: CaseOn, found: Outlook) -> None:
    """Print the outlook."""
    patient = opened.chart.patient.fact
    mark = "invented patient" if patient.synthetic else ""
    show(title(f"{patient.pseudonym}, {found.on.isoformat()}", mark))
    planned = f" of {found.planned}" if found.planned else ""
    show(facts([("sessions", f"{found.delivered}{planned}")]))
    _show_scales(found)
    _show_forecast(found)
    check_ins = check_in_outlook(opened.chart, opened.on)
    if check_ins is not None:
        where = f"How the patient may feel at session {check_ins.at_session}, by the check-ins"
        show(section(where, check_in_table(check_ins), check_in_cautions(check_ins)))
    if found.advice:
        rows = [
            (each.text, f"{each.because}; {each.sureness.words}; {each.source.short}")
            for each in found.advice
        ]
        show(section("What the rules suggest", table(("rule", "because"), rows)))
    _show_after(found)


def _show_scales(found: Outlook) -> None:
    rows = []
    for course in found.trajectory.courses:
        latest = course.latest_change
        pct = latest.improvement_pct if latest else None
        rows.append(
            (
                course.latest.sentence,
                course.latest.score.on.isoformat(),
                f"{pct:.0f} %" if pct is not None else "–",
                _yes(latest.response if latest else None),
                _yes(latest.remission if latest else None),
                _yes(course.deteriorated),
            )
        )
    head = ("latest score", "on", "better by", "response", "remission", "worse")
    show(section("Scales", table(head, rows, whole=(1,)) if rows else Text("none filled in")))
    for pair in found.trajectory.reconciled:
        if not pair.agree:
            show(
                bullets(
                    [
                        f"{pair.said.scale.name} {pair.said.low:g} and {pair.other.scale.name} "
                        f"{pair.other.low:g} do not fit together: by the crosswalk the second "
                        f"stands for {pair.converted.text}."
                    ]
                )
            )


def _show_forecast(found: Outlook) -> None:
    if found.score is None:
        show(section("Forecast", Text(found.no_score_because)))
        return
    score = found.score
    low, high = score.forecast.interval(0.8)
    usual_low, usual_high = score.usual.interval(0.8)
    rows = [
        ("score", f"{score.forecast.median:.0f} ({low:.0f} to {high:.0f})",
         f"{score.usual.median:.0f} ({usual_low:.0f} to {usual_high:.0f})"),
    ]  # fmt: skip
    for name, pair in (("response", score.response), ("remission", score.remission)):
        if pair is not None:
            rows.append((name, f"{pair[0]:.0%}", f"{pair[1]:.0%}"))
    where = f"Forecast after session {score.forecast.at_session} (80 % of such patients)"
    show(
        section(
            where,
            table(("", "this patient", "usual"), rows),
            bullets([score.forecast.fitted_on.sentence, *score.forecast.cautions]),
        )
    )


def _show_after(found: Outlook) -> None:
    after = found.after
    if after is None:
        return
    lost = after.relapse.since
    rows = [
        ("course ended", after.ended_on.isoformat()),
        ("response", "yes" if after.responded else "no"),
        ("relapse", f"since {lost.isoformat()}" if lost else f"none ({after.relapse.definition})"),
        ("warning", "yes: two scores in a row well above the best" if after.warning else "none"),
    ]
    rows += [(f"still well at {each.at_month:g} months", _lasting(each)) for each in after.lasting]
    due = [visit for visit in after.visits if visit.due_on > found.on]
    if due:
        rows.append(("next visit", due[0].due_on.isoformat()))
    show(section("After the course", facts(rows)))
    if after.then:
        show(bullets([f"{text} ({source.short})" for text, source in after.then]))


def _lasting(each: Lasting) -> str:
    beyond = ", beyond what is published" if each.extrapolated else ""
    return f"{each.probability:.0%} ({each.low:.0%} to {each.high:.0%}{beyond})"


def _yes(value: bool | None) -> str:
    return "open" if value is None else "yes" if value else "no"
