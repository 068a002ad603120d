"""How it was computed: what a physicist needs to judge, and to repeat, the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.model.field.conductivity import Conductivities
from euthymia.report.blocks import Block, Content, Facts, Paragraph, Table, content
from euthymia.report.document import Section


def computation_section(
    facts: Sequence[tuple[str, Content]],
    conductivities: Conductivities,
    remarks: Sequence[Content] = (),
) -> Section:
    """Software, head, coil and solver as names with values, and the conductivities used."""
    blocks: list[Block] = [Facts(tuple(facts)), _conductivities(conductivities)]
    blocks += [Paragraph(remark, quiet=True) for remark in remarks]
    return Section("How it was computed", tuple(blocks))


def _conductivities(used: Conductivities) -> Table:
    rows = tuple(
        (
            (tissue.label,),
            content(f"{known.value_s_per_m:g}", used.source),
            (f"{known.low_s_per_m:g} to {known.high_s_per_m:g}",),
        )
        for tissue, known in sorted(used.by_tissue.items())
    )
    return Table(
        "Conductivities, S/m",
        ("Tissue", "Used", "Range in the literature"),
        rows,
        shares=(1, 1, 1.4),
        unbroken=True,
    )
