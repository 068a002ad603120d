"""The evidence set for a person and for a program."""

from __future__ import annotations

import csv
from pathlib import Path

from rich.text import Text

from euthymia.cli.output import bullets, facts, remark, section, show, table, title
from euthymia.cli.plain import Data, citation_data
from euthymia.core.errors import InputError, require_file
from euthymia.learn.evidence.catalogue import Trial, claims, trials
from euthymia.learn.evidence.counts import CountsPooled
from euthymia.learn.evidence.effects import Measure, TwoByTwo
from euthymia.learn.evidence.pooling import Pooled
from euthymia.learn.evidence.summary import MetaAnalysis, analyse
from euthymia.report.figures.forest import forest, funnel

_MEASURES = {
    "odds": Measure.ODDS_RATIO,
    "risk": Measure.RISK_RATIO,
    "difference": Measure.RISK_DIFFERENCE,
}
_COLUMNS = ("study", "events", "treated", "control_events", "control")


def trials_data(indication: str | None) -> Data:
    """Every trial with its arms, outcomes and sources."""
    return {
        "trials": [
            {
                **row.model_dump(mode="json", exclude={"source", "outcomes"}),
                "source": citation_data(row.source),
                "outcomes": [
                    {
                        **outcome.model_dump(mode="json", exclude={"source"}),
                        "source": citation_data(outcome.source),
                    }
                    for outcome in row.outcomes
                ],
            }
            for row in _known(indication)
        ]
    }


def show_trials(indication: str | None) -> None:
    """Print the trials as a table."""
    rows = [
        (row.id, str(row.year), row.design.value, row.result.value, row.what)
        for row in _known(indication)
    ]
    show(
        title("Trials"),
        Text(""),
        table(("id", "year", "design", "first arm", "what"), rows, whole=(0, 1, 2)),
    )


def _known(indication: str | None) -> tuple[Trial, ...]:
    found = trials(indication)
    if not found:
        names = ", ".join(sorted({row.indication for row in trials()}))
        raise InputError(
            f"indication {indication!r}", "no trial of it is at hand", f"Use one of {names}"
        )
    return found


def claims_data() -> Data:
    """Every claim with its strength and sources."""
    return {
        "claims": [
            {
                **claim.model_dump(mode="json", exclude={"sources"}),
                "sources": [citation_data(source) for source in claim.sources],
            }
            for claim in claims()
        ]
    }


def show_claims() -> None:
    """Print what is known, a section a claim."""
    for claim in claims():
        rows = [("strength", f"{claim.strength.value}: {claim.strength.words}")]
        rows.append(("known", claim.known))
        if claim.numbers:
            rows.append(("numbers", claim.numbers))
        if claim.against:
            rows.append(("against it", claim.against))
        rows.append(("sources", "; ".join(source.short for source in claim.sources)))
        show(section(f"“{claim.said}”", facts(rows)))


def analysis_of(kind: str, ratio: str, indication: str, counts: Path | None) -> MetaAnalysis:
    """The analysis of the catalogue's trials, or of the counts in a file."""
    studies = None if counts is None else read_counts(counts)
    return analyse(kind, _MEASURES[ratio], indication, studies)


def read_counts(path: Path) -> tuple[TwoByTwo, ...]:
    """The two-by-two tables of a CSV file; refuses a row that cannot be, by its line."""
    require_file(path, "a table of counts (CSV)")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise InputError(str(path), "it is not a CSV file", "Save the table as CSV") from problem
    missing = [name for name in _COLUMNS if not rows or name not in rows[0]]
    if missing:
        raise InputError(
            str(path),
            f"it has no row, or no column {', '.join(missing)}",
            f"Give the columns {', '.join(_COLUMNS)}",
        )
    return tuple(_table(path, line, row) for line, row in enumerate(rows, start=2))


def _table(path: Path, line: int, row: dict[str, str]) -> TwoByTwo:
    try:
        numbers = [int(row[name]) for name in _COLUMNS[1:]]
    except (TypeError, ValueError) as problem:
        raise InputError(
            f"{path}, line {line}", "a count is no whole number", "Correct that line"
        ) from problem
    return TwoByTwo(row["study"].strip() or f"line {line}", *numbers)


def draw(found: MetaAnalysis, forest_file: Path | None, funnel_file: Path | None) -> None:
    """Write the plots that were asked for."""
    if forest_file is not None:
        forest_file.write_text(forest(found.pooled, found.studies), encoding="utf-8")
        remark(f"Forest plot: {forest_file}")
    if funnel_file is not None:
        funnel_file.write_text(funnel(found.pooled), encoding="utf-8")
        remark(f"Funnel plot: {funnel_file}")


