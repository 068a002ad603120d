"""A running session in words, ready to be put on a page; and its picture, train by train."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from euthymia.clinic.chair.engine.board import GIVEN, NOW, SHORT, TODO
from euthymia.clinic.chair.models import Console
from euthymia.clinic.ui import formats
from euthymia.clinic.ui.pictures import checked_svg
from euthymia.report.svg import element, rect

_WIDE, _HIGH, _GAP = 720.0, 40.0, 2.0


def phase_words(phase: str) -> str:
    """What the session is doing."""
    return {
        "opening": _("Getting ready"),
        "rest": _("Pause between trains"),
        "armed": _("Armed"),
        "firing": _("Giving pulses"),
        "standing": _("Stands still"),
        "press": _("Waits for your press"),
        "ended": _("Ended"),
    }.get(phase, phase)


def words(live: Mapping[str, Any], console: Console) -> dict[str, str]:
    """Every text that changes while the session runs, by the name of its place on the page."""
    phase = str(live.get("phase", "opening"))
    trains, done = live.get("trains", 0), live.get("done", 0)
    return {
        "phase": phase_words(phase),
        "train": ngettext(
            "%(done)d of %(trains)d train given", "%(done)d of %(trains)d trains given", trains
        )
        % {"done": done, "trains": trains},
        "pulses": _("%(pulses)s of %(planned)s")
        % {
            "pulses": formats.number(live.get("pulses", 0)),
            "planned": formats.number(live.get("pulses_planned", 0)),
        },
        "next": _next(live, phase),
        "left": _clock(live.get("left_s")),
        "output": formats.quantity(live.get("output_pct_mso"), "% MSO"),
        "temperature": _temperature(live),
        "counter": formats.number(live.get("counter")),
        "coil": _coil(live),
        "pose": _pose(live),
        "field": _field(live),
        "why": str(live.get("why", "")),
        "press": _("Fire train %(n)d") % {"n": live.get("waits_for") or live.get("train", 0)},
        "ended": console.reason if console.ended_at else "",
    }


def _next(live: Mapping[str, Any], phase: str) -> str:
    if phase == "press":
        return _("train %(n)d, when you press") % {"n": live.get("train", 0)}
    if phase == "firing":
        return _("now: train %(n)d") % {"n": live.get("train", 0)}
    seconds = live.get("next_in_s")
    if seconds is None:
        return "–"
    return _("train %(n)d in %(s)d s") % {"n": live.get("train", 0), "s": round(seconds)}


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _temperature(live: Mapping[str, Any]) -> str:
    found = live.get("temperature_c")
    if found is None:
        return formats.not_known()
    return _("%(now).0f °C, highest %(most)g °C") % {"now": found, "most": live["highest_c"]}


def _coil(live: Mapping[str, Any]) -> str:
    present = live.get("coil_present")
    if present is None:
        return formats.not_known()
    return _("connected") if present else _("not connected")


def _pose(live: Mapping[str, Any]) -> str:
    if not live.get("tracked"):
        return _("not watched")
    if live.get("distance_mm") is None:
        return _("not seen")
    return _("%(mm).1f mm and %(deg).0f° from its place") % {
        "mm": live["distance_mm"],
        "deg": live["angle_deg"],
    }


def _field(live: Mapping[str, Any]) -> str:
    planned, last = live.get("planned_field"), live.get("field_v_per_m")
    if last is not None:
        return _("%(last).0f V/m in the last train") % {"last": last}
    return str(planned) if planned else formats.not_known()


def timeline_svg(marks: str) -> SafeString:
    """One bar a train, from left to right; a script colours them while the session runs."""
    count = max(len(marks), 1)
    width = _WIDE / count
    gap = _GAP if width > 6 else 0.5
    bars = [
        rect(
            number * width,
            0,
            max(width - gap, 0.5),
            _HIGH,
            class_=f"train {mark_class(mark)}",
        )
        for number, mark in enumerate(marks)
    ]
    drawn = element(
        "svg",
        element("title", _("The trains of this session")),
        element("desc", timeline_words(marks)),
        *bars,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDE:g} {_HIGH:g}",
        preserveAspectRatio="none",
        role="img",
        class_="trains",
    )
    return checked_svg(drawn.render())


def mark_class(mark: str) -> str:
    """The class of a train's bar."""
    return {TODO: "todo", NOW: "now", GIVEN: "given", SHORT: "short"}[mark]


def timeline_words(marks: str) -> str:
    """The picture in words."""
    given, short, todo = marks.count(GIVEN), marks.count(SHORT), marks.count(TODO)
    told = [ngettext("%(n)d train given whole", "%(n)d trains given whole", given) % {"n": given}]
    if short:
        told.append(_("%(n)d in part") % {"n": short})
    told.append(_("%(n)d to come") % {"n": todo + marks.count(NOW)})
    return ", ".join(told)
