"""A registry exported and summarised, set for a person and for a program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.text import Text

from euthymia.assess.scales.scale_rules import all_scales
from euthymia.chart.case import CHART_NAME, Case
from euthymia.chart.follow_inputs import course_rows
from euthymia.cli.output import bullets, facts, remark, section, show, table, title
from euthymia.cli.plain import Data
from euthymia.core.errors import EuthymiaError, InputError
from euthymia.learn.registry.outcomes import Outcomes, Share
from euthymia.learn.registry.rows import CourseRow, Courses
from euthymia.learn.registry.summary import RegistrySummary, summarise
from euthymia.report.figures.site_funnel import draw


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export found: charts read, rows written, and what could not be read."""

    charts: int
    rows: int
    refused: tuple[str, ...]


def export_cases(folder: Path, out: Path, site: str, on: date) -> Exported:
    """Write the rows of all charts below a folder; a chart that cannot be read is named."""
    if not folder.is_dir():
        raise InputError(str(folder), "there is no such folder", "Name the folder of the cases")
    rows: list[CourseRow] = []
    refused: list[str] = []
    charts = sorted(folder.rglob(CHART_NAME))
    if not charts:
        raise InputError(str(folder), f"no {CHART_NAME} lies below it", "Name the folder of cases")
    for path in charts:
        try:
            rows += course_rows(Case.open(path.parent).chart, on, site)
        except EuthymiaError as refusal:
            refused.append(str(refusal))
    Courses.of(rows).save(out)
    return Exported(len(charts), len(rows), tuple(refused))


def show_export(found: Exported, out: Path) -> None:
    """Say what was exported."""
    show(facts([("charts", str(found.charts)), ("courses", str(found.rows)), ("table", str(out))]))
    if found.refused:
        show(section("Left out", bullets(found.refused)))


def summarised(path: Path) -> RegistrySummary:
    """The summary of an exported table, with the remission cuts of the scales on record."""
    cuts = {
        scale.name: scale.remission.at_most
        for scale in all_scales()
        if scale.remission is not None and scale.remission.beside is None
    }
    return summarise(Courses.load(path), cuts)


def draw_funnel(found: RegistrySummary, path: Path) -> None:
    """Write the funnel of sites."""
    if found.sites is None:
        raise InputError("funnel of sites", "no outcome is known", "Enter end scores first")
    path.write_text(draw(found.sites, "response"), encoding="utf-8")
    remark(f"Funnel: {path}")


def summary_data(found: RegistrySummary) -> Data:
    """Everything that the summary shows."""
    return {
        "courses": found.courses,
        "patients": found.patients,
        "synthetic": found.synthetic,
        "completed": found.completed,
        "response": _outcomes_data(found.response),
        "remission": _outcomes_data(found.remission),
        "groups": [
            {
                "column": group.column,
                "name": group.name,
                "response": _outcomes_data(group.response),
                "remission": _outcomes_data(group.remission),
            }
            for group in found.groups
        ],
        "sites": [
            {
                "name": unit.name,
                "response": _share_data(unit.share),
                "missing": unit.missing,
                "expected": unit.expected,
                "adjusted_share": unit.adjusted_share,
                "beyond": unit.beyond,
            }
            for unit in (found.sites.units if found.sites else ())
        ],
        "beside": [
            {
                "registry": each.registry.name,
                "kind": each.kind,
                "scale": each.scale,
                "published": each.published,
                "ours": _outcomes_data(each.ours),
            }
            for each in found.beside
        ],
        "cautions": list(found.cautions),
    }


def _outcomes_data(found: Outcomes) -> Data:
    return {
        "courses": found.courses,
        "missing": found.missing,
        "seen": _share_data(found.seen),
        "if_missing_failed": found.if_missing_failed.value,
        "if_missing_succeeded": found.if_missing_succeeded.value,
        "weighted": found.weighted,
    }


def _share_data(share: Share) -> Data:
    return {
        "events": share.events,
        "patients": share.patients,
        "value": share.value,
        "low": share.low,
        "high": share.high,
    }


def show_summary(found: RegistrySummary) -> None:
    """Print the summary."""
    invented = f", {found.synthetic} of invented patients" if found.synthetic else ""
    show(
        title("Registry", f"{found.courses} courses of {found.patients} patients{invented}"),
        Text(""),
        table(_HEAD, [_row("all", found.response), _row("all", found.remission)]),
    )
    for column in dict.fromkeys(group.column for group in found.groups):
        rows = [_row(g.name, g.response) for g in found.groups if g.column == column]
        show(section(f"Response by {column}", table(_HEAD, rows)))
    if found.sites is not None and len(found.sites.units) > 1:
        units = [
            (
                unit.name,
                f"{unit.share.events}/{unit.share.patients}",
                str(unit.missing),
                f"{unit.adjusted_share:.0%}",
                f"beyond {unit.beyond:.1%}" if unit.beyond else "",
            )
            for unit in found.sites.units
        ]
        columns = ("site", "responded", "unknown", "adjusted for case mix", "limits")
        show(section("Sites", table(columns, units)))
    if found.beside:
        beside = [
            (each.registry.name, f"{each.kind}, {each.scale}", each.published, _seen(each.ours))
            for each in found.beside
        ]
        head = ("registry", "outcome", "published", "ours, of those seen")
        show(section("Beside published registries", table(head, beside)))
    show(section("Before you use it", bullets(found.cautions)))


_HEAD = ("", "outcome", "courses", "missing", "of those seen", "missing failed", "missing well",
         "weighted")  # fmt: skip


def _row(name: str, found: Outcomes) -> tuple[str, ...]:
    return (
        name,
        found.kind,
        str(found.courses),
        str(found.missing),
        _seen(found),
        f"{found.if_missing_failed.value:.0%}" if found.courses else "–",
        f"{found.if_missing_succeeded.value:.0%}" if found.courses else "–",
        f"{found.weighted:.0%}" if found.seen.patients else "–",
    )


def _seen(found: Outcomes) -> str:
    share = found.seen
    if share.patients == 0:
        return "–"
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"
