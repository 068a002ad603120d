"""What is missing for a payer, as tasks: who does what, why, and which rule asks for it.

Who settles what stands in `data/payers.toml`. A condition that is not met is no task: it is said
apart, because no paper can mend it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from euthymia.assess.eligibility.label import EligibilityResult, LabelStatus
from euthymia.assess.eligibility.payers import PayerResult, settles
from euthymia.core.references import Citation


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that a person has to do before a request can go out."""

    who: str
    what: str
    why: str
    rule: str
    source: Citation

    @property
    def sentence(self) -> str:
        """ "coordinator: enter the date of birth (from 18 years; ...; asked by ...)"."""
        return f"{self.who}: {self.what} ({self.why}; {self.rule})"


def payer_tasks(result: PayerResult) -> tuple[Task, ...]:
    """What is missing, and what only a person can confirm, for one payer's rule."""
    return tuple(_tasks(result))


def label_tasks(result: EligibilityResult | None) -> tuple[Task, ...]:
    """What would settle a label status that is open; nothing for one that is settled."""
    if result is None or result.status is not LabelStatus.UNDETERMINED:
        return ()
    found: dict[str, Task] = {}
    for weighed in result.results:
        if weighed.met is not None:
            continue
        for condition in weighed.conditions:
            if condition.held is None:
                settle = settles(condition.fact.value)
                why, name = condition.reason.text, weighed.indication.name
                source = weighed.indication.source
                found.setdefault(settle.what, Task(settle.who, settle.what, why, name, source))
    return tuple(found.values())


def unmet(result: PayerResult) -> tuple[str, ...]:
    """The conditions that are not met, each as a sentence of what was asked and what was found."""
    return tuple(c.reason.text for c in result.conditions if c.held is False)


def _tasks(result: PayerResult) -> Iterator[Task]:
    rule = result.rule
    for condition in result.conditions:
        if condition.held is None:
            settle = settles(condition.fact.value)
            missing = ", ".join(condition.missing)
            why = f"{condition.asked}: unknown" + (f", missing: {missing}" if missing else "")
            yield Task(settle.who, settle.what, why, rule.name, rule.source)
    if result.in_force is None:
        settle = settles("dates")
        why = "the dates of this rule are not on record"
        yield Task(settle.who, settle.what, why, rule.name, rule.source)
    for point in rule.confirm:
        why = "the record cannot show it"
        yield Task(point.who, f"confirm: {point.what}", why, rule.name, rule.source)
