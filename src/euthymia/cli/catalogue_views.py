"""Coils, targets and stimulators as lists for a person and for a program."""

from __future__ import annotations

from rich.text import Text

from euthymia.cli.output import section, show, table, title
from euthymia.cli.plain import Data, citation_data
from euthymia.model.coil.catalogue import coil, coil_ids
from euthymia.plan.protocol.stimulators import Stimulator, stimulators
from euthymia.plan.target.catalogue import targets

_UNKNOWN = "not known"


def coils_data() -> Data:
    """Every coil of the catalogue."""
    return {
        "coils": [
            {
                "id": known.id,
                "name": known.name,
                "maker": known.maker,
                "class": known.coil_class,
                "stimulator": known.stimulator,
                "max_didt_a_per_us": known.max_didt_a_per_us,
                "dipoles": len(known.positions_mm),
                "sources": [citation_data(source) for source in known.sources],
            }
            for known in map(coil, coil_ids())
        ]
    }


def show_coils() -> None:
    """Print the coils as a table."""
    rows = []
    for known in map(coil, coil_ids()):
        didt = known.max_didt_a_per_us
        full = f"{didt:.0f} A/µs on {known.stimulator}" if didt else _UNKNOWN
        rows.append((known.id, known.name, known.coil_class, full))
    show(title("Coils"), Text(""), table(("id", "name", "class", "at full output"), rows,
         whole=(0,)))  # fmt: skip


def targets_data() -> Data:
    """Every published coordinate and scalp rule."""
    known = targets()
    return {
        "coordinates": [
            {
                "id": row.id,
                "name": row.name,
                "title": row.title,
                "mni_mm": list(row.mni_mm),
                "source": citation_data(row.source),
            }
            for row in known.coordinates.values()
        ],
        "scalp_rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "kind": rule.kind,
                "electrode": rule.electrode or None,
                "length_mm": rule.length_mm or None,
                "source": citation_data(rule.source),
            }
            for rule in known.scalp_rules.values()
        ],
        "motor": {
            "name": known.motor.name,
            "mni_mm": list(known.motor.mni_mm),
            "source": citation_data(known.motor.source),
        },
    }


def show_targets() -> None:
    """Print the targets as tables."""
    known = targets()
    coordinates = [
        (row.id, row.name, ", ".join(f"{v:g}" for v in row.mni_mm), row.source.short)
        for row in known.coordinates.values()
    ]
    rules = [(rule.id, rule.name, rule.source.short) for rule in known.scalp_rules.values()]
    show(
        title("Targets", "tags: V read, V2 read second-hand, M recalled and unverified"),
        section("Published coordinates, MNI millimetres (left is negative)",
                table(("id", "what it is", "MNI", "source"), coordinates, whole=(0, 2))),
        section("Scalp rules, compared in every plan",
                table(("id", "rule", "source"), rules, whole=(0,))),
    )  # fmt: skip


def stimulators_data() -> Data:
    """Every stimulator and what is known of its limits."""
    return {
        "stimulators": [
            {
                "id": each.id,
                "name": each.name,
                "maker": each.maker,
                "model": each.model,
                "waveforms": [waveform.value for waveform in each.waveforms],
                "max_rates": [
                    {"output_pct_mso": output, "rate_hz": rate} for output, rate in each.max_rates
                ],
                "max_within_burst_hz": each.max_within_burst_hz,
                "mean_power_w": each.mean_power_w,
                "max_train_pulses": each.max_train_pulses,
                "max_session_pulses": each.max_session_pulses,
                "notes": list(each.notes),
                "sources": [citation_data(source) for source in each.sources],
            }
            for each in stimulators()
        ]
    }


def show_stimulators() -> None:
    """Print the stimulators as a table."""
    rows = [(each.id, each.name, _rates(each)) for each in stimulators()]
    show(
        title("Stimulators"), Text(""),
        table(("id", "name", "highest rate at full output"), rows, whole=(0,)),
    )  # fmt: skip


def _rates(each: Stimulator) -> str:
    if each.open_ended:
        return "no limits: for planning"
    full = each.max_rate_hz(each.max_output_pct)
    if full is None:
        return _UNKNOWN
    source = f"  {each.rates_source.short}" if each.rates_source else ""
    return f"{full:g} Hz{source}"
