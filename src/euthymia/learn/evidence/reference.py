"""The evidence as pages of the reference documentation, from the same data that is analysed."""

from __future__ import annotations

from collections.abc import Iterable

from euthymia.assess.markdown import cite, page, section, table
from euthymia.learn.evidence.catalogue import (
    Claim,
    PublishedPooled,
    Result,
    Strength,
    Trial,
    claims,
    published_pooled,
    registries,
    trials,
)
from euthymia.learn.evidence.effects import Measure
from euthymia.learn.evidence.summary import MetaAnalysis, analyse


def claims_markdown() -> str:
    """The page "what is known": each claim with its strength and its numbers."""
    grades = table(("strength", "means"), [(grade.value, grade.words) for grade in Strength])
    parts = [
        "What is said of TMS, what is known of it, and how firmly. Null results stand in their "
        "place.",
        grades,
        *(section(f"“{claim.said}”", _claim(claim)) for claim in claims()),
    ]
    return page("What is known", "\n\n".join(parts))


def _claim(claim: Claim) -> str:
    lines = [f"**{claim.strength.value.capitalize()}.** {claim.known}"]
    if claim.numbers:
        lines.append(claim.numbers)
    if claim.against:
        lines.append(f"Against it: {claim.against}")
    lines.append("Sources: " + ", ".join(cite(source) for source in claim.sources))
    return "\n\n".join(lines)


def evidence_markdown() -> str:
    """The page of trials, our own sums, published sums and registries."""
    own = [
        analyse(kind, measure)
        for kind in ("response", "remission")
        for measure in (Measure.ODDS_RATIO, Measure.RISK_RATIO, Measure.RISK_DIFFERENCE)
    ]
    parts = [
        section("Trials", _trials_table(trials())),
        section("Together, against sham, in depression", _own_table(own)),
        section("Published sums", _pooled_table(published_pooled())),
        section("Ordinary care", _registry_table()),
    ]
    return page("Trials and their sums", "\n\n".join(parts))


def _trials_table(rows: Iterable[Trial]) -> str:
    return table(
        ("trial", "design", "what", "response", "remission", "main result", "source"),
        [
            (
                row.name,
                row.design.words,
                row.what,
                _counts(row, "response"),
                _counts(row, "remission"),
                _result(row),
                cite(row.source),
            )
            for row in rows
        ],
    )


def _counts(row: Trial, kind: str) -> str:
    for outcome in row.outcomes:
        if outcome.kind != kind or not outcome.main:
            continue
        if outcome.counts is not None:
            parts = zip(outcome.counts, row.arms, strict=True)
            return " v ".join(f"{count}/{arm.n}" for count, arm in parts)
        return " v ".join(f"{share:.1%}" for share in outcome.printed or ())
    return "–"


def _result(row: Trial) -> str:
    found = {
        Result.BETTER: f"{row.arms[0].name} better",
        Result.NO_DIFFERENCE: "**no difference**",
        Result.NOT_COMPARED: "not compared",
    }[row.result]
    return f"{found}. {row.note}" if row.note else found


def _own_table(found: Iterable[MetaAnalysis]) -> str:
    rows = []
    for each in found:
        value, low, high = each.pooled.shown
        predicted = each.pooled.predicted_shown
        rows.append(
            (
                each.kind,
                str(each.measure),
                str(len(each.effects)),
                f"{value:.2f} ({low:.2f} to {high:.2f})",
                f"{predicted[0]:.2f} to {predicted[1]:.2f}" if predicted else "–",
                f"{each.pooled.heterogeneity.i_squared:.0%}",
                each.needed.text if each.needed else "–",
            )
        )
    head = ("outcome", "measure", "trials", "together", "a further trial", "I²", "number needed")
    doubts = "\n".join(f"- {caution}" for caution in next(iter(found)).cautions)
    return f"{table(head, rows)}\n\n{doubts}"


def _pooled_table(rows: Iterable[PublishedPooled]) -> str:
    return table(
        ("what", "measure", "found", "trials", "patients", "source"),
        [
            (
                row.what,
                str(row.measure),
                f"{row.value:g}"
                + (f" ({row.low:g} to {row.high:g})" if row.low is not None else ""),
                str(row.studies or "–"),
                str(row.patients or "–"),
                cite(row.source),
            )
            for row in rows
        ],
    )


def _registry_table() -> str:
    return table(
        ("registry", "patients", "outcome", "scale", "share", "source"),
        [
            (row.name, f"{row.patients:,}", part.kind, part.scale, part.text, cite(row.source))
            for row in registries()
            for part in row.results
        ],
    )
