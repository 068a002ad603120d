"""What the joining of a plan's parts has to say: head, target, devices that do not match."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from euthymia.core.findings import Finding, Severity
from euthymia.core.poses import COLIN27
from euthymia.model.coil.coil import Coil
from euthymia.model.head.head import Origin
from euthymia.plan.protocol.algebra import Protocol
from euthymia.plan.protocol.dosing import Side
from euthymia.plan.target.placing import Placing

if TYPE_CHECKING:
    from euthymia.plan.treatment import MeasuredThreshold, Request, Setting

_FAR_FROM_PUBLISHED_MM = 5.0
_TWO_WAYS_AGREE = 0.02


def of_joining(
    request: Request,
    setting: Setting,
    placing: Placing,
    threshold: MeasuredThreshold | None,
    times_known: bool,
) -> Iterator[Finding]:
    """Every finding about how the parts fit together."""
    yield from placing.head.findings
    yield from _head(placing)
    yield from _target(placing)
    yield from _side(setting.protocol, placing)
    yield from _devices(request, setting.coil, threshold)
    if setting.rule is None:
        yield Finding(
            "plan.no-course",
            Severity.CAUTION,
            "calendar",
            "No schedule is published with this protocol, so no calendar was made: name a course",
        )
    if not times_known:
        yield Finding(
            "plan.no-availability",
            Severity.CAUTION,
            "calendar",
            "When the patient can come, or the clinic's time zone, is not on record, so no "
            "calendar was made",
        )


def _head(placing: Placing) -> Iterator[Finding]:
    if placing.head.origin is Origin.TAPE:
        yield Finding(
            "plan.tape-head",
            Severity.CAUTION,
            "head model",
            "This is the default head in the size and proportions of the patient's tape "
            "measurements, not the patient's own anatomy. Distances along its scalp carry over; "
            "what lies under the scalp differs from person to person, and the intervals hold "
            "that. An MRI removes it",
        )
    if placing.head.frame.id == COLIN27.id:
        yield Finding(
            "plan.default-head",
            Severity.CAUTION,
            "head model",
            "This is the default head, not the patient's: positions are to be found on the "
            "patient by the scalp rule or a navigator. The intervals hold how far healthy heads "
            "differ from it. It is as large as MNI space, larger than most heads, so distances "
            "along its scalp do not carry over: three tape measurements would give it the "
            "patient's size, and an MRI the patient's anatomy",
        )
    if placing.solver.disagreement > _TWO_WAYS_AGREE:
        yield Finding(
            "plan.field-check",
            Severity.ACKNOWLEDGE,
            "field computation",
            "Two ways to the field at the target disagree: have a physicist look at the head model",
            found=f"{placing.solver.disagreement:.1%}",
            limit=f"{_TWO_WAYS_AGREE:.0%}",
        )


def _target(placing: Placing) -> Iterator[Finding]:
    target = placing.target
    if placing.moved_mm > _FAR_FROM_PUBLISHED_MM:
        yield Finding(
            "plan.target-moved",
            Severity.CAUTION,
            target.title,
            "The published coordinate lies outside this head's grey matter and was moved to the "
            "nearest: look at the slices",
            found=f"{placing.moved_mm:.1f} mm",
            limit=f"{_FAR_FROM_PUBLISHED_MM:g} mm",
            source=target.source,
        )
    if not target.source.tag.verified:
        yield Finding(
            "plan.target-unverified",
            Severity.NOTE,
            target.title,
            "The coordinate is unverified: recalled, not read in the source",
            source=target.source,
        )


def _side(protocol: Protocol, placing: Placing) -> Iterator[Finding]:
    # The catalogue of targets holds left-sided ones so far; a block for another place must not
    # look as if its placement had been worked out.
    wanted = Side.LEFT if placing.target_mm[0] < 0 else Side.RIGHT
    for site in dict.fromkeys(block.site for block in protocol.blocks):
        if site.side is not wanted:
            yield Finding(
                "plan.side",
                Severity.ACKNOWLEDGE,
                site.text,
                f"Placement and field were worked out for {placing.target.title}, not for the "
                f"{site.text} that this protocol stimulates",
            )


def _devices(
    request: Request, coil: Coil, threshold: MeasuredThreshold | None
) -> Iterator[Finding]:
    if threshold is None:
        yield Finding(
            "plan.no-threshold",
            Severity.ACKNOWLEDGE,
            "motor threshold",
            "No resting motor threshold is on record: the output cannot be worked out until it is "
            "measured with the coil and the stimulator that will treat",
        )
        return
    for name, planned, measured in (
        ("stimulator", request.stimulator, threshold.stimulator),
        ("coil", request.coil, threshold.coil),
    ):
        if planned.casefold() != measured.casefold():
            yield Finding(
                f"plan.other-{name}",
                Severity.ACKNOWLEDGE,
                "motor threshold",
                f"It was measured with another {name} than the one planned, so its percentage "
                "does not hold: measure it again",
                found=measured,
                limit=planned,
            )
    if coil.max_didt_a_per_us is None:
        yield Finding(
            "plan.no-didt",
            Severity.CAUTION,
            coil.name,
            "Its rate of change of current at full output is not known: no field in V/m is given",
        )