def analysis_data(found: MetaAnalysis) -> Data:
    """Everything the analysis shows."""
    spread = found.pooled.heterogeneity
    return {
        "outcome": found.kind,
        "measure": str(found.measure),
        "studies": [
            {
                "study": effect.study,
                "value": effect.shown,
                "interval": effect.interval(),
                "weight": weight,
            }
            for effect, weight in zip(found.effects, found.pooled.weights, strict=True)
        ],
        "left_out": list(found.left_out),
        "pooled": _pooled_data(found.pooled),
        "others": [_pooled_data(other) for other in found.others],
        "by_counts": [_counts_data(each) for each in found.by_counts],
        "heterogeneity": {
            "q": spread.q,
            "freedom": spread.freedom,
            "p_value": spread.p_value,
            "i_squared": spread.i_squared,
            "tau_squared": spread.tau_squared,
            "tau_squared_interval": [spread.tau_squared_low, spread.tau_squared_high],
        },
        "number_needed_to_treat": found.needed.text if found.needed else None,
        "without_each": [
            {"without": step.study, **_pooled_data(step.pooled)} for step in found.without_each
        ],
        "over_time": [
            {"after": step.study, **_pooled_data(step.pooled)} for step in found.over_time
        ],
        "small_study_tests": [
            {"name": t.name, "p_value": t.p_value, "has_power": t.has_power} for t in found.funnel
        ],
        "trimmed_and_filled": (
            {"added": found.trimmed.added, **_pooled_data(found.trimmed.pooled)}
            if found.trimmed
            else None
        ),
        "cautions": list(found.cautions),
    }


def _pooled_data(pooled: Pooled) -> Data:
    value, low, high = pooled.shown
    return {
        "method": str(pooled.between),
        "interval_method": str(pooled.spread),
        "value": value,
        "low": low,
        "high": high,
        "p_value": pooled.p_value,
        "predicted": pooled.predicted_shown,
    }


def _counts_data(each: CountsPooled) -> Data:
    value, low, high = each.shown
    return {
        "method": each.method,
        "value": value,
        "low": low,
        "high": high,
        "p_value": each.p_value,
    }


def show_analysis(found: MetaAnalysis) -> None:
    """Print the analysis: the sum first, then what it rests on and what speaks against it."""
    estimates = [(str(p.between), _three(p.shown), _chance(p.p_value)) for p in found.others]
    estimates += [(c.method, _three(c.shown), _chance(c.p_value)) for c in found.by_counts]
    spread = found.pooled.heterogeneity
    predicted = found.pooled.predicted_shown
    rows = [
        ("together", f"{found.measure} {_three(found.pooled.shown)}"),
        ("by chance alone", f"p {_chance(found.pooled.p_value)}"),
        ("by", f"{found.pooled.between}, interval {found.pooled.spread}"),
        ("a further trial", f"{predicted[0]:.2f} to {predicted[1]:.2f}" if predicted else "–"),
        ("number needed", found.needed.text if found.needed else "–"),
        ("heterogeneity", f"I² {spread.i_squared:.0%}, τ² {spread.tau_squared:.3f}, "
                          f"Q {spread.q:.1f} on {spread.freedom}, p {spread.p_value:.3f}"),
    ]  # fmt: skip
    if found.left_out:
        rows.append(("left out", f"{', '.join(found.left_out)} (no information on a ratio)"))
    studies = [
        (effect.study, _three((effect.shown, *effect.interval())), f"{weight:.0%}")
        for effect, weight in zip(found.effects, found.pooled.weights, strict=True)
    ]
    without = [(f"without {step.study}", _three(step.pooled.shown)) for step in found.without_each]
    tests = [(f"{test.name}", f"p {test.p_value:.3f}") for test in found.funnel]
    if found.trimmed is not None:
        filled = f"{found.trimmed.added} added, {_three(found.trimmed.pooled.shown)}"
        tests.append(("trim and fill", filled))
    show(
        title(f"{found.kind.capitalize()} against sham", f"{len(found.effects)} trials"),
        section("Together", facts(rows)),
        section("Trials", table(("trial", str(found.measure), "weight"), studies, numeric=(2,))),
        section("Other estimators", table(("method", str(found.measure), "p"), estimates)),
        section("Without each trial", facts(without)),
        section("Small studies", facts(tests)),
        section("Before you use it", bullets(found.cautions)),
    )


def _chance(p_value: float) -> str:
    return "< 0.0001" if p_value < 0.0001 else f"{p_value:.4f}"


def _three(shown: tuple[float, float, float]) -> str:
    value, low, high = shown
    return f"{value:.2f} ({low:.2f} to {high:.2f})"
