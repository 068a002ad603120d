"""The head that a plan is made on, and whether it is this patient's."""

from __future__ import annotations

from pathlib import Path

from euthymia.chart.chart import Chart
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.progress import Progress, stage
from euthymia.core.store import Store
from euthymia.model.head.head import Head
from euthymia.model.head.image.read import load_head_image
from euthymia.model.head.named import DEFAULT, coarse_findings, head_named, head_of_t1
from euthymia.model.head.tape import shaped_head
from euthymia.model.head.tape_measures import TapeMeasures

NO_T1 = "the case has no T1 to compare it with"


def patients_head(
    chart: Chart, t1: Path | None, progress: Progress, store: Store | None = None
) -> tuple[Head, tuple[Finding, ...]]:
    """The patient's head as well as it is known, and what is to be said of it.

    The one built from the T1 (minutes, unless the store knows it); without one the default head,
    shaped by the tape measurements where the chart has them.
    """
    if t1 is not None:
        return head_of_t1(t1, progress, store), ()
    return _without_image(chart, progress)


def other_head(
    name: str, chart: Chart, t1: Path | None, progress: Progress, no_t1: str = NO_T1
) -> tuple[Head, tuple[Finding, ...]]:
    """A head named in place of the patient's own, and what shows that it is this patient's.

    name: as `head_named` takes it. no_t1: why there is no T1, where there is none.
    """
    head = head_named(name, progress)
    if name == DEFAULT:
        doubts = _default_instead(chart, t1)
    else:
        doubts = _whose(Path(name).name, head, t1, no_t1, progress)
    return head, (*coarse_findings(head.volume), *doubts)


def _without_image(chart: Chart, progress: Progress) -> tuple[Head, tuple[Finding, ...]]:
    """The default head, in the patient's size where a tape was used and its measures are sound."""
    if chart.head is None:
        return head_named(DEFAULT, progress), ()
    measured = chart.head.fact
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


def _default_instead(chart: Chart, t1: Path | None) -> tuple[Finding, ...]:
    """A caution where the patient's own image is passed over."""
    attached = any(found.fact.contrast == "T1" for found in chart.images)
    if not attached and t1 is None:
        return ()
    return (
        Finding(
            "plan.own-image-not-used",
            Severity.CAUTION,
            "head model",
            "The case has a T1 of this patient, but the plan was asked for on the default head",
        ),
    )


def _whose(
    name: str, head: Head, t1: Path | None, no_t1: str, progress: Progress
) -> tuple[Finding, ...]:
    """What shows that a named head is this patient's: it was built from the patient's own T1."""
    if t1 is None:
        return (
            Finding(
                "plan.head-not-shown-own",
                Severity.ACKNOWLEDGE,
                "head model",
                f"Nothing shows that the head {name} is this patient's ({no_t1}): make sure that "
                "it is",
            ),
        )
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
