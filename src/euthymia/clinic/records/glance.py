"""A chart at a glance: how far the way has gone, what comes next, the numbers of today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from euthymia.assess.scales.scale_rules import find_scale
from euthymia.assess.scales.score import change, score_scale
from euthymia.chart.chart import Chart
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action, Who, can
from euthymia.clinic.records.models import Overview, Patient, Way
from euthymia.clinic.ui import formats, names
from euthymia.clinic.ui.band import address, sessions_of
from euthymia.clinic.ui.values import Step, Tile

_STEPS = (
    (gettext_noop("Referral"), "intake"),
    (gettext_noop("Suitability"), "eligibility"),
    (gettext_noop("Plan"), "prescribing"),
    (gettext_noop("Treatment"), "chair"),
    (gettext_noop("Follow-up"), "outcomes"),
)
_STANDS = {
    Way.REFERRED: 0,
    Way.ASSESSED: 1,
    Way.PLANNED: 2,
    Way.SIGNED: 3,
    Way.IN_COURSE: 3,
    Way.AFTER: 4,
}
_NEXT = {
    Way.REFERRED: (gettext_noop("Take the treatment history"), "history", Action.RECORD_HISTORY),
    Way.ASSESSED: (gettext_noop("Ask for a plan"), "ask_for_plan", Action.REQUEST_PLAN),
    Way.PLANNED: (gettext_noop("Read and sign the plan"), "prescribing", Action.SIGN_PLAN),
    Way.SIGNED: (gettext_noop("Set the appointments"), "patient_agenda", Action.SET_APPOINTMENTS),
    Way.IN_COURSE: (gettext_noop("Look at the outcomes"), "outcomes", Action.READ_CHART),
    Way.AFTER: (gettext_noop("Plan the follow-up"), "outcomes", Action.SET_FOLLOW_UP),
}

_AT_THE_CHAIR = (gettext_noop("To the sessions"), "chair", Action.RUN_SESSION)
"""What comes next while a course goes on for who gives the sessions."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What usually comes next, for a person who may do it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Glance:
    """Everything that the first page of a chart shows above its entries."""

    steps: tuple[Step, ...]
    tiles: tuple[Tile, ...]
    facts: tuple[tuple[str, str | None], ...]
    next_step: NextStep | None


def glance(who: Who, patient: Patient, chart: Chart, moment: datetime) -> Glance:
    """The chart at a glance at that moment; `patient` comes with its overview."""
    overview = patient.overview
    way = Way(overview.way)
    return Glance(
        steps=tuple(_steps(patient, overview, way)),
        tiles=tuple(_tiles(patient, chart, overview, moment)),
        facts=tuple(_facts(chart, overview)),
        next_step=_next_step(who, patient, way),
    )


def _steps(patient: Patient, overview: Overview, way: Way) -> Iterator[Step]:
    here = _STANDS[way]
    for place, (label, name) in enumerate(_STEPS):
        detail = ""
        if name == "chair" and overview.sessions_given:
            detail = sessions_of(overview)
        state = "done" if place < here else "current" if place == here else "todo"
        yield Step(_(label), state, detail, address(name, patient) or "")  # type: ignore[arg-type]


def _tiles(patient: Patient, chart: Chart, overview: Overview, moment: datetime) -> Iterator[Tile]:
    if overview.last_scale:
        yield _score(patient, chart, overview.last_scale)
    yield Tile(_("Sessions"), sessions_of(overview), url=address("chair", patient) or "",
               detail=_last_session(overview))  # fmt: skip
    threshold = chart.motor_threshold
    if threshold is not None:
        fact = threshold.fact
        known = fact.low_pct_mso is not None and fact.high_pct_mso is not None
        span = (
            _("%(low)s to %(high)s") % {"low": f"{fact.low_pct_mso:g}",
                                        "high": f"{fact.high_pct_mso:g}"}
            if known
            else _("range not known")
        )  # fmt: skip
        detail = f"{span}, {formats.day(fact.measured_on)}"
        yield Tile(_("Resting motor threshold"), f"{fact.intensity_pct_mso:g}", "% MSO", detail)
    else:
        yield Tile(_("Resting motor threshold"), _("not measured"))
    coming = [each for each in chart.appointments if each.stands and each.end > moment]
    url = address("patient_agenda", patient) or ""
    if coming:
        start = coming[0].start
        words = _("session %d") % coming[0].session
        yield Tile(_("Next visit"), formats.weekday(start), "", f"{formats.clock(start)}, {words}",
                   url)  # fmt: skip
    else:
        yield Tile(_("Next visit"), _("none"), "", _("nothing is set"), url)


def _score(patient: Patient, chart: Chart, scale: str) -> Tile:
    """The last score of a scale, with what changed since the first."""
    filled = [score_scale(found.fact.score) for found in chart.scales_named(scale)]
    first, last = filled[0], filled[-1]
    value = f"{last.low:g}" if last.total is not None else f"{last.low:g} to {last.high:g}"
    detail = formats.day(last.score.on)
    if len(filled) > 1:
        gain = change(first, last).improvement_points
        if gain is not None:
            word = _("better") if gain > 0 else _("worse") if gain < 0 else _("the same")
            points = f"{abs(gain):g} {word}" if gain else word
            detail = _("%(points)s since %(day)s") % {
                "points": points,
                "day": formats.day(first.score.on),
            }
    unit = _("of %s") % f"{last.scale.high:g}"
    return Tile(find_scale(scale).name, value, unit, detail, address("outcomes", patient) or "")


def _last_session(overview: Overview) -> str:
    if overview.last_session_on is None:
        return _("none given yet")
    return _("last on %s") % formats.day(overview.last_session_on)


def _facts(chart: Chart, overview: Overview) -> Iterator[tuple[str, str | None]]:
    yield _("Diagnosis"), overview.diagnosis or None
    medicines = chart.medicines
    if medicines is None:
        yield _("Medicines"), None
    else:
        taken = ", ".join(medicines.fact.taken) or _("none")
        yield _("Medicines"), f"{taken} ({formats.day(medicines.fact.listed_on)})"
    yield _("Treatments before"), str(len(chart.trials)) if chart.trials else None
    asked = chart.plan_request
    yield _("Protocol"), names.protocol(asked.fact.protocol) if asked else None
    yield _("Target"), names.target(asked.fact.target) if asked else None
    if chart.adverse_events:
        serious = sum(found.fact.serious for found in chart.adverse_events)
        words = {"all": len(chart.adverse_events), "serious": serious}
        said = _("%(all)d, %(serious)d of them serious") if serious else _("%(all)d, none serious")
        yield _("Adverse events"), said % words


def _next_step(who: Who, patient: Patient, way: Way) -> NextStep | None:
    gives = Role.OPERATOR in who.roles.get(patient.site_id, ())
    label, name, action = _AT_THE_CHAIR if way is Way.IN_COURSE and gives else _NEXT[way]
    url = address(name, patient)
    if url is None or not can(action, who, patient):
        return None
    return NextStep(_(label), url)
