"""What a check looks at: the protocol, the patient's thresholds, the device, and what follows.

The coil is seen through `CoilFacts`, so that any coil object with these three facts will do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol as Interface

from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.core.references import Citation
from euthymia.plan.protocol.algebra import Block, Protocol
from euthymia.plan.protocol.catalogue import CatalogueEntry
from euthymia.plan.protocol.dosing import Intensity, Threshold
from euthymia.plan.protocol.policy import CheckPolicy
from euthymia.plan.protocol.stimulators import Stimulator


class CoilFacts(Interface):
    """The facts of a coil that a check needs."""

    @property
    def name(self) -> str:
        """Maker and model."""

    @property
    def coil_class(self) -> str:
        """ "figure-8", "H1", "circular", …"""

    @property
    def max_didt_a_per_us(self) -> float | None:
        """The current's rate of change at 100 % MSO in A/us; None if not known."""


@dataclass(frozen=True, slots=True)
class MotorThreshold:
    """A measured threshold in % MSO, and whether it was read from visible twitches."""

    of: Threshold
    pct_mso: float
    by_visual_twitch: bool = False

    def __post_init__(self) -> None:
        if self.of is Threshold.FIXED:
            raise InputError("motor threshold", "a fixed output has none", "Name hand, leg or AMT")
        if not (math.isfinite(self.pct_mso) and 0 < self.pct_mso <= 100):
            raise InputError(
                "motor threshold",
                f"{self.pct_mso:g} % MSO is not above 0 and up to 100",
                "Give it in percent of maximum stimulator output",
            )


@dataclass(frozen=True, slots=True)
class PatientContext:
    """What of the patient and the day bears on a session.

    `pulses_today` were given before this session; `sessions_given` counts those of the course so
    far and is None if not known; `indication` is what the patient is treated for ("MDD").
    """

    thresholds: tuple[MotorThreshold, ...] = ()
    pulses_today: int = 0
    sessions_given: int | None = None
    indication: str | None = None

    def threshold(self, of: Threshold) -> MotorThreshold | None:
        """The measured threshold of that kind, if there is one."""
        return next((each for each in self.thresholds if each.of is of), None)


@dataclass(frozen=True, slots=True)
class BlockDose:
    """A block with what it means for this patient.

    `peak_pct_mso` is the output of its strongest pulse, `table_pct` the intensity with which the
    safety tables are entered, in % of the rMT of the hand; None where the threshold is not known.
    """

    block: Block
    subject: str
    threshold: MotorThreshold | None
    peak_pct_mso: float | None
    table_pct: float | None

    @property
    def tabulated(self) -> bool:
        """Whether the train tables can be entered: a known intensity, and no theta bursts."""
        return self.table_pct is not None and not self.block.train.is_theta_burst


@dataclass(frozen=True, slots=True)
class Case:
    """Everything one check looks at."""

    protocol: Protocol
    stimulator: Stimulator | None
    coil: CoilFacts | None
    patient: PatientContext
    entry: CatalogueEntry | None
    differences: tuple[str, ...]
    policy: CheckPolicy

    @property
    def cleared(self) -> bool:
        """Whether what is checked is a cleared protocol, or less of it, with its class of coil."""
        entry = self.entry
        return entry is not None and entry.cleared and not self.differences and self.coil_fits

    @property
    def coil_fits(self) -> bool:
        """False if the coil is known to be of another class than the entry's."""
        if self.coil is None or self.entry is None:
            return True
        return self.coil.coil_class.casefold() == self.entry.coil.casefold()

    def doses(self) -> Iterator[BlockDose]:
        """Each different block once, with its dose for this patient."""
        several = len(self.protocol.blocks) > 1
        seen: set[Block] = set()
        for number, block in enumerate(self.protocol.blocks, start=1):
            if block not in seen:
                seen.add(block)
                place = block.site.text
                yield self._dose(block, f"block {number} ({place})" if several else place)

    def _dose(self, block: Block, subject: str) -> BlockDose:
        intensity = block.intensity
        strongest = max(pulse.relative_amplitude for pulse in block.train.burst.pulses)
        threshold = self.patient.threshold(intensity.of)
        known = threshold is not None or intensity.of is Threshold.FIXED
        peak = (
            intensity.pct_mso(threshold.pct_mso if threshold else None) * strongest
            if known
            else None
        )
        return BlockDose(block, subject, threshold, peak, self._table_pct(intensity, strongest))

    def _table_pct(self, intensity: Intensity, strongest: float) -> float | None:
        """The intensity on the scale of the tables, which is % of the rMT of the hand.

        Leg and active thresholds are entered as they stand (an AMT is lower than the rMT, so this
        errs on the safe side). A depth-adjusted intensity is entered at the higher of what it says
        and what it is of the plain rMT; a fixed output needs the rMT.
        """
        stated = intensity.percent * strongest
        hand = self.patient.threshold(Threshold.RMT_HAND)
        if intensity.of is Threshold.FIXED:
            return 100.0 * stated / hand.pct_mso if hand else None
        adjusted = self.patient.threshold(Threshold.RMT_DEPTH_ADJUSTED)
        if intensity.of is Threshold.RMT_DEPTH_ADJUSTED and hand and adjusted:
            return max(stated, stated * adjusted.pct_mso / hand.pct_mso)
        return stated


def graded(severity: Severity, source: Citation | None) -> Severity:
    """A stop that rests on a recalled figure only becomes a matter of acknowledgement.

    A figure that nobody has checked against its source must be seen, but cannot forbid.
    """
    unverified = source is None or not source.tag.verified
    return min(severity, Severity.ACKNOWLEDGE) if unverified else severity
