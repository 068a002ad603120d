"""The page on the questions before each session, and the section on conversions of scales."""

from __future__ import annotations

from euthymia.assess.data_files import Span
from euthymia.assess.markdown import cite, page, section, table
from euthymia.assess.safety.session_rules import SessionQuestion, session_rules
from euthymia.assess.scales.crosswalk import crosswalks
from euthymia.assess.scales.scale_rules import find_scale


def session_page() -> str:
    """Questions, verdicts, stop rules, reasons for a new threshold, precautions, adverse events."""
    rules = session_rules()
    verdicts = list(rules.verdicts.items())
    again = rules.redetermination
    reasons = [(row.text, row.severity.label, cite(row.source)) for row in again.reason]
    stops = [
        (row.text, row.scope.value, "; ".join(row.actions), row.before_next, cite(row.source))
        for row in rules.stop
    ]
    events = [
        (row.name, f"{row.label_pct:g} %" if row.label_pct else "", row.stop or "")
        for row in rules.event
    ]
    rates = cite(rules.events.rates_source)
    return page(
        "Before each session",
        "The gravest finding gives the verdict of the day.\n",
        section("Verdicts", table(("Gravest finding", "Verdict"), verdicts)),
        section("Questions", _questions(rules.question)),
        section("The calendar and the coil", _calendar()),
        section(
            "When the motor threshold is measured again",
            table(("Reason", "Severity", "Source"), reasons),
            f"A change of more than {again.changed_points_mso:g} % MSO, or of "
            f"{again.changed_pct:g} % of the earlier one, is looked at again: "
            f"{cite(again.changed_source)}. Billed as CPT {again.cpt}.\n",
        ),
        section(
            "When to stop",
            table(("Event", "Stops the", "Do", "Before going on", "Source"), stops),
        ),
        section(
            "Precautions",
            table(("What", "Source"), [(row.text, cite(row.source)) for row in rules.precaution]),
        ),
        section(
            "Adverse events",
            table(("Event", "In the label", "Stop rule"), events),
            f"Frequencies: {rates}. Left the trial for adverse events: "
            f"{rules.events.dropout_pct:g} % ({cite(rules.events.dropout_source)}).\n",
        ),
    )


def _questions(questions: tuple[SessionQuestion, ...]) -> str:
    rows = [
        (
            row.text,
            f"below {row.below_hours:g} h: {row.yes.label}" if row.below_hours else row.yes.label,
            row.unknown.label,
            "yes" if row.threshold_reason else "",
            f"{row.message}. {row.remedy}",
            cite(row.source),
        )
        for row in questions
    ]
    header = ("Question", "Yes", "Not answered", "New threshold", "Meaning", "Source")
    return table(header, rows)


def _calendar() -> str:
    rules = session_rules()
    gaps, first, coil = rules.gaps, rules.first_sessions, rules.h_coil
    rows = [
        (f"session 1 to {first.sessions}", first.severity.label, first.message, cite(first.source)),
        ("H-coil", coil.severity.label, coil.message, cite(coil.source)),
        (
            f"{gaps.missed_in_a_row} sessions missed in a row",
            gaps.missed_severity.label,
            gaps.missed_message,
            cite(gaps.source),
        ),
        (
            f"{gaps.gap_days} days since the last session",
            gaps.gap_severity.label,
            gaps.gap_message,
            cite(gaps.source),
        ),
    ]
    return table(("What", "Severity", "Meaning", "Source"), rows)


def conversions() -> str:
    """Every conversion table, with what it is good for."""
    known = crosswalks()
    family = known.ids_family
    names = tuple(family.row[0])
    rows = [[_span(row[name]) for name in names] for row in family.row]
    header = tuple(find_scale(name).name for name in names)
    parts = [
        f"A converted score is {known.caveat}.\n",
        f"{family.text}: {cite(family.source)}. {'; '.join(family.quirks)}.\n",
        table(header, rows),
    ]
    for anchors in known.anchors:
        first, second = (find_scale(scale).name for scale in anchors.scales)
        pairs = [(f"{p.score:g}", _ends(p.low, p.high)) for p in anchors.pairs]
        changes = [(f"{p.score:g}", _ends(p.low, p.high)) for p in anchors.change_pairs]
        parts += [
            f"{anchors.text}: {cite(anchors.source)}; {anchors.note}. Between two pairs nothing is "
            "interpolated.\n",
            table((first, second), pairs),
            table((f"change on {first}", f"change on {second}"), changes),
        ]
    single = [(row.text, cite(row.source)) for row in known.link]
    single += [(row.text, cite(row.source)) for row in known.change_link]
    parts.append(table(("Single equivalents", "Source"), single))
    elsewhere = [(row.text, cite(row.source)) for row in known.elsewhere]
    parts.append(table(("Published, and not on record here", "Source"), elsewhere))
    for scores in (known.promis_t, known.phq9_promis_t):
        errors = scores.standard_error or (scores.error_sd or 0.0,) * len(scores.t_score)
        rows_t = [
            [str(scores.first + place), f"{t:g}", f"{error:g}"]
            for place, (t, error) in enumerate(zip(scores.t_score, errors, strict=True))
        ]
        parts.append(f"{scores.text}: {cite(scores.source)}.\n")
        parts.append(table(("Score", "T", "Standard error"), rows_t))
    return "\n".join(parts)


def _span(span: Span) -> str:
    return span.text


def _ends(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
