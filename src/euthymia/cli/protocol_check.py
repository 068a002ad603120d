"""The work of `euthymia protocol check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from euthymia.cli.findings import finding_list
from euthymia.cli.output import section, show, title, write_json
from euthymia.cli.plain import Data, findings_data, gravest
from euthymia.cli.protocol_files import NamedProtocol, find_protocol
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.software import software
from euthymia.model.coil.files import coil_named
from euthymia.plan.protocol.case import MotorThreshold, PatientContext
from euthymia.plan.protocol.check import check
from euthymia.plan.protocol.dosing import Threshold
from euthymia.plan.protocol.schema import to_dict
from euthymia.plan.protocol.stimulators import stimulator as known_stimulator
from euthymia.report.sections.words import tally


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What was asked for; thresholds in % MSO, None where nothing was given."""

    name: str
    stimulator: str | None
    coil: str | None
    rmt: float | None
    rmt_leg: float | None
    rmt_depth_adjusted: float | None
    amt: float | None
    visual: bool
    intensity: float | None
    indication: str | None
    pulses_today: int
    sessions_given: int | None

    def thresholds(self) -> Iterator[MotorThreshold]:
        """The thresholds that were given."""
        for of, value in (
            (Threshold.RMT_HAND, self.rmt),
            (Threshold.RMT_LEG, self.rmt_leg),
            (Threshold.RMT_DEPTH_ADJUSTED, self.rmt_depth_adjusted),
            (Threshold.AMT, self.amt),
        ):
            if value is not None:
                yield MotorThreshold(of, value, self.visual)


def run_check(asked: CheckRequest, as_json: bool) -> None:
    """Check and print all findings."""
    found = _protocol(asked)
    stimulator = known_stimulator(asked.stimulator) if asked.stimulator else None
    coil = coil_named(asked.coil) if asked.coil else None
    context = PatientContext(
        thresholds=tuple(asked.thresholds()),
        pulses_today=asked.pulses_today,
        sessions_given=asked.sessions_given,
        indication=asked.indication,
    )
    findings = check(found.built, stimulator, coil, context, entry=found.entry)
    if as_json:
        write_json(_data(asked, found, findings))
        return
    show(
        title(f"Check of {found.name}", tally(findings)),
        Text(found.built.text, style="dim"),
        section("Findings", finding_list(findings)),
    )


def _protocol(asked: CheckRequest) -> NamedProtocol:
    found = find_protocol(asked.name, intensity_pct=asked.intensity)
    if asked.intensity is not None and found.entry is None:
        raise InputError(
            "--intensity", "a protocol file has its own intensities", "Change them in the file"
        )
    return found


def _data(asked: CheckRequest, found: NamedProtocol, findings: tuple[Finding, ...]) -> Data:
    return {
        "software": software(),
        "name": found.name,
        "protocol": to_dict(found.built),
        "stimulator": asked.stimulator,
        "coil": asked.coil,
        "thresholds": [
            {
                "of": each.of.value,
                "pct_mso": each.pct_mso,
                "by_visual_twitch": each.by_visual_twitch,
            }
            for each in asked.thresholds()
        ],
        "gravest": gravest(findings),
        "findings": findings_data(findings),
    }
