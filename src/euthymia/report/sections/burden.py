"""The burden in plain words: what treatment has cost so far, and what TMS brings and does not."""

from __future__ import annotations

from euthymia.assess.burden.burden import BorneEffect, Burden, ClassTally, years
from euthymia.assess.burden.evidence import Benefit, burden_facts
from euthymia.assess.medication.told.words import side_effect_of, side_effects
from euthymia.report.blocks import (
    Block,
    Bullets,
    Content,
    Figure,
    Paragraph,
    Strong,
    Table,
    content,
)
from euthymia.report.document import Section
from euthymia.report.figures import burden as picture
from euthymia.report.sections.words import count, sentence


def burden_section(burden: Burden, failures: int) -> Section:
    """The section for the talk in which patient and doctor decide.

    failures: how many antidepressants surely failed in this episode; it sets beside TMS the chance
    with the next drug.
    """
    blocks: list[Block] = [Paragraph(_so_far(burden))]
    if burden.classes:
        blocks.append(_figure(burden))
    blocks += [
        _brings(),
        Paragraph(_spares()),
        _benefits(),
        Paragraph(_next_drug(failures)),
        Paragraph(_lasting()),
        Bullets(
            tuple(content(f"“{c.words}”: {c.verdict}", c.source) for c in burden_facts().claim)
        ),
    ]
    return Section("What treatment has cost, and what TMS brings", tuple(blocks))


def _so_far(burden: Burden) -> Content:
    """How much was tried, for how long, and what it brought."""
    tried = f"{count(burden.trials, 'treatment')} with {count(len(burden.agents), 'agent')}"
    parts = [f"So far {tried} on record."]
    if burden.episode_days is not None:
        parts.append(f" This episode has lasted {burden.episode_years}.")
    if burden.failed_days.low or burden.failed_days.high:
        parts.append(f" Time on drugs that did not help: {years(burden.failed_days)}.")
    if burden.effects:
        listed = ", ".join(row.name for row in burden.effects)
        parts.append(f" Side effects on record: {listed}.")
    if burden.stopped_for_effects:
        parts.append(f" Stopped because of side effects: {', '.join(burden.stopped_for_effects)}.")
    return tuple(parts)


def _figure(burden: Burden) -> Figure:
    svg = picture.draw(
        [_class_row(row) for row in burden.classes],
        [_effect_row(row) for row in burden.effects],
        [_benefit_row(row) for row in burden_facts().benefit],
    )
    caption = (
        "What was tried and what came of it; the side effects it brought, and whether TMS brings "
        "them, too; and what trials of TMS found, those without a difference included."
    )
    return Figure.of(svg, (caption,))


def _class_row(row: ClassTally) -> picture.ClassRow:
    counts = {
        "failed": row.failed,
        "not_tolerated": row.not_tolerated,
        "helped": row.helped,
        "open": row.open,
    }
    return picture.ClassRow(row.name, counts)


def _effect_row(row: BorneEffect) -> picture.EffectRow:
    return picture.EffectRow(row.name, row.agents, with_tms(row), row.with_tms is False)


def with_tms(row: BorneEffect) -> str:
    """What is to be said of TMS about a side effect of drugs."""
    if row.with_tms is None:
        return "not on record"
    if row.with_tms is False:
        return "not with TMS"
    known = side_effect_of(row.name)
    brought = {fact.id: fact for fact in burden_facts().brings}
    fact = brought.get(known.tms) if known else None
    return fact.count if fact and fact.count else "can happen"


def _benefit_row(row: Benefit) -> picture.BenefitRow:
    return picture.BenefitRow(
        sentence(row.text).rstrip("."), row.with_tms, row.compared, row.comparator, row.null
    )


def _brings() -> Table:
    rows = tuple(
        (content(sentence(fact.text).rstrip("."), fact.source), (fact.count or "",), (fact.when,))
        for fact in burden_facts().brings
    )
    return Table(
        "What TMS brings", ("What", "How many", "When"), rows, shares=(3, 2.2, 3), unbroken=True
    )


def _spares() -> Content:
    names = {effect.id: effect.name for effect in side_effects()}
    spared = burden_facts().spares
    listed = [names[row.effect] for row in spared]
    told = f"No drug enters the body. TMS has not been seen to bring {', '.join(listed)}."
    return content(Strong("What it does not bring. "), told, spared[0].source)


def _benefits() -> Table:
    rows = tuple(
        (
            content(sentence(row.text).rstrip("."), row.source),
            (f"{row.with_tms:g}",),
            (f"{row.compared:g} with {row.comparator}",),
        )
        for row in burden_facts().benefit
    )
    return Table(
        "What trials found, of 100 people",
        ("Trial", "With TMS", "Compared"),
        rows,
        shares=(5, 1.2, 2.2),
        unbroken=True,
    )


def _next_drug(failures: int) -> Content:
    fact = burden_facts().next_step(failures)
    if failures:
        failed = f"{failures} drug{'' if failures == 1 else 's'} that did not help"
        told = f"After {failed}, {fact.per_100:g} of 100 people got well with the next one."
    else:
        told = f"{fact.per_100:g} of 100 people got well with a first drug."
    return content(Strong("The next drug, to compare. "), told, fact.source)


def _lasting() -> Content:
    facts = burden_facts().lasting
    told = "; ".join(
        f"{row.per_100:g} of 100 after {row.months} months ({row.low:g} to {row.high:g})"
        for row in facts
    )
    return content(
        Strong("How long it lasts. "),
        f"Of those who got clearly better, still so: {told}.",
        facts[0].source,
    )


def _claims() -> tuple[Content, ...]:
    """What is often said of TMS, and how far it holds."""
    claims = burden_facts().claim
    return tuple(content(f"“{claim.words}”: {claim.verdict}", claim.source) for claim in claims)
