"""Checks against the device: output, waveform, rate, power, coil."""

from __future__ import annotations

import math
from collections.abc import Iterator

from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Citation
from euthymia.plan.protocol.case import BlockDose, Case, graded
from euthymia.plan.protocol.exact import show
from euthymia.plan.protocol.stimulators import Stimulator


def output_findings(case: Case) -> Iterator[Finding]:
    """The stimulator output that each block's intensity means for this patient."""
    for dose in case.doses():
        if dose.peak_pct_mso is None:
            yield _no_threshold(case, dose)
        else:
            yield _output(case, dose, dose.peak_pct_mso)


def stimulator_findings(case: Case) -> Iterator[Finding]:
    """Waveform, rates, power and pulse counts against what is known of the stimulator."""
    device = case.stimulator
    if device is None:
        yield Finding(
            "stimulator.none",
            Severity.NOTE,
            "stimulator",
            "No stimulator was named; its limits were not checked.",
        )
        return
    for dose in case.doses():
        yield from _waveform(device, dose)
        if dose.peak_pct_mso is not None:
            yield from _rates(device, dose, dose.peak_pct_mso)
            yield from _power(device, dose, dose.peak_pct_mso)
        yield from _train_limits(device, dose)
    yield from _session_limit(case, device)
    yield from _what_is_not_known(case, device)


def coil_findings(case: Case) -> Iterator[Finding]:
    """The coil's class against the protocol's, and the seizure figures of H-coils."""
    coil, entry = case.coil, case.entry
    if coil is None:
        yield Finding("coil.none", Severity.NOTE, "coil", "No coil was named.")
        return
    if entry and not case.coil_fits:
        yield Finding(
            code="coil.other-class",
            severity=Severity.CAUTION,
            subject=coil.name,
            message=f"{entry.id} was published with another class of coil; depth and spread of "
            "the field differ, and so may effect and safety.",
            found=coil.coil_class,
            limit=entry.coil,
            source=entry.sources.target,
        )
    if _is_h_coil(coil.coil_class):
        remark = case.policy.seizure_h_coil
        yield Finding("coil.h-coil", Severity.NOTE, coil.name, remark.message, source=remark.source)


def _no_threshold(case: Case, dose: BlockDose) -> Finding:
    wanted = dose.block.intensity.of.label
    if case.patient.thresholds:
        known = ", ".join(each.of.label for each in case.patient.thresholds)
        return Finding(
            code="intensity.other-threshold",
            severity=Severity.STOP,
            subject=dose.subject,
            message=f"The intensity is in % of {wanted}, which was not measured: the output is "
            "not known.",
            found=known,
            limit=wanted,
            nearest_allowed=f"measure {wanted}",
        )
    return Finding(
        code="intensity.no-threshold",
        severity=Severity.NOTE,
        subject=dose.subject,
        message="No motor threshold is given; the output and what depends on it were not checked.",
        found=dose.block.intensity.text,
    )


def _output(case: Case, dose: BlockDose, peak: float) -> Finding:
    most = case.stimulator.max_output_pct if case.stimulator else 100.0
    intensity = dose.block.intensity.text
    found = f"{peak:.4g} % MSO{_didt_text(case, peak)}"
    if peak <= most:
        return Finding(
            code="intensity.output",
            severity=Severity.NOTE,
            subject=dose.subject,
            message=f"{intensity} is {peak:.4g} % MSO.",
            found=found,
            limit=f"{most:g} % MSO",
        )
    percent = math.floor(dose.block.intensity.percent * most / peak)
    return Finding(
        code="intensity.output",
        severity=Severity.STOP,
        subject=dose.subject,
        message=f"{intensity} would be {peak:.4g} % MSO, more than the stimulator can give.",
        found=found,
        limit=f"{most:g} % MSO",
        nearest_allowed=f"{percent} % of {dose.block.intensity.of.label}",
    )


def _didt_text(case: Case, output_pct: float) -> str:
    if case.coil is None or case.coil.max_didt_a_per_us is None:
        return ""
    return f" ({case.coil.max_didt_a_per_us * output_pct / 100:.3g} A/us in {case.coil.name})"


def _waveform(device: Stimulator, dose: BlockDose) -> Iterator[Finding]:
    for shape in dict.fromkeys(pulse.waveform for pulse in dose.block.train.burst.pulses):
        if shape not in device.waveforms:
            yield Finding(
                code="stimulator.waveform",
                severity=graded(Severity.STOP, device.rates_source),
                subject=dose.subject,
                message=f"{device.name} is not known to give {shape.value} pulses.",
                found=shape.value,
                limit=", ".join(device.waveforms),
                nearest_allowed=device.waveforms[0].value,
                source=device.rates_source,
            )


