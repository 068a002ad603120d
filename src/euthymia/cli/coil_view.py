"""A coil as text and as data: `euthymia coil show`, and the check of a user's own coil file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from euthymia.cli.findings import finding_list
from euthymia.cli.output import facts, section, show, title, write_json
from euthymia.cli.plain import Data, citation_data, findings_data, gravest
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.model.coil.any_coil import AnyCoil
from euthymia.model.coil.catalogue import coil_ids, published_depth_and_spread
from euthymia.model.coil.coil import Coil
from euthymia.model.coil.elements import CompoundCoil, SampledCoil, WireCoil
from euthymia.model.coil.files import coil_named, read_coil
from euthymia.model.coil.tcd import read_tcd
from euthymia.model.field.coil_measures import CoilMeasures, depth_and_spread
from euthymia.report.sections.words import tally

_PLAUSIBLE_V_PER_M = (0.2, 8.0)
_PLAUSIBLE_DIDT_A_PER_US = (10.0, 400.0)


def settings_of(texts: list[str]) -> dict[int, float]:
    """Settings such as "0=5.5" of a deformable coil's movements."""
    found = {}
    for text in texts:
        index, _, value = text.partition("=")
        try:
            found[int(index)] = float(value)
        except ValueError:
            raise InputError(
                f"--set {text!r}", "it is no setting", "Write it as number=value: --set 0=5"
            ) from None
    return found


def show_coil(name: str, settings: list[str], as_json: bool) -> None:
    """Print what is known of a coil of the catalogue or of a file."""
    coil = coil_named(name, settings_of(settings))
    measures = _measures(coil)
    if as_json:
        write_json(_data(coil, name, measures))
        return
    show(
        title(coil.name, coil.maker),
        facts(_facts(coil, measures, name)),
        *_movements(name),
        *_sources(coil),
    )


def check_coil(path: Path, as_json: bool) -> bool:
    """Print all that is odd about a coil file; False where something must be mended first."""
    coil = read_coil(path)
    measures = _measures(coil)
    findings = tuple(_findings(coil, measures))
    if as_json:
        write_json({**_data(coil, str(path), measures), "gravest": gravest(findings),
                    "findings": findings_data(findings)})  # fmt: skip
    else:
        show(
            title(f"Check of {path.name}", tally(findings)),
            facts(_facts(coil, measures, str(path))),
            section("Findings", finding_list(findings)) if findings else Text("Nothing is odd."),
        )
    return all(finding.severity < Severity.STOP for finding in findings)


def _measures(coil: AnyCoil) -> CoilMeasures | None:
    """Depth and spread, where the coil is made of dipoles and fits above the standard sphere."""
    if not isinstance(coil, Coil):
        return None
    try:
        return depth_and_spread(coil)
    except InputError:
        return None


def _made_of(coil: AnyCoil) -> str:
    if isinstance(coil, Coil):
        return f"{len(coil.positions_mm):,} magnetic dipoles"
    if isinstance(coil, WireCoil):
        return f"{len(coil.positions_mm):,} wire elements"
    if isinstance(coil, SampledCoil):
        shape = " x ".join(str(n) for n in coil.potential.shape[:3])
        return f"a vector potential of {shape} samples, {coil.spacing_mm[0]:g} mm apart"
    if isinstance(coil, CompoundCoil):
        return "; ".join(_made_of(part) for part in coil.parts)
    return type(coil).__name__


def _facts(coil: AnyCoil, measures: CoilMeasures | None, name: str) -> Iterator[tuple[str, str]]:
    yield "class", coil.coil_class
    yield "made of", _made_of(coil)
    didt = coil.max_didt_a_per_us
    yield "at 100 % output", f"{didt:.1f} A/µs on {coil.stimulator}" if didt else "not known"
    size = np.ptp(coil.face_mm, axis=0)
    yield "casing", f"{size[0]:.0f} x {size[1]:.0f} x {size[2]:.0f} mm (x, y, z of its face)"
    under = coil.potential_rate_at(np.array([[0.0, 0.0, 20.0]]))[0]
    yield "dA/dt 20 mm below the face", f"{np.linalg.norm(under):.3f} V/m for 1 A/µs"
    if measures is not None:
        yield (
            "half-value depth, spread",
            (
                f"{measures.half_depth_cm:.2f} cm, {measures.half_spread_cm2:.1f} cm² "
                "(standard sphere, winding 5 mm above the scalp)"
            ),
        )
        printed = published_depth_and_spread(name) if name in coil_ids() else None
        if printed is not None:
            yield "as printed (Deng 2013)", f"{printed[0]:.2f} cm, {printed[1]:.1f} cm²"
    yield "SHA-256 of the field", coil.sha256[:16]


