"""What TMS brings, spares and achieves, as cited data: `data/burden.toml`."""

from __future__ import annotations

from functools import cache

from euthymia.assess.data_files import Row, load_table
from euthymia.core.references import Citation


class Brought(Row):
    """Something that patients on TMS report or risk, of 100 or of 1,000, where it was counted."""

    id: str
    text: str
    when: str
    per_100: float | None = None
    per_1000: float | None = None
    low: float | None = None
    high: float | None = None
    source: Citation

    @property
    def count(self) -> str:
        """ "35.8 of 100", "0.71 of 1,000 (0.42 to 1.11)", or nothing where it was not counted."""
        value = self.per_100 if self.per_100 is not None else self.per_1000
        if value is None:
            return ""
        shown = f"{value:g} of 100" if self.per_100 is not None else f"{value:g} of 1,000"
        interval = self.low is not None and self.high is not None
        return f"{shown} ({self.low:g} to {self.high:g})" if interval else shown


class Spared(Row):
    """A side effect of drugs that TMS does not have."""

    effect: str
    source: Citation


class Benefit(Row):
    """What a trial, or several pooled, found: of 100 with TMS, and of 100 with the comparator."""

    id: str
    text: str
    with_tms: float
    compared: float
    comparator: str
    null: bool = False
    source: Citation


class Lasting(Row):
    """Of 100 who got clearly better, how many still were after some months, with its interval."""

    months: int
    per_100: float
    low: float
    high: float
    source: Citation


class NextDrug(Row):
    """Of 100, how many got well with that step of drug treatment."""

    step: int
    per_100: float
    source: Citation


class Claim(Row):
    """What is often said of TMS, and how far it holds."""

    words: str
    verdict: str
    source: Citation


class BurdenFacts(Row):
    """The whole file."""

    brings: tuple[Brought, ...]
    spares: tuple[Spared, ...]
    benefit: tuple[Benefit, ...]
    lasting: tuple[Lasting, ...]
    next_drug: tuple[NextDrug, ...]
    claim: tuple[Claim, ...]

    def next_step(self, failures: int) -> NextDrug:
        """The chance with the drug after so many failures; the last known one beyond the table."""
        return self.next_drug[min(failures, len(self.next_drug) - 1)]


@cache
def burden_facts() -> BurdenFacts:
    """Everything that stands beside the burden."""
    return BurdenFacts.model_validate(load_table("burden.toml"))