def _rates(device: Stimulator, dose: BlockDose, output: float) -> Iterator[Finding]:
    train = dose.block.train
    limit = device.max_rate_hz(output)
    if limit is not None and train.rate_hz > limit:
        at_rate = device.max_output_at(train.rate_hz)
        slower = f"{limit:g} Hz at this output"
        yield _over(
            "stimulator.rate",
            dose,
            device.rates_source,
            f"{device.name} gives at most {limit:g} Hz at {output:.4g} % MSO.",
            found=f"{show(train.rate_hz)} Hz",
            limit=f"{limit:g} Hz",
            nearest=f"{slower}, or {at_rate:g} % MSO at this rate" if at_rate else slower,
        )
    inner, inner_limit = train.burst.rate_hz, device.max_burst_rate_hz(output)
    if inner is not None and inner_limit is not None and inner > inner_limit:
        at_inner = device.max_output_at(inner) if device.bursts_follow_rates else None
        yield _over(
            "stimulator.burst-rate",
            dose,
            device.bursts_source,
            f"{device.name} gives at most {inner_limit:g} Hz within a burst at {output:.4g} % MSO.",
            found=f"{show(inner)} Hz",
            limit=f"{inner_limit:g} Hz",
            nearest=f"{at_inner:g} % MSO at this rate" if at_inner else "no output at this rate",
        )


def _power(device: Stimulator, dose: BlockDose, output: float) -> Iterator[Finding]:
    block = dose.block
    least = device.least_period_s(block.train.pulse_count, output)
    if least is not None and least > block.period_s:
        off = math.ceil(10 * (least - block.train.nominal_s)) / 10
        yield _over(
            "stimulator.power",
            dose,
            device.power_source,
            f"At {output:.4g} % MSO these trains ask for more mean power than {device.name} "
            f"sustains ({device.mean_power_w:g} W).",
            found=f"{show(block.period_s)} s from train to train",
            limit=f"at least {least:.1f} s",
            nearest=f"{off:g} s between trains",
        )


def _train_limits(device: Stimulator, dose: BlockDose) -> Iterator[Finding]:
    block = dose.block
    if block.interval is not None and device.min_off_s is not None:
        off_s = block.interval.as_off_time(block.train).seconds
        if off_s < device.min_off_s:
            yield _over(
                "stimulator.interval",
                dose,
                device.power_source,
                f"{device.name} needs {device.min_off_s:g} s between trains.",
                found=f"{show(off_s)} s",
                limit=f"at least {device.min_off_s:g} s",
                nearest=f"{device.min_off_s:g} s",
            )
    most = device.max_train_pulses
    if most is not None and block.train.pulse_count > most:
        yield _over(
            "stimulator.train-pulses",
            dose,
            device.power_source,
            f"{device.name} gives at most {most:,} pulses in one train.",
            found=f"{block.train.pulse_count:,} pulses",
            limit=f"{most:,} pulses",
            nearest=f"{most:,} pulses",
        )


def _session_limit(case: Case, device: Stimulator) -> Iterator[Finding]:
    most, pulses = device.max_session_pulses, case.protocol.pulse_count
    if most is not None and pulses > most:
        yield Finding(
            code="stimulator.session-pulses",
            severity=graded(Severity.STOP, device.power_source),
            subject="session",
            message=f"{device.name} gives at most {most:,} pulses in a session.",
            found=f"{pulses:,} pulses",
            limit=f"{most:,} pulses",
            nearest_allowed=f"{most:,} pulses",
            source=device.power_source,
        )


def _over(
    code: str,
    dose: BlockDose,
    source: Citation | None,
    message: str,
    *,
    found: str,
    limit: str,
    nearest: str,
) -> Finding:
    severity = graded(Severity.STOP, source)
    return Finding(code, severity, dose.subject, message, found, limit, nearest, source)


def _what_is_not_known(case: Case, device: Stimulator) -> Iterator[Finding]:
    if device.open_ended:
        yield Finding(
            "stimulator.virtual",
            Severity.NOTE,
            device.name,
            "This device leaves all limits open; check again with the real one.",
        )
        return
    unknown = []
    if not device.max_rates:
        unknown.append("the highest rate at each output")
    bursts = any(block.train.is_theta_burst for block in case.protocol.blocks)
    if bursts and device.max_burst_rate_hz(100.0) is None:
        unknown.append("the highest rate within a burst")
    if device.mean_power_w is None:
        unknown.append("the mean power it sustains")
    if unknown:
        yield Finding(
            code="stimulator.unknown-limits",
            severity=Severity.NOTE,
            subject=device.name,
            message=f"Not known here: {', '.join(unknown)}. Ask the maker.",
        )
    for source in dict.fromkeys(device.sources):
        concerns = bursts or source is not device.bursts_source
        if concerns and not source.tag.verified:
            yield Finding(
                code="stimulator.unverified",
                severity=Severity.NOTE,
                subject=device.name,
                message=f"Some of its limits are unverified: {source.note or 'recalled'}.",
                source=source,
            )
    for note in device.notes:
        yield Finding("stimulator.note", Severity.NOTE, device.name, note)


def _is_h_coil(coil_class: str) -> bool:
    name = coil_class.strip().upper()
    return name.startswith("H") and name[1:].isdigit()
