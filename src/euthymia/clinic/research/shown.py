"""Registry and evidence as tables."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from euthymia.clinic.ui import formats, names
from euthymia.clinic.ui.values import Column, Row, Table
from euthymia.learn.evidence.summary import MetaAnalysis
from euthymia.learn.registry.outcomes import Outcomes
from euthymia.learn.registry.summary import RegistrySummary

Three = tuple[float, float, float]

_SURE = 0.0001

_NAMES: dict[str, Callable[[str], str]] = {"protocol": names.protocol, "target": names.target}
"""What the values of a column are called on pages."""


def registry_tables(found: RegistrySummary) -> tuple[Table, ...]:
    """All outcomes, then by protocol and so on, then sites, then beside published registries."""
    tables = [
        _outcomes(_("All courses"), [("response", found.response), ("remission", found.remission)])
    ]
    for column in dict.fromkeys(group.column for group in found.groups):
        named = _NAMES.get(column, str)
        rows = [(named(g.name), g.response) for g in found.groups if g.column == column]
        tables.append(_outcomes(_("Response by %(column)s") % {"column": column}, rows))
    if found.sites is not None and len(found.sites.units) > 1:
        tables.append(_sites(found))
    if found.beside:
        tables.append(_beside(found))
    return tuple(tables)


def pooled_rows(found: MetaAnalysis) -> list[tuple[str, str]]:
    """The sum, how sure it is, and how far the trials differ."""
    spread, predicted = found.pooled.heterogeneity, found.pooled.predicted_shown
    rows = [
        (_("Together"), f"{found.measure} {_three(found.pooled.shown)}"),
        (_("By chance alone"), f"p {_chance(found.pooled.p_value)}"),
        (_("Method"), f"{found.pooled.between}, {found.pooled.spread}"),
        (
            _("A further trial"),
            f"{predicted[0]:.2f} to {predicted[1]:.2f}" if predicted else formats.not_known(),
        ),
        (
            _("Number needed to treat"),
            found.needed.text if found.needed else formats.not_known(),
        ),
        (
            _("Heterogeneity"),
            f"I² {spread.i_squared:.0%}, τ² {spread.tau_squared:.3f}, p {spread.p_value:.3f}",
        ),
    ]
    if found.left_out:
        rows.append((_("Left out"), ", ".join(found.left_out)))
    return rows


def estimators(found: MetaAnalysis) -> Table:
    """The same trials by every other estimator."""
    rows = [
        Row((str(each.between), _three(each.shown), _chance(each.p_value))) for each in found.others
    ] + [Row((each.method, _three(each.shown), _chance(each.p_value))) for each in found.by_counts]
    columns = (Column(_("Method")), Column(str(found.measure)), Column("p"))
    return Table(_("Other estimators"), columns, rows)


def without_each(found: MetaAnalysis) -> Table:
    """The sum without each trial in turn."""
    rows = [Row((step.study, _three(step.pooled.shown))) for step in found.without_each]
    return Table(_("Without each trial"), (Column(_("Without")), Column(str(found.measure))), rows)


def _outcomes(caption: str, rows: list[tuple[str, Outcomes]]) -> Table:
    columns = (
        Column(""),
        Column(_("Courses"), numeric=True),
        Column(_("Outcome missing"), numeric=True),
        Column(_("Of those seen")),
        Column(_("If the missing failed"), numeric=True),
        Column(_("If the missing did well"), numeric=True),
        Column(_("Weighted"), numeric=True),
    )
    return Table(caption, columns, [Row(_cells(name, found)) for name, found in rows])


def _cells(name: str, found: Outcomes) -> tuple[str, ...]:
    share = found.seen
    none = "–"
    return (
        name,
        str(found.courses),
        str(found.missing),
        formats.interval(share.value, share.low, share.high, share=True)
        if share.patients
        else none,
        formats.percent(found.if_missing_failed.value) if found.courses else none,
        formats.percent(found.if_missing_succeeded.value) if found.courses else none,
        formats.percent(found.weighted) if share.patients else none,
    )


def _sites(found: RegistrySummary) -> Table:
    assert found.sites is not None  # the caller has seen to it
    rows = [
        Row(
            (
                unit.name,
                f"{unit.share.events} / {unit.share.patients}",
                str(unit.missing),
                formats.percent(unit.adjusted_share),
                _("beyond %(limit)s") % {"limit": f"{unit.beyond:.1%}"} if unit.beyond else "",
            )
        )
        for unit in found.sites.units
    ]
    columns = (
        Column(_("Site")),
        Column(_("Responded"), numeric=True),
        Column(_("Outcome missing"), numeric=True),
        Column(_("Adjusted for case mix"), numeric=True),
        Column(_("Limits")),
    )
    return Table(_("Sites"), columns, rows)


def _beside(found: RegistrySummary) -> Table:
    rows = []
    for each in found.beside:
        share = each.ours.seen
        ours = formats.interval(share.value, share.low, share.high, share=True)
        rows.append(
            Row(
                (
                    each.registry.name,
                    f"{each.kind}, {each.scale}",
                    each.published,
                    ours if share.patients else "–",
                )
            )
        )
    columns = (
        Column(_("Registry")),
        Column(_("Outcome")),
        Column(_("Published")),
        Column(_("Ours, of those seen")),
    )
    return Table(_("Beside published registries"), columns, rows)


def _three(shown: Three) -> str:
    value, low, high = shown
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def _chance(p_value: float) -> str:
    return f"< {_SURE}" if p_value < _SURE else f"{p_value:.4f}"
