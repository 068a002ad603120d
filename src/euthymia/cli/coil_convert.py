"""The work of `euthymia coil convert`: a motor threshold of one coil, for another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import RenderableType

from euthymia.cli.bars import watching
from euthymia.cli.findings import finding_list
from euthymia.cli.options import numbers, positive
from euthymia.cli.output import Cell, facts, section, show, title, write_json
from euthymia.cli.plain import Data, citation_data, estimate_data, findings_data
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding
from euthymia.core.quantities import Estimate
from euthymia.core.software import software
from euthymia.core.store import Store
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.files import coil_named
from euthymia.model.head.named import coarse_findings, head_named
from euthymia.plan.dose.convert import CoilOnDevice, ConvertedThreshold, convert_threshold
from euthymia.plan.dose.rules import dose_rules
from euthymia.plan.target.hand_area import HandAreaField, hand_area_fields

_LARGEST_GAP_MM = 100.0


@dataclass(frozen=True, slots=True)
class SideAsked:
    """One of the two coils, as typed: its name, its stimulator and largest dI/dt where given."""

    side: str
    coil: str
    stimulator: str | None
    didt_a_per_us: float | None


@dataclass(frozen=True, slots=True)
class ConvertRequest:
    """What was asked for, as typed."""

    measured: SideAsked
    wanted: SideAsked
    rmt_pct_mso: float
    rmt_interval: str | None
    head: str
    gap_mm: float | None


@dataclass(frozen=True, slots=True)
class _Side:
    """A coil on its stimulator, before its field is known."""

    coil: AnyCoil
    stimulator: str
    didt_a_per_us: float
    waveform: str

    def with_field(self, field: Estimate) -> CoilOnDevice:
        on = f" on {self.stimulator}" if self.stimulator else ""
        return CoilOnDevice(f"{self.coil.name}{on}", self.didt_a_per_us, field, self.waveform)


def run_convert(asked: ConvertRequest, as_json: bool) -> None:
    """Check everything that can be checked, then place both coils, convert and show."""
    threshold = _threshold(asked)
    if asked.gap_mm is not None and not 0 <= asked.gap_mm <= _LARGEST_GAP_MM:
        raise InputError(
            f"--gap {asked.gap_mm:g}", "it is no room for hair",
            f"Give 0 to {_LARGEST_GAP_MM:g} mm",
        )  # fmt: skip
    measured, wanted = _side(asked.measured), _side(asked.wanted)
    with watching() as progress:
        head = head_named(asked.head, progress)
        fields = hand_area_fields(
            head, (measured.coil, wanted.coil), gap_mm=asked.gap_mm, store=Store.default(),
            progress=progress,
        )  # fmt: skip
    converted = convert_threshold(
        threshold, measured.with_field(fields[0].field), wanted.with_field(fields[1].field)
    )
    findings = (*converted.findings, *head.findings, *coarse_findings(head.volume))
    if as_json:
        write_json(_data(asked, threshold, (measured, wanted), fields, converted, findings))
    else:
        _show(asked, threshold, (measured, wanted), fields, converted, findings)


def _threshold(asked: ConvertRequest) -> Estimate:
    value = asked.rmt_pct_mso
    if not 1 <= value <= 100:
        raise InputError(
            f"--rmt {value:g}", "it is no motor threshold",
            "Give it in percent of the maximum output, for example 45",
        )  # fmt: skip
    if asked.rmt_interval is None:
        return Estimate(value, "%MSO", how="as typed")
    low, high = numbers(asked.rmt_interval, 2, "--rmt-interval")
    if not 0 < low <= value <= high:
        raise InputError(
            f"--rmt-interval {asked.rmt_interval}", f"{value:g} %MSO does not lie within it",
            "Give its lower and upper end, for example 42,48",
        )  # fmt: skip
    return Estimate(value, "%MSO", low, high, how="interval as typed")


def _side(asked: SideAsked) -> _Side:
    """The coil with the largest dI/dt it has on that stimulator; refused where it is not known."""
    coil = coil_named(asked.coil)
    option = f"--{asked.side}-didt"
    remedy = f"Give the largest rate of change of its current with {option}, in A/us"
    own = asked.stimulator is None or _is_same(asked.stimulator, coil.stimulator)
    stimulator = coil.stimulator if own else asked.stimulator or ""
    if asked.didt_a_per_us is not None:
        positive(asked.didt_a_per_us, option, "A/us at 100 % output")
        didt = asked.didt_a_per_us
    elif not own:
        known = f"only on {coil.stimulator}" if coil.max_didt_a_per_us else "nowhere"
        raise InputError(
            f"coil {coil.id}",
            f"how fast its current changes at 100 % output is known {known}, not on {stimulator}",
            remedy,
        )
    elif coil.max_didt_a_per_us is None:
        raise InputError(
            f"coil {coil.id}", "how fast its current changes at 100 % output is not known", remedy
        )
    else:
        didt = coil.max_didt_a_per_us
    return _Side(coil, stimulator, didt, getattr(coil, "waveform", "") if own else "")


def _is_same(name: str, other: str) -> bool:
    """Whether two spellings name one stimulator: "Magstim Rapid2" and "magstim-rapid2"."""
    first, second = (re.sub(r"[^a-z0-9]+", "", each.lower()) for each in (name, other))
    return bool(first) and first == second


def _show(
    asked: ConvertRequest, threshold: Estimate, sides: tuple[_Side, _Side],
    fields: tuple[HandAreaField, ...], converted: ConvertedThreshold,
    findings: tuple[Finding, ...],
) -> None:  # fmt: skip
    rule = dose_rules().coil_conversion
    rows: list[tuple[str, Cell]] = [
        ("head", asked.head),
        *_side_facts("measured with", sides[0], fields[0]),
        ("threshold there", threshold.text()),
        ("field at threshold", f"{converted.field_v_per_m.text(0)} at the hand area"),
        *_side_facts("wanted with", sides[1], fields[1]),
        ("threshold to expect", converted.pct_mso.text()),
        ("interval", converted.pct_mso.how),
        ("fields", fields[1].field.how),
        ("by dI/dt alone", f"{converted.by_device_pct_mso:.1f} %MSO, for comparison only"),
        ("source", rule.source.short),
    ]
    parts: list[RenderableType] = [
        title("Motor threshold for another coil", f"{converted.pct_mso.text()}"),
        facts(rows),
        section("Findings", finding_list(findings)),
    ]
    show(*parts)


def _side_facts(words: str, side: _Side, found: HandAreaField) -> Iterator[tuple[str, Cell]]:
    on = side.stimulator or "a stimulator that is not named"
    yield words, f"{side.coil.name} on {on}, {side.didt_a_per_us:.1f} A/µs at 100 % output"
    x, y, z = found.pose.position_mm.tolist()
    yield (
        "field at hand area",
        f"{found.field.text(3)}, coil at its best place ({x:.0f}, {y:.0f}, {z:.0f} mm)",
    )


def _data(
    asked: ConvertRequest, threshold: Estimate, sides: tuple[_Side, _Side],
    fields: tuple[HandAreaField, ...], converted: ConvertedThreshold,
    findings: tuple[Finding, ...],
) -> Data:  # fmt: skip
    measured, wanted = (_side_data(*each) for each in zip(sides, fields, strict=True))
    return {
        "software": software(),
        "head": asked.head,
        "measured": {**measured, "threshold": estimate_data(threshold)},
        "wanted": {**wanted, "threshold": estimate_data(converted.pct_mso)},
        "field_at_threshold": estimate_data(converted.field_v_per_m),
        "by_device_pct_mso": converted.by_device_pct_mso,
        "source": citation_data(dose_rules().coil_conversion.source),
        "findings": findings_data(findings),
    }


def _side_data(side: _Side, found: HandAreaField) -> Data:
    return {
        "coil": side.coil.id,
        "sha256": side.coil.sha256,
        "stimulator": side.stimulator,
        "waveform": side.waveform or None,
        "max_didt_a_per_us": side.didt_a_per_us,
        "field_hand_area": estimate_data(found.field),
        "pose": found.pose.to_json(),
    }
