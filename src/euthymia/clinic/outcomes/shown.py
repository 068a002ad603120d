"""An outlook as tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from euthymia.assess.scales.score import ScaleChange
from euthymia.chart.chart import Chart
from euthymia.clinic.outcomes.forms import ABOUT, CHANNELS
from euthymia.clinic.ui import formats
from euthymia.clinic.ui.values import Column, Row, Table
from euthymia.follow.outlook import Outlook


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """One thing that is foreseen: for this patient, and what is usual."""

    label: str
    here: str
    usual: str


def scale_table(found: Outlook) -> Table:
    """Every scale with its latest score and what became of it since the baseline."""
    rows = []
    for course in found.trajectory.courses:
        latest = course.latest_change
        rows.append(
            Row(
                (
                    course.latest.sentence,
                    formats.day(course.latest.score.on),
                    *_since(latest, course.deteriorated),
                ),
                tone="caution" if course.deteriorated else "",
            )
        )
    return Table(
        caption=_("Scales"),
        columns=(
            Column(_("Latest score")),
            Column(_("On")),
            Column(_("Better by"), numeric=True),
            Column(_("Response")),
            Column(_("Remission")),
            Column(_("Worse than before")),
        ),
        rows=rows,
        hide_caption=True,
        empty=_("No scale was filled in yet"),
    )


def reminder_lines(chart: Chart) -> list[tuple[datetime, str, str]]:
    """When the patient was reminded, how, and about what; the latest first."""
    how, about = dict(CHANNELS), dict(ABOUT)
    return [
        (each.fact.sent_at, str(how[each.fact.channel]), str(about[each.fact.about]))
        for each in reversed(chart.reminders)
    ]


def forecast_rows(found: Outlook) -> tuple[ForecastRow, ...]:
    """The forecast of the main scale beside the base rate; each with its interval."""
    score = found.score
    if score is None:
        return ()
    low, high = score.forecast.interval()
    usual_low, usual_high = score.usual.interval()
    rows = [
        ForecastRow(
            _("Score"),
            formats.interval(score.forecast.median, low, high),
            formats.interval(score.usual.median, usual_low, usual_high),
        )
    ]
    for label, pair in ((_("Response"), score.response), (_("Remission"), score.remission)):
        if pair is not None:
            rows.append(ForecastRow(label, formats.percent(pair[0]), formats.percent(pair[1])))
    return tuple(rows)


def _since(latest: ScaleChange | None, worse: bool | None) -> tuple[str, str, str, str]:
    """What became of a scale since its first score; nothing can be said of one score alone."""
    if latest is None:
        return _("one score so far"), "–", "–", "–"
    better = latest.improvement_pct
    return (
        f"{better:.0f}\u00a0%" if better is not None else formats.not_known(),
        _yes(latest.response),
        _yes(latest.remission),
        _yes(worse),
    )


def _yes(value: bool | None) -> str:
    return formats.not_known() if value is None else _("yes") if value else _("no")
