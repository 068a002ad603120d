"""The rules of this room as Markdown pages, rendered from the same tables that the code applies."""

from __future__ import annotations

from collections.abc import Mapping

from euthymia.assess.burden.reference import burden_page
from euthymia.assess.data_files import Span
from euthymia.assess.markdown import cite, page, section, table
from euthymia.assess.medication.catalogue import Agent, AgentKind, all_agents, columns
from euthymia.assess.medication.instruments import Instrument, overlap_rule
from euthymia.assess.reference_clinic import (
    eligibility_page,
    examples_page,
    safety_page,
    scales_page,
    unverified_page,
)
from euthymia.assess.reference_session import session_page
from euthymia.assess.staging.rules import DurationRow, staging_rules
from euthymia.core.references import Citation, Tag


def reference_pages() -> Mapping[str, str]:
    """All pages, by the name of their file without its ending."""
    return {
        "medication": medication_page(),
        "staging": staging_page(),
        "burden": burden_page(),
        "safety": safety_page(),
        "session": session_page(),
        "scales": scales_page(),
        "eligibility": eligibility_page(),
        "examples": examples_page(),
        "unverified": unverified_page(),
    }


def medication_page() -> str:
    """Agents with their doses, and how each instrument judges a trial."""
    together = overlap_rule()
    return page(
        "Medication: agents and adequate trials",
        section("Instruments", _instruments()),
        section(
            "Antidepressants",
            "Doses in mg per day. A dose between two minima is left open.\n",
            _doses(),
            _column_sources(),
        ),
        section("Other treatments", _other_agents()),
        section("What counts as one class or as two", _classes()),
        section("Taken at the same time", f"{together.text}: {cite(together.source)}\n"),
        section("Verification tags", _tags()),
    )


def _instruments() -> str:
    rows = [
        (
            rule.name,
            f"{rule.antidepressant_days.text} days",
            f"{rule.augmentation_days.text} days",
            {"none": "not judged", "usual": "usual range"}.get(rule.dose_list, "own list"),
            f"below {rule.failure_below_pct:g} %",
            "asked for" if rule.confirms_adherence else "assumed",
            "; ".join(
                f"{name.replace('_', ' ')} {span.text}" for name, span in rule.sessions.items()
            ),
            cite(rule.source),
        )
        for rule in (instrument.rule for instrument in Instrument)
    ]
    header = (
        "Instrument", "Antidepressant", "Augmentation", "Minimum dose", "Failure", "Adherence",
        "Sessions", "Source",
    )  # fmt: skip
    return table(header, rows)


def _doses() -> str:
    rows = [
        (
            agent.drug_class,
            agent.name,
            ", ".join(agent.brands),
            _dose(agent.usual),
            _dose(agent.extreme),
            _dose(agent.minimum.get("atrq")),
            _dose(agent.minimum.get("athf")),
            agent.atc or "",
            agent.rxnorm or "",
            agent.note,
        )
        for agent in all_agents()
        if agent.kind is AgentKind.ANTIDEPRESSANT
    ]
    header = (
        "Class", "Agent", "Brand names", "Usual", "Outermost", "ATRQ minimum", "ATHF minimum",
        "ATC", "RxNorm", "Note",
    )  # fmt: skip
    return table(header, rows)


def _column_sources() -> str:
    source = columns()
    rows = [
        ("Class", cite(source.drug_class)),
        ("Brand names", cite(source.brands)),
        ("Usual", cite(source.usual)),
        ("Outermost", cite(source.extreme)),
        *((f"Minimum: {name}", cite(citation)) for name, citation in source.minimum.items()),
        ("ATC", cite(source.atc)),
        ("RxNorm", cite(source.rxnorm)),
        ("Families of classes", cite(source.family)),
        ("Mechanisms", cite(source.mechanism)),
    ]
    return table(("Column", "Source"), rows)


