"""The facts beside the burden as a Markdown page, rendered from the table that the code applies."""

from __future__ import annotations

from euthymia.assess.burden.evidence import burden_facts
from euthymia.assess.markdown import cite, page, section, table
from euthymia.assess.medication.told.words import side_effect_source, side_effects


def burden_page() -> str:
    """What TMS brings, spares and achieves, and the side effects that are counted."""
    facts = burden_facts()
    names = {effect.id: effect.name for effect in side_effects()}
    brings = [(row.text, row.count, row.when, cite(row.source)) for row in facts.brings]
    spares = [(names[row.effect], cite(row.source)) for row in facts.spares]
    benefit = [
        (
            row.text,
            f"{row.with_tms:g}",
            f"{row.compared:g} with {row.comparator}",
            "no difference" if row.null else "",
            cite(row.source),
        )
        for row in facts.benefit
    ]
    lasting = [
        (f"{row.months} months", f"{row.per_100:g} ({row.low:g} to {row.high:g})", cite(row.source))
        for row in facts.lasting
    ]
    drugs = [(str(row.step), f"{row.per_100:g}", cite(row.source)) for row in facts.next_drug]
    claims = [(row.words, row.verdict, cite(row.source)) for row in facts.claim]
    effects = [(row.name, ", ".join(row.words)) for row in side_effects()]
    return page(
        "Burden and benefit",
        "What stands on the page for the talk with the patient, beside the own history.\n",
        section("What TMS brings", table(("What", "How many", "When", "Source"), brings)),
        section("What it does not bring", table(("Side effect of drugs", "Source"), spares)),
        section(
            "What trials found, of 100 people",
            table(("Trial", "With TMS", "Compared", "", "Source"), benefit),
        ),
        section(
            "How long it lasts, of 100 who got clearly better",
            table(("After", "Still so", "Source"), lasting),
        ),
        section(
            "The next drug: of 100, how many got well",
            table(("Step", "Well", "Source"), drugs),
        ),
        section("What may be said of it", table(("Claim", "How far it holds", "Source"), claims)),
        section(
            "Side effects and the words they are told in",
            f"Grouping: {cite(side_effect_source())}\n",
            table(("Counted as", "Words"), effects),
        ),
    )
