"""The head that a plan is made on, and whether it is this patient's."""

from __future__ import annotations

from pathlib import Path

from euthymia.cli.cases import CaseOn
from euthymia.cli.heads import DEFAULT, coarse_findings, head_named, head_of_t1
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.progress import Progress, stage
from euthymia.model.head.head import Head
from euthymia.model.head.image.read import load_head_image
from euthymia.model.head.tape import TapeMeasures, shaped_head


def plan_head(
    name: str | None, opened: CaseOn, progress: Progress
) -> tuple[Head, tuple[Finding, ...]]:
    """The head to plan on, and what is to be said of it.

    The named one; or the one of the case's T1; or the default one, shaped by the tape measurements
    where the chart has them.
    """
    if name is None:
        t1 = opened.case.t1()
        if t1 is not None:
            return head_of_t1(t1, progress), opened.case.image_findings()
        return _without_image(opened, progress)
    head = head_named(name, progress)
    doubts = _default_instead(opened) if name == DEFAULT else _whose(name, head, opened, progress)
    return head, (*coarse_findings(head.volume), *doubts)


def _without_image(opened: CaseOn, progress: Progress) -> tuple[Head, tuple[Finding, ...]]:
    """The default head, in the patient's size where a tape was used and its measures are sound."""
    if opened.chart.head is None:
        return head_named(DEFAULT, progress), ()
    measured = opened.chart.head.fact
    try:
        tape = TapeMeasures(
            measured.nasion_inion_mm, measured.tragus_tragus_mm, measured.circumference_mm
        )
        head = shaped_head(tape, progress)
    except InputError as refusal:
        doubt = Finding(
            "plan.tape-not-used",
            Severity.ACKNOWLEDGE,
            "head model",
            f"The tape measurements of {measured.measured_on.isoformat()} were not used, and the "
            f"plan is made on the default head as it is: {refusal}",
        )
        return head_named(DEFAULT, progress), (doubt,)
    return head, head.findings


def _default_instead(opened: CaseOn) -> tuple[Finding, ...]:
    """A caution where the patient's own image is passed over."""
    attached = any(found.fact.contrast == "T1" for found in opened.chart.images)
    if not attached and opened.case.t1() is None:
        return ()
    return (
        Finding(
            "plan.own-image-not-used",
            Severity.CAUTION,
            "head model",
            "The case has a T1 of this patient, but the plan was asked for on the default head",
        ),
    )


def _whose(name: str, head: Head, opened: CaseOn, progress: Progress) -> tuple[Finding, ...]:
    """What shows that a named head is this patient's: it was built from the case's own T1."""
    try:
        t1 = opened.case.t1()
    except InputError as refusal:
        return (_not_shown(Path(name).name, refusal.problem),)
    if t1 is None:
        return (_not_shown(Path(name).name, "the case has no T1 to compare it with"),)
    with stage(progress, "Comparing the head with the case's T1"):
        own = load_head_image(t1).frame
    if own.id == head.frame.id:
        return ()
    return (
        Finding(
            "plan.head-of-another-image",
            Severity.ACKNOWLEDGE,
            "head model",
            "The head in use was not built from the T1 of this case: make sure that it is this "
            "patient's, or build it from the T1",
            found=head.frame.id[:24],
            limit=own.id[:24],
        ),
    )


def _not_shown(name: str, why: str) -> Finding:
    return Finding(
        "plan.head-not-shown-own",
        Severity.ACKNOWLEDGE,
        "head model",
        f"Nothing shows that the head {name} is this patient's ({why}): make sure that it is",
    )