def _movements(name: str) -> Iterator[RenderableType]:
    if name.lower().endswith(".tcd"):
        moves = read_tcd(Path(name)).movements
        if moves:
            yield section(
                "Movements (--set NUMBER=VALUE)",
                facts((str(each.index), f"{each.low:g} to {each.high:g} {each.unit}, now "
                       f"{each.initial:g}") for each in moves),
            )  # fmt: skip


def _sources(coil: AnyCoil) -> Iterator[RenderableType]:
    if coil.sources:
        yield section(
            "Sources",
            facts((each.short, each.note or "as printed") for each in coil.sources),
        )


def _data(coil: AnyCoil, name: str, measures: CoilMeasures | None) -> Data:
    return {
        "id": coil.id,
        "name": coil.name,
        "maker": coil.maker,
        "class": coil.coil_class,
        "made_of": _made_of(coil),
        "stimulator": coil.stimulator,
        "max_didt_a_per_us": coil.max_didt_a_per_us,
        "half_depth_cm": measures.half_depth_cm if measures else None,
        "half_spread_cm2": measures.half_spread_cm2 if measures else None,
        "sha256": coil.sha256,
        "movements": [
            {"index": each.index, "unit": each.unit, "initial": each.initial,
             "low": each.low, "high": each.high}
            for each in (read_tcd(Path(name)).movements if name.lower().endswith(".tcd") else ())
        ],
        "sources": [citation_data(source) for source in coil.sources],
    }  # fmt: skip


def _findings(coil: AnyCoil, measures: CoilMeasures | None) -> Iterator[Finding]:
    points = np.array([[x, y, 20.0] for x in (-30.0, 0.0, 30.0) for y in (-30.0, 0.0, 30.0)])
    front = np.linalg.norm(coil.potential_rate_at(points), axis=1).max()
    low, high = _PLAUSIBLE_V_PER_M
    if not low <= front <= high:
        yield Finding(
            "coil.strength", Severity.STOP, "field",
            "The field 20 mm below the face is not that of any stimulation coil: check that "
            "positions are in metres (.ccd) or millimetres (.tcd), and moments for one ampere",
            found=f"{front:.3g} V/m for 1 A/us", limit=f"{low:g} to {high:g} V/m",
        )  # fmt: skip
    heights = np.concatenate(
        [part.positions_mm[:, 2] for part in _listed(coil)] or [np.array([-1.0])]
    )
    if heights.min() >= 0:
        yield Finding(
            "coil.axis", Severity.STOP, "z axis",
            "The whole winding lies on the head's side of the face: the z axis must point into "
            "the head, with the winding at z below zero",
            found=f"z from {heights.min():.1f} to {heights.max():.1f} mm",
        )  # fmt: skip
    didt = coil.max_didt_a_per_us
    low, high = _PLAUSIBLE_DIDT_A_PER_US
    if didt is None:
        yield Finding(
            "coil.no-didt", Severity.CAUTION, "largest dI/dt",
            "The file does not say it: no field can be given for an output in % MSO",
        )  # fmt: skip
    elif not low <= didt <= high:
        yield Finding(
            "coil.didt", Severity.STOP, "largest dI/dt", "No stimulator has this: check the unit",
            found=f"{didt:g} A/us", limit=f"{low:g} to {high:g} A/us",
        )  # fmt: skip
    if isinstance(coil, Coil):
        yield from _of_dipoles(coil)
    if measures is None:
        yield Finding(
            "coil.no-measures", Severity.NOTE, "depth and spread",
            "They are computed for coils of dipoles that fit above the standard sphere",
        )  # fmt: skip


def _listed(coil: AnyCoil) -> tuple[Coil | WireCoil, ...]:
    """The parts of a coil that are lists of dipoles or wires."""
    parts = coil.parts if isinstance(coil, CompoundCoil) else (coil,)
    return tuple(part for part in parts if isinstance(part, Coil | WireCoil))


def _of_dipoles(coil: Coil) -> Iterator[Finding]:
    if len(coil.positions_mm) < 200:
        yield Finding(
            "coil.few-dipoles", Severity.CAUTION, "dipoles",
            "So few stand for no winding to 2 % (Gomez 2020 asks for 200 and more)",
            found=str(len(coil.positions_mm)), limit="200",
        )  # fmt: skip
    direction = np.linalg.norm(coil.moments_m2.sum(axis=0))
    total = np.linalg.norm(coil.moments_m2, axis=1).sum()
    yield Finding(
        "coil.balance", Severity.NOTE, "moments",
        "The wings cancel each other, as in a figure-8" if direction < 0.05 * total else
        "The moments add up in one direction, as in a circular or double-cone coil",
        found=f"{direction / total:.0%} of the moments' sizes",
    )  # fmt: skip
