"""The dose rules as Markdown tables, for the generated documentation."""

from __future__ import annotations

from euthymia.core.references import Citation
from euthymia.plan.dose.rules import DoseRules, dose_rules


def rules_markdown(rules: DoseRules | None = None) -> str:
    """A table of every rule with its value, caveat, source and verification tag."""
    rows = [_row(*parts) for parts in _parts(rules or dose_rules())]
    head = "| Rule | Value | Caveat | Source |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _parts(rules: DoseRules) -> tuple[tuple[str, str, str, Citation], ...]:
    depth, visual, tables = rules.depth_adjustment, rules.visual_threshold, rules.safety_tables
    convert = rules.coil_conversion
    field, matched, lower = rules.field_at_threshold, rules.field_matched, rules.lower_field
    return (
        (
            "Depth adjustment: threshold + slope × (depth of target − depth of motor area)",
            f"{depth.slope_pct_mso_per_mm:g} %MSO/mm ({depth.slope_low_pct_mso_per_mm:g} to "
            f"{depth.slope_high_pct_mso_per_mm:g})",
            f"{depth.caveat}. Shown beside the dose; applied only where the protocol defines its "
            "intensity so",
            depth.source,
        ),
        (
            "A threshold read from visible twitches lies above one read from EMG",
            f"{visual.excess_pct:g} % ({visual.excess_low_pct:g} to {visual.excess_high_pct:g}), "
            f"{visual.subjects} subjects",
            f"{visual.caveat}. Shown; corrected only on request",
            visual.source,
        ),
        (
            "The train-duration tables end, in % of the EMG threshold, at",
            f"{tables.highest_intensity_pct_rmt:g} %",
            "Above it the dose needs an acknowledgement",
            tables.source,
        ),
        (
            "Modelled field at the motor area at threshold",
            f"{field.low_v_per_m:g} to {field.high_v_per_m:g} V/m",
            field.caveat,
            field.source,
        ),
        (
            "Intensity over the left DLPFC that matches the motor area's field at threshold",
            f"{matched.mean_pct_rmt:g} %rMT on average ({matched.low_pct_rmt:g} to "
            f"{matched.high_pct_rmt:g}), {matched.participants} participants",
            matched.caveat,
            matched.source,
        ),
        (
            "Dosing by the modelled field",
            "output whose field at the target equals the motor area's at threshold",
            matched.caveat,
            matched.rationale,
        ),
        (
            "At equal output the DLPFC receives less field than the motor area",
            f"{lower.participants} heads",
            "A difference in the modelled field, not in the outcome",
            lower.source,
        ),
        (
            "A motor threshold predicted for another coil through the field at the hand area",
            f"error {convert.rmse_pct_mso:g} %MSO (root mean square), against "
            f"{convert.rmse_by_device_pct_mso:g} for scaling by the device; "
            f"{convert.subjects} subjects",
            convert.caveat,
            convert.source,
        ),
    )


def _row(rule: str, value: str, caveat: str, source: Citation) -> str:
    unverified = "" if source.tag.verified else " (unverified)"
    cells = (rule, value, caveat, source.short + unverified)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
