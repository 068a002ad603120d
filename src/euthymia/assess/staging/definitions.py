"""Whether a definition of treatment resistance by the number of failures is met."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.assess.medication.episode import Tally, class_counts, class_question, tally_failures
from euthymia.assess.medication.trial import EpisodeFacts
from euthymia.assess.medication.verdicts import ReasonStep, TrialVerdict, sentence_case
from euthymia.assess.staging.results import (
    DefinitionResult,
    at_least,
    reached,
    span_text,
    trial_steps,
    unknown_clause,
)
from euthymia.assess.staging.rules import Definition


def resistance(
    definition: Definition, verdicts: Sequence[TrialVerdict], episode: EpisodeFacts
) -> DefinitionResult:
    """Apply a definition by failures; `verdicts` are those of the definition's instrument."""
    failures = tally_failures(verdicts, episode)
    low, high = class_counts(failures)
    met = at_least(failures.low, failures.high, definition.failures)
    met_classes = at_least(low, high, definition.classes)
    both = False if met is False or met_classes is False else (met and met_classes) or None
    missing = failures.missing if both is None else ()
    question = class_question(failures)
    if met_classes is None and definition.classes > 1 and question:
        missing = (*missing, question)
    verb = {True: "met", False: "not met", None: "open"}[both]
    counted = f"{failures.text} adequate failures of the {definition.failures} needed"
    if definition.classes > 1:
        counted += f", from {span_text(low, high)} classes of the {definition.classes} needed"
    sentence = f"{definition.name}: {verb} ({counted}){unknown_clause(missing)}"
    return DefinitionResult(
        definition=definition,
        met=both,
        failures=failures,
        classes_low=low,
        classes_high=high,
        sentence=sentence,
        missing=missing,
        steps=(*trial_steps([failures]), *_counts(definition, failures, low, high)),
    )


def _counts(definition: Definition, failures: Tally, low: int, high: int) -> tuple[ReasonStep, ...]:
    """The rule in words, and each count against what it asks for."""
    enough = reached(at_least(failures.low, failures.high, definition.failures))
    steps = [
        ReasonStep(sentence_case(definition.text), definition.source),
        ReasonStep(
            f"Different agents that failed adequately in this episode: {failures.text} of "
            f"{definition.failures}, {enough}",
            definition.source,
        ),
    ]
    if definition.classes > 1:
        text = f"Their classes: {span_text(low, high)} of {definition.classes}"
        enough = reached(at_least(low, high, definition.classes))
        steps.append(ReasonStep(f"{text}, {enough}", definition.source))
    return tuple(steps)
