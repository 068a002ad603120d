"""The numbers of the patient's pages, taken from the cited data, never typed into a text.

Each figure is the words that stand in a sentence, the exact value for the note, and the source.
Numbers of people are rounded to whole people of 100; the note says the value as published.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from django.utils.translation import gettext as _

from euthymia.assess.burden.evidence import Benefit, Brought, burden_facts
from euthymia.assess.safety.seizure_drugs import RiskFigure, seizure_risk
from euthymia.assess.safety.session_rules import session_rules
from euthymia.core.references import Citation
from euthymia.learn.evidence.catalogue import (
    Claim,
    PublishedPooled,
    claims,
    pooled_estimate,
    registries,
    trial,
)
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.courses import course

USUAL_COURSE = "standard-36"
SHORT_COURSE = "snt-5-days"
SHORTEST, LONGEST = "iTBS-600", "HF10-37"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number in words, and where it comes from; `exact` is the value as published."""

    text: str
    source: Citation
    exact: str = ""
    more: tuple[Citation, ...] = ()

    @property
    def sources(self) -> tuple[Citation, ...]:
        return (self.source, *self.more)

    def __str__(self) -> str:
        return self.text


@cache
def figures() -> dict[str, Figure]:
    """Every figure by the name under which the pages know it."""
    return {
        **_benefits(),
        **_reviews(),
        **_ordinary_care(),
        **_lasting(),
        **_side_effects(),
        **_seizures(),
        **_courses(),
        **_claims(),
    }


def rounded(value: float | Decimal | None, digits: int = 0) -> str:
    """A number with that many decimals, halves rounded up, as people expect it."""
    if value is None:
        raise ValueError("a figure of the patient's pages is missing from the data")
    step = Decimal(1).scaleb(-digits)
    return str(Decimal(str(value)).quantize(step, ROUND_HALF_UP))


def _benefits() -> dict[str, Figure]:
    rows: dict[str, Benefit] = {row.id: row for row in burden_facts().benefit}
    found: dict[str, Figure] = {}
    for name, id_ in (
        ("response", "pooled-response"),
        ("remission", "pooled-remission"),
        ("drug", "ascertain-switch"),
        ("drug_two", "dalhuisen-switch"),
        ("null_veterans", "yesavage-veterans"),
        ("null_added", "herwig-add-on"),
    ):
        row = rows[id_]
        exact = _("%(with)g of 100 with TMS, %(without)g with %(other)s") % {
            "with": row.with_tms,
            "without": row.compared,
            "other": row.comparator,
        }
        found[f"{name}_tms"] = Figure(rounded(row.with_tms), row.source, exact)
        found[f"{name}_other"] = Figure(rounded(row.compared), row.source, exact)
        gain = Decimal(rounded(row.with_tms)) - Decimal(rounded(row.compared))
        found[f"{name}_gain"] = Figure(str(gain), row.source, exact)
    return found


def _reviews() -> dict[str, Figure]:
    berlim = pooled_estimate("berlim-2014-response")
    other = pooled_estimate("silverstein-2015-response")
    older, newer = (pooled_estimate(f"kedzior-2014-{when}-2008") for when in ("to", "after"))
    thread = trial("blumberger-2018").outcomes[0]
    assert thread.counts is not None  # the data file has them, and a test reads them
    arms = trial("blumberger-2018").arms
    shares = [100 * n / (arm.n or 1) for n, arm in zip(thread.counts, arms, strict=True)]
    of_all = [f"{n} of {arm.n}" for n, arm in zip(thread.counts, arms, strict=True)]
    ratio = _span(other)
    return {
        "review_trials": Figure(str(berlim.studies), berlim.source),
        "review_people": Figure(f"{berlim.patients:,}", berlim.source),
        "times_low": Figure(rounded(other.low, 1), other.source, _("risk ratio %s") % ratio),
        "times_high": Figure(rounded(other.high, 1), other.source, _("risk ratio %s") % ratio),
        "smaller": Figure(
            "",
            newer.source,
            _("standardised mean difference %(new)s in newer, %(old)s in older trials")
            % {"new": _span(newer), "old": _span(older)},
            (older.source,),
        ),
        "short_pulses": Figure(rounded(shares[0]), thread.source, of_all[0]),
        "long_pulses": Figure(rounded(shares[1]), thread.source, of_all[1]),
    }