def _other_agents() -> str:
    rows = [
        (
            agent.kind.value,
            agent.name,
            ", ".join(agent.brands),
            agent.atc or "",
            agent.rxnorm or "",
            _dose(agent.minimum.get("augmentation")) or agent.level,
            agent.note,
            cite(agent.minimum_source or _augmentation_source(agent)),
        )
        for agent in all_agents()
        if agent.kind is not AgentKind.ANTIDEPRESSANT
    ]
    return table(
        ("Kind", "Agent", "Other names", "ATC", "RxNorm", "Minimum", "Note", "Source"), rows
    )


def _classes() -> str:
    """Classes that a rater may join or part, with their agents."""
    drugs = [agent for agent in all_agents() if agent.kind is AgentKind.ANTIDEPRESSANT]
    rows = [
        (agent.name, agent.drug_class, agent.family, agent.mechanism)
        for agent in drugs
        if len({agent.drug_class, agent.family, agent.mechanism}) > 1
    ]
    return table(("Agent", "Class", "At least counted as", "At most counted as"), rows)


def _augmentation_source(agent: Agent) -> Citation | None:
    return columns().minimum["augmentation"] if agent.minimum or agent.level else None


def _dose(span: Span | None) -> str:
    return span.text if span else ""


def _tags() -> str:
    return table(("Tag", "Meaning"), [(tag.value, tag.meaning) for tag in Tag])


def staging_page() -> str:
    """Points, bands and stages of every instrument, and the definitions by failures."""
    rules = staging_rules()
    msm = rules.maudsley
    points = [
        *(("duration", _duration(row), str(row.points)) for row in msm.duration),
        *(("severity", row.label, str(row.points)) for row in msm.severity),
        *(("antidepressant failures", row.label, str(row.points)) for row in msm.failures),
        (
            "augmentation",
            "not used / used",
            f"{msm.augmentation.not_used} / {msm.augmentation.used}",
        ),
        ("ECT", "not used / used", f"{msm.ect.not_used} / {msm.ect.used}"),
    ]
    bands = [(band.label, f"{band.low} to {band.high}") for band in msm.band]
    cutoffs = [(f"{c.at_least:g} or more", c.text, cite(c.source)) for c in msm.cutoff]
    stages = "\n".join(f"- {stage}" for stage in rules.thase_rush.stages)
    mgh = [
        ("each adequate failure", f"{rules.mgh_s.per_failure:g}"),
        ("each optimisation", f"{rules.mgh_s.per_optimisation:g}"),
        ("each augmentation", f"{rules.mgh_s.per_augmentation:g}"),
        ("ECT", f"{rules.mgh_s.ect:g}"),
    ]
    european = [
        (row.label, str(row.failures), row.weeks.text if row.weeks else "")
        for row in rules.european.stage
    ]
    definitions = [
        (row.name, row.text, row.instrument.rule.name, cite(row.source)) for row in rules.definition
    ]
    return page(
        "Staging",
        section(
            msm.name,
            f"Source: {cite(msm.source)}\n",
            table(("Dimension", "Category", "Points"), points),
            table(("Band", "Points"), bands),
            table(("Threshold", "Meaning", "Source"), cutoffs),
        ),
        section(
            rules.thase_rush.name,
            f"Source: {cite(rules.thase_rush.source)}. Reading: {rules.thase_rush.open_reading}.\n",
            f"{stages}\n",
        ),
        section(
            rules.mgh_s.name,
            f"Source: {cite(rules.mgh_s.source)}. Reading: {rules.mgh_s.open_reading}.\n",
            table(("For", "Points"), mgh),
        ),
        section(
            rules.european.name,
            f"Source: {cite(rules.european.stages_source)}\n",
            table(("Stage", "Failures", "Weeks as printed"), european),
        ),
        section("Definitions", table(("Name", "Rule", "Adequacy by", "Source"), definitions)),
        section(
            "What is known of the instruments",
            table(("Fact", "Source"), [(fact.text, cite(fact.source)) for fact in rules.fact]),
        ),
    )


def _duration(row: DurationRow) -> str:
    if row.up_to_months is None:
        return f"{row.label} (longer)"
    return f"{row.label} (up to {row.up_to_months} months, that day included)"
