"""The pages on safety, scales, eligibility, examples and unverified rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from euthymia.assess.eligibility.conditions import conditions
from euthymia.assess.eligibility.label import clearances, indications, outside_uses
from euthymia.assess.eligibility.payers import PayerRule, billing_codes, payer_rules
from euthymia.assess.examples import EXAMPLE_FILES, load_examples
from euthymia.assess.markdown import cite, page, section, table
from euthymia.assess.reference_session import conversions
from euthymia.assess.rule_tables import unverified_rules
from euthymia.assess.safety.implants import (
    IMPLANT_PROPERTIES,
    ImplantRule,
    RuleSet,
    implant_kinds,
    implant_rules,
)
from euthymia.assess.safety.screen import questionnaires, screen_items
from euthymia.assess.safety.seizure_drugs import drug_groups, seizure_risk
from euthymia.assess.scales.scale_rules import (
    Beside,
    Change,
    ClusterRule,
    Outcome,
    Scale,
    all_scales,
    find_scale,
)


def safety_page() -> str:
    """Questions, rules on implants, drugs and the risk of a seizure."""
    asked = [(row.name, row.rule, cite(row.source)) for row in questionnaires().values()]
    items = [
        (
            item.text,
            str(item.tass or ""),
            str(item.ifcn or ""),
            item.checklist or "",
            item.yes,
            item.unknown,
            item.message,
            cite(item.source),
        )
        for item in screen_items()
    ]
    drugs = [
        (group.name, group.severity, ", ".join(group.drugs), cite(group.source))
        for group in drug_groups()
    ]
    risk = [
        (figure.text, figure.estimate.text(2), cite(figure.source)) for figure in seizure_risk()
    ]
    header = ("Question", "TASS", "IFCN", "Checklist", "Yes", "Not asked", "Meaning", "Source")
    return page(
        "Safety screen",
        section("Questionnaires", table(("Questionnaire", "Rule", "Source"), asked)),
        section(
            "Questions",
            table(header, items),
        ),
        *(section(f"Implants: {rule_set.value}", _implants(rule_set)) for rule_set in RuleSet),
        section("Drugs", table(("Group", "Severity", "Names", "Source"), drugs)),
        section("Risk of a seizure", table(("Figure", "Value", "Source"), risk)),
    )


def _implants(rule_set: RuleSet) -> str:
    rows = [
        (rule.message, _conditions(rule), rule.severity, rule.limit, cite(rule.source))
        for rule in implant_rules()
        if rule.rule_set is rule_set
    ]
    return table(("Rule", "When", "Severity", "Limit", "Source"), rows)


def _conditions(rule: ImplantRule) -> str:
    names = {kind.id: kind.name for kind in implant_kinds()}
    parts = []
    if rule.kinds:
        parts.append(" or ".join(names[kind] for kind in rule.kinds))
    if rule.not_kinds:
        parts.append("not a " + " or ".join(names[kind] for kind in rule.not_kinds))
    for name in (*IMPLANT_PROPERTIES, "physiological"):
        value = getattr(rule, name)
        if value is not None:
            parts.append(name.replace("_", "-") if value else f"not {name.replace('_', '-')}")
    if rule.up_to_cm is not None:
        parts.append(f"up to {rule.up_to_cm:g} cm from the coil")
    if rule.electronics_nearer_than_cm is not None:
        parts.append(f"electronics nearer than {rule.electronics_nearer_than_cm:g} cm")
    if rule.electronics_at_least_cm is not None:
        parts.append(f"electronics at {rule.electronics_at_least_cm:g} cm or more")
    return "; ".join(parts)


def scales_page() -> str:
    """Range, bands, response, remission, change and licence of every scale."""
    return page(
        "Scales",
        *(section(scale.name, _scale(scale)) for scale in all_scales()),
        section("Conversions", conversions()),
    )


def _scale(scale: Scale) -> str:
    rows = [
        ("range", f"{scale.low:g} to {scale.high:g}", cite(scale.source)),
        ("licence", scale.licence.text, cite(scale.licence.source)),
    ]
    for bands in scale.bands:
        said = "; ".join(f"{band.label} {band.low} to {band.high}" for band in bands.band)
        rows.append((f"bands: {bands.name}", said, cite(bands.source)))
    if scale.response:
        rows.append(("response", f"{scale.response.pct:g} % better", cite(scale.response.source)))
    if scale.remission:
        text = f"{scale.remission.at_most:g} or less{_beside(scale.remission.beside)}"
        rows.append(("remission", text, cite(scale.remission.source)))
    if scale.relapse:
        rows.append(("relapse", f"{scale.relapse.at_least:g} or more", cite(scale.relapse.source)))
    for name, change in (
        ("minimal important change", scale.important_change),
        ("reliable change", scale.reliable_change),
        ("important difference between groups (never used for one patient)",
         scale.group_difference),
    ):  # fmt: skip
        if change:
            rows.append((name, _change(change), cite(change.source)))
    rows += [(row.text, _outcome(row), cite(row.source)) for row in scale.outcomes]
    rows += [(c.text, c.limit, cite(c.source)) for c in scale.cutoffs]
    if scale.clusters:
        rows.append((scale.clusters.text, _clusters(scale.clusters), cite(scale.clusters.source)))
    if scale.missing:
        rows.append(("missing items", _missing(scale.missing.up_to), cite(scale.missing.source)))
    if scale.suicide:
        numbers = ", ".join(str(number) for number in scale.suicide.items)
        text = f"item {numbers}, from {scale.suicide.at_least} up"
        rows.append(("opens a safety task", text, cite(scale.suicide.source)))
    return f"{scale.title}\n\n{table(('What', 'Rule', 'Source'), rows)}"


def _change(change: Change) -> str:
    if change.points is None:
        return f"{change.pct_of_baseline:g} % of the first score"
    upper = f" to {change.points_high:g}" if change.points_high else ""
    return f"{change.points:g}{upper} points"


def _outcome(row: Outcome) -> str:
    upper = f" and below {row.pct_below:g} %" if row.pct_below else ""
    return f"{row.pct_at_least:g} % better{upper}{_beside(row.beside)}"


def _beside(row: Beside | None) -> str:
    return f", with {find_scale(row.scale).name} of {row.at_most:g} or less" if row else ""


def _clusters(rule: ClusterRule) -> str:
    parts = [
        f"{row.name}: {row.at_least} or more of items {row.items[0]} to {row.items[-1]}"
        for row in rule.cluster
    ]
    return f"answers of {rule.answer_at_least} or more; {'; '.join(parts)}"


def _missing(up_to: int) -> str:
    if not up_to:
        return "all items have to be answered"
    return f"up to {up_to} replaced by the mean of the others; with more there is no score"


def eligibility_page() -> str:
    """Cleared uses, clearances by date, and what lies outside."""
    uses = [(row.name, row.text, cite(row.source)) for row in indications()]
    given = [
        (
            row.number,
            row.device,
            ", ".join(row.indications),
            row.latest.isoformat()
            if row.earliest == row.latest
            else f"{row.earliest.isoformat()} to {row.latest.isoformat()}",
            cite(row.source),
        )
        for row in sorted(clearances(), key=lambda one: one.latest)
    ]
    outside = [
        (row.diagnosis.value, row.status.label, row.text, cite(row.source))
        for row in outside_uses()
    ]
    treated = [
        (
            row.name,
            ", ".join(find_scale(scale).name for scale in row.scales),
            row.target,
            ", ".join(row.protocols),
            f"{row.grade.label}: {row.evidence}",
            cite(row.source),
        )
        for row in conditions()
    ]
    header = ("Condition", "Scales", "Target", "Protocols", "Evidence", "Source")
    return page(
        "Indications and clearances (FDA)",
        section("Conditions", table(header, treated)),
        section("Cleared uses", table(("Use", "Label", "Source"), uses)),
        section("Clearances", table(("Number", "Device", "Uses", "Date", "Source"), given)),
        section("Outside", table(("Diagnosis", "Status", "Why", "Source"), outside)),
        section("Payers", _payers()),
    )


def _payers() -> str:
    rows = [
        (
            rule.name,
            rule.dates,
            _asks(rule),
            "; ".join(f"{row.who}: {row.what}" for row in rule.confirm),
            "; ".join(rule.excludes),
            cite(rule.source),
        )
        for rule in payer_rules()
    ]
    header = ("Payer", "In force", "Criteria", "To be confirmed", "Excluded", "Source")
    codes = [(row.code, row.text, cite(row.source)) for row in billing_codes()]
    return table(header, rows) + "\n" + table(("CPT", "For", "Source"), codes)


def _asks(rule: PayerRule) -> str:
    """The criteria of a payer's rule in words."""
    if not rule.criteria_known:
        return "not on record"
    asked = [
        f"from {rule.age_from_years} years" if rule.age_from_years else "",
        f"{rule.failures} failed of {rule.classes} classes" if rule.failures else "",
        "one not tolerated counts" if rule.intolerance_counts else "",
        f"or {rule.or_intolerances} not tolerated" if rule.or_intolerances else "",
        "severe" if rule.severe else "",
        "not psychotic" if rule.no_psychosis else "",
        "no implant by the labels" if rule.no_implant else "",
        "psychotherapy" if rule.psychotherapy else "",
        f"PHQ-9 of {rule.phq9_at_least} or more" if rule.phq9_at_least else "",
        f"up to {rule.sessions_at_most} sessions" if rule.sessions_at_most else "",
    ]
    return "; ".join(part for part in asked if part)


def examples_page() -> str:
    """The worked examples that the tests run."""
    return page(
        "Worked examples",
        "Every row is run as a test.\n",
        *(_examples(name) for name in EXAMPLE_FILES),
    )


def _examples(name: str) -> str:
    examples = load_examples(name)
    rows = [[_plain(row.get(column)) for column in examples.columns] for row in examples.rows]
    return section(examples.title, table(examples.columns, rows))


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, Mapping):
        return f"{value.get('ref', '')} [{value.get('tag', '')}]"
    return str(value)


def unverified_page() -> str:
    """Every rule that was recalled and is still to be checked."""
    rows = [(rule.table, rule.place, cite(rule.citation)) for rule in unverified_rules()]
    return page(
        "Unverified rules",
        "These rules of the assessment stand as recalled. They are shown as unverified wherever a "
        "clinician sees them. Protocols, targets, doses and schedules mark theirs on their own "
        "pages.\n",
        table(("Table", "Rule", "Source to check"), rows),
    )