def _span(row: PublishedPooled) -> str:
    return f"{row.value:g} ({row.low:g} to {row.high:g})"


def _ordinary_care() -> dict[str, Figure]:
    rows = {row.id: row for row in registries()}
    shares = [
        (rows[id_], result)
        for id_ in ("carpenter-2012", "madore-2022")
        for result in rows[id_].results
        if result.scale == "PHQ-9"
    ]
    found: dict[str, Figure] = {}
    for kind in ("response", "remission"):
        known = sorted(
            (result.share, row.source)
            for row, result in shares
            if result.kind == kind and result.share is not None
        )
        exact = ", ".join(f"{100 * share:.1f} %" for share, _source in known)
        for end, (share, source) in (("low", known[0]), ("high", known[-1])):
            found[f"care_{kind}_{end}"] = Figure(rounded(100 * share), source, exact)
    return found


def _lasting() -> dict[str, Figure]:
    return {
        f"lasting_{row.months}{part}": Figure(
            rounded(value), row.source, f"{row.per_100:g} ({row.low:g} to {row.high:g})"
        )
        for row in burden_facts().lasting
        for part, value in (("", row.per_100), ("_low", row.low), ("_high", row.high))
    }


def _side_effects() -> dict[str, Figure]:
    rows: dict[str, Brought] = {row.id: row for row in burden_facts().brings}
    found = {
        name: Figure(rounded(row.per_100), row.source, f"{row.count}; {row.when}")
        for name, row in rows.items()
        if row.per_100 is not None
    }
    return {key.replace("-", "_"): figure for key, figure in found.items()} | {
        "spares": Figure("", burden_facts().spares[0].source)
    }


def _seizures() -> dict[str, Figure]:
    """Seizures among 10,000 patients: whole people, and one denominator for both kinds of coil."""
    rows: dict[str, RiskFigure] = {row.id: row for row in seizure_risk()}
    found: dict[str, Figure] = {}
    for name, id_ in (("seizure", "per-patient"), ("seizure_deep", "per-patient-h-coil")):
        row = rows[id_]
        assert row.unit == "per 1,000 patients"  # what the factor below is for
        for part, value in (("", row.value), ("_low", row.low), ("_high", row.high)):
            of_10_000 = None if value is None else 10 * Decimal(str(value))
            found[name + part] = Figure(rounded(of_10_000), row.source, _exact(row))
    return found


def _exact(row: RiskFigure) -> str:
    return f"{row.value:g} ({row.low:g} to {row.high:g}) {row.unit}"


def _courses() -> dict[str, Figure]:
    usual, short = course(USUAL_COURSE), course(SHORT_COURSE)
    acute, taper = usual.phases
    days = short.phases[0].sessions // short.phases[0].sessions_per_day
    shortest, longest = entry(SHORTEST), entry(LONGEST)
    sleep = next(q for q in session_rules().question if q.id == "sleep-hours")
    return {
        "usual_sessions": Figure(str(usual.sessions_total), usual.source),
        "usual_first": Figure(str(acute.sessions), usual.source),
        "usual_weeks": Figure(str(acute.weeks), usual.source),
        "usual_days_a_week": Figure(str(acute.days_per_week), usual.source),
        "usual_last": Figure(str(taper.sessions), usual.source),
        "usual_last_weeks": Figure(str(taper.weeks), usual.source),
        "short_days": Figure(str(days), short.source),
        "short_a_day": Figure(str(short.phases[0].sessions_per_day), short.source),
        "minutes_least": Figure(
            _minutes(shortest.durations[-1].seconds), shortest.durations[-1].source
        ),
        "minutes_most": Figure(_minutes(longest.durations[0].seconds), longest.durations[0].source),
        "sleep_hours": Figure(f"{sleep.below_hours:g}", sleep.source),
    }


def _minutes(seconds: float) -> str:
    return rounded(seconds / 60)


def _claims() -> dict[str, Figure]:
    """What is known of a claim, without a number in the sentence; the note holds the numbers."""
    rows: dict[str, Claim] = {row.id: row for row in claims()}
    found = {
        f"claim_{id_.replace('-', '_')}": Figure("", row.sources[0], row.numbers, row.sources[1:])
        for id_, row in rows.items()
    }
    for row in burden_facts().claim:
        if row.words == "it activates nerve cells":
            found["activates"] = Figure("", row.source)
    return found
