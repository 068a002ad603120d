"""The search for a threshold as a picture: the belief above, the pulses below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from euthymia.core.quantities import Estimate
from euthymia.report import palette
from euthymia.report.svg import SMALL, Element, circle, element, group, line, polyline, rect, text
from euthymia.treat.threshold.bayesian import Bayesian
from euthymia.treat.threshold.method import Belief, ThresholdMethod, Trial
from euthymia.treat.threshold.ml_pest import MlPest

_WIDE = 400.0
_LEFT, _RIGHT = 12.0, 388.0
_BELIEF_TOP, _BELIEF_BASE = 14.0, 96.0
_FIRST_ROW, _ROW = 126.0, 9.0


def search_svg(method: ThresholdMethod, trials: Sequence[Trial], estimate: Estimate | None) -> str:
    """The picture, 400 units wide: narrow enough to be read on a phone."""
    high = _FIRST_ROW + _ROW * max(len(trials), 4) + 6
    parts = [
        *(_interval(estimate, high) if estimate else ()),
        *_axis(high),
        *_belief(method, trials),
        *_pulses(trials),
    ]
    return element(
        "svg",
        element("title", _("The search for the threshold")),
        element("desc", in_words(trials, estimate)),
        group(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDE:g} {high:g}",
        role="img",
    ).render()


def in_words(trials: Sequence[Trial], estimate: Estimate | None) -> str:
    """The picture in words."""
    yes = sum(trial.answered for trial in trials)
    told = ngettext(
        "%(n)d pulse, %(yes)d with an answer.", "%(n)d pulses, %(yes)d with an answer.", len(trials)
    ) % {"n": len(trials), "yes": yes}
    return f"{told} {estimate.text()}." if estimate else told


def _x(pct: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * min(max(pct, 0.0), 100.0) / 100.0


def _axis(high: float) -> list[Element]:
    found = []
    for pct in range(0, 101, 20):
        x = _x(pct)
        found.append(line(x, _BELIEF_TOP, x, high - 4, stroke=palette.HAIRLINE))
        anchor = "start" if pct == 0 else "end" if pct == 100 else "middle"
        found.append(
            text(x, _BELIEF_BASE + 16, str(pct), SMALL, anchor,
                 fill=palette.SOFT_INK, halo=palette.PAPER)
        )  # fmt: skip
    found.append(text(_RIGHT, _BELIEF_TOP - 4, "% MSO", SMALL, "end", fill=palette.SOFT_INK))
    return found


def _interval(estimate: Estimate, high: float) -> list[Element]:
    found = []
    if estimate.low is not None and estimate.high is not None:
        left, right = _x(estimate.low), _x(estimate.high)
        found.append(
            rect(left, _BELIEF_TOP, max(right - left, 1), high - 4 - _BELIEF_TOP,
                 fill=palette.BLUE, fill_opacity=0.12)
        )  # fmt: skip
    x = _x(estimate.value)
    found.append(line(x, _BELIEF_TOP, x, high - 4, stroke=palette.BLUE, stroke_width=1.5))
    return found


def _belief(method: ThresholdMethod, trials: Sequence[Trial]) -> list[Element]:
    """The belief as a curve, where the method has one."""
    if not isinstance(method, Bayesian | MlPest):
        return []
    belief: Belief = method.belief(trials)
    shown = belief.values_pct <= 100.0
    values, chance = belief.values_pct[shown], belief.chance[shown]
    most = float(chance.max())
    if most <= 0:
        return []
    heights = (_BELIEF_BASE - _BELIEF_TOP) * chance / most
    step = max(1, len(values) // 200)
    points = [
        (_x(float(value)), _BELIEF_BASE - float(height))
        for value, height in zip(values[::step], heights[::step], strict=True)
    ]
    closed = [(points[0][0], _BELIEF_BASE), *points, (points[-1][0], _BELIEF_BASE)]
    return [
        polyline(closed, closed=True, fill=palette.SKY, fill_opacity=0.35),
        polyline(points, stroke=palette.BLUE, stroke_width=1.5),
        line(_LEFT, _BELIEF_BASE, _RIGHT, _BELIEF_BASE, stroke=palette.SOFT_INK),
    ]


def _pulses(trials: Sequence[Trial]) -> list[Element]:
    """One row a pulse: filled with an answer, hollow without."""
    found = []
    for number, trial in enumerate(trials):
        y = _FIRST_ROW + _ROW * number
        fill = palette.INK if trial.answered else palette.PAPER
        found.append(circle(_x(trial.pct_mso), y, 3.4, fill=fill, stroke=palette.INK))
    return found


def width_pct(estimate: Estimate) -> float | None:
    """The width of the interval in % of the threshold."""
    if estimate.low is None or estimate.high is None:
        return None
    return float(np.round(100.0 * (estimate.high - estimate.low) / estimate.value))
