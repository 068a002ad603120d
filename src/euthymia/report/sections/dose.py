"""Dose: from the motor threshold to the stimulator's output, every way side by side."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.core.findings import Finding, Severity
from euthymia.core.quantities import Estimate
from euthymia.core.references import Citation
from euthymia.plan.dose.values import Dose, DoseLine, Observation
from euthymia.report.blocks import (
    Block,
    Callout,
    Content,
    Facts,
    Paragraph,
    Strong,
    Table,
    content,
)
from euthymia.report.document import Section
from euthymia.report.sections.words import graver, interval, sentence, signed

_HELD = Callout(
    "Not to be given as the plan stands",
    ("The summary says what forbids it. The output is shown for the record.",),
    Severity.STOP,
)

_SEEN = {
    Observation.EMG: "measured with electromyography",
    Observation.VISUAL: "measured by visible twitches",
}


def dose_section(
    dose: Dose,
    *,
    title: str = "Dose",
    facts: Sequence[tuple[str, Content]] = (),
    findings: Sequence[Finding] = (),
    didt_sources: Sequence[Citation] = (),
    held: bool = False,
) -> Section:
    """The section on the dose, from all of its lines and findings.

    facts, findings: what else is known of the threshold, such as day and devices.
    didt_sources: where the coil's rate of change of current at full output comes from.
    held: something else in the plan forbids treatment, so the output must not look like an order.
    """
    known = Facts((*facts, *_known(dose, didt_sources)))
    blocks: list[Block] = [_HELD] if held else []
    blocks += [_answer(dose), known, _lines(dose), _coverage(dose)]
    if dose.field_sentence:
        blocks.append(Paragraph((sentence(dose.field_sentence),)))
    blocks += _caveats(dose)
    blocks += graver((*findings, *dose.findings), "Nothing is to be said against the dose.")
    return Section(title, tuple(blocks))


def no_dose_section(why: str, findings: Sequence[Finding], title: str = "Dose") -> Section:
    """The section where no output can be worked out, with the reason."""
    answer = Callout("No output is worked out here", (sentence(why),), Severity.ACKNOWLEDGE)
    return Section(title, (answer, *graver(findings, "Nothing is to be said against the dose.")))


def _answer(dose: Dose) -> Callout:
    line = dose.prescribed
    if line is None or line.setting_pct_mso is None:
        return Callout(
            "No output can be given for this protocol and threshold",
            ("The findings below say why.",),
            Severity.STOP,
        )
    return Callout(
        f"Set the stimulator to {line.setting_pct_mso:g} % of its maximum output",
        content(f"{line.title}: {dose.intensity.text}.", line.source),
    )


def _known(dose: Dose, didt_sources: Sequence[Citation]) -> tuple[tuple[str, Content], ...]:
    inputs = dose.inputs
    threshold = inputs.motor_threshold_pct_mso
    rows: list[tuple[str, Content]] = [
        (
            inputs.measured.label,
            content(f"{interval(threshold)}, {_SEEN[inputs.observation]}", threshold.source),
        )
    ]
    if inputs.max_didt_a_per_us is not None:
        words = f"{inputs.max_didt_a_per_us:g} A/µs"
        rows.append(("dI/dt at full output", content(words, *didt_sources)))
    for name, per_didt in (
        ("field at the target", inputs.field_target_per_didt),
        (f"field at the {inputs.motor_area}", inputs.field_m1_per_didt),
    ):
        if per_didt is not None:
            words = f"{_numbers(per_didt, 3)} V/m per A/µs, computed"
            rows.append((name, content(words, per_didt.source)))
    if inputs.depth_target_mm is not None and inputs.depth_m1_mm is not None:
        depths = (
            f"{inputs.depth_target_mm:.1f} mm at the target, {inputs.depth_m1_mm:.1f} mm at the "
            f"{inputs.motor_area}, computed"
        )
        rows.append(("scalp to cortex", (depths,)))
    if dose.field_m1_at_threshold is not None:
        rows.append(
            (
                f"{inputs.motor_area} at threshold",
                (f"{interval(dose.field_m1_at_threshold, 0)}, computed",),
            )
        )
    return tuple(rows)


def _coverage(dose: Dose) -> Paragraph:
    """What the intervals hold, and what they leave out."""
    inputs = dose.inputs
    covers: dict[str, list[str]] = {}
    for name, estimate in (
        ("the motor threshold", inputs.motor_threshold_pct_mso),
        ("the field at the target", inputs.field_target_per_didt),
        (f"the field at the {inputs.motor_area}", inputs.field_m1_per_didt),
    ):
        if estimate is None:
            continue
        left_out = "none is known, so its uncertainty is left out"
        how = left_out if estimate.low is None else estimate.how or "as given"
        covers.setdefault(how, []).append(name)
    parts = ["Brackets hold 95 % intervals."]
    parts += [f"For {' and '.join(names)}: {how.rstrip('.')}." for how, names in covers.items()]
    parts.append("What is made from these carries their intervals on, taken as independent.")
    return Paragraph((" ".join(parts),), quiet=True)


def _caveats(dose: Dose) -> list[Paragraph]:
    """What each way of dosing assumes; ways with the same caveat share a paragraph."""
    shared: dict[tuple[str, Citation | None], list[str]] = {}
    for line in dose.lines:
        if line.caveat:
            shared.setdefault((line.caveat, line.source), []).append(line.title)
    return [
        Paragraph(content(Strong("; ".join(titles)), f": {sentence(caveat)}", source), quiet=True)
        for (caveat, source), titles in shared.items()
    ]


def _lines(dose: Dose) -> Table:
    return Table(
        "Output by each way of dosing, with intervals; the prescribed one is set in bold",
        (
            "Way",
            "Asks for, %MSO",
            "Set to, %MSO",
            f"Is, {_threshold_unit(dose)}",
            "dI/dt, A/µs",
            "Field at target, V/m",
            "Of motor field, %",
        ),
        tuple(_row(line) for line in dose.lines),
        numeric=(1, 2, 3, 4, 5, 6),
        shares=(3, 2, 1, 1.8, 1, 1.8, 1.8),
        strong_rows=tuple(place for place, line in enumerate(dose.lines) if line.prescribed),
        unbroken=True,
    )


def _threshold_unit(dose: Dose) -> str:
    return next((line.achieved.unit for line in dose.lines if line.achieved), "%")


def _row(line: DoseLine) -> tuple[Content, ...]:
    setting = "none" if line.setting_pct_mso is None else f"{line.setting_pct_mso:g}"
    didt = "" if line.didt_a_per_us is None else f"{line.didt_a_per_us:.0f}"
    return (
        content(line.title, line.source),
        (_numbers(line.output, 1),),
        (setting,),
        (_numbers(line.achieved, 0),),
        (didt,),
        (_numbers(line.field_target, 0),),
        (_numbers(line.field_ratio_pct, 0),),
    )


def _numbers(estimate: Estimate | None, digits: int) -> str:
    """ "56.4 (52.8 to 60.0)" for a column that names the unit; empty where nothing is known."""
    if estimate is None:
        return ""
    head = signed(estimate.value, digits)
    if estimate.low is None or estimate.high is None:
        return head
    return f"{head} ({signed(estimate.low, digits)} to {signed(estimate.high, digits)})"
