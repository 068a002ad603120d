"""Implants and metal near the coil, judged by the device labels and by the guidelines.

The two rule sets stand in `data/implants.toml` and may disagree; every rule that applies, or that
cannot be ruled out, gives a finding. Its code begins with "safety.label." or "safety.guideline.".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from euthymia.assess.data_files import Row, load_table
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Citation


class ImplantKind(StrEnum):
    """What an implant, a worn device or a piece of metal is."""

    PACEMAKER = "pacemaker"
    ICD = "icd"
    WEARABLE_DEFIBRILLATOR = "wearable-defibrillator"
    VNS = "vns"
    INTRACARDIAC_LINES = "intracardiac-lines"
    COCHLEAR_IMPLANT = "cochlear-implant"
    DBS = "dbs"
    CORTICAL_STIMULATOR = "cortical-stimulator"
    NERVE_STIMULATOR = "nerve-stimulator"
    INFUSION_PUMP = "infusion-pump"
    VP_SHUNT = "vp-shunt"
    ANEURYSM_CLIP = "aneurysm-clip"
    STENT = "stent"
    PLATE = "plate"
    ELECTRODE = "electrode"
    FRAGMENT = "fragment"
    DENTAL = "dental"
    PIERCING = "piercing"
    HEARING_AID = "hearing-aid"
    OTHER = "other"


class RuleSet(StrEnum):
    """The two sources of rules on implants, which are allowed to disagree."""

    LABEL = "label"
    GUIDELINE = "guideline"


@dataclass(frozen=True, slots=True)
class Implant:
    """An implant, a worn device or a piece of metal; None means unknown.

    `distance_from_coil_cm` is the distance from the coil in its treatment place to the nearest part
    of the piece, leads included; `electronics_distance_cm` the one to its pulse generator or other
    electronics, where that lies elsewhere. `conductive` also covers ferromagnetic or
    magnet-sensitive. What holds for all of a kind need not be stated.
    """

    kind: ImplantKind
    location: str = ""
    distance_from_coil_cm: float | None = None
    removable: bool | None = None
    electronic: bool | None = None
    conductive: bool | None = None
    mr_conditional: bool | None = None
    intracranial: bool | None = None
    electronics_distance_cm: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        nearest, electronics = self.distance_from_coil_cm, self.electronics_distance_cm
        for distance in (nearest, electronics):
            if distance is not None and not (math.isfinite(distance) and distance >= 0):
                raise InputError(
                    f"implant {self.kind}",
                    f"a distance of {distance:g} cm from the coil is not possible",
                    "Measure it in cm, or leave it out if it is unknown",
                )
        if nearest is not None and electronics is not None and electronics < nearest:
            raise InputError(
                f"implant {self.kind}",
                f"its electronics ({electronics:g} cm) lie nearer than its nearest part "
                f"({nearest:g} cm)",
                "Exchange or correct the two distances",
            )


class KindRow(Row):
    """A kind of implant with the properties that hold for all of it."""

    id: ImplantKind
    name: str
    removable: bool | None = None
    electronic: bool | None = None
    conductive: bool | None = None
    physiological: bool | None = None
    intracranial: bool | None = None


class ImplantRule(Row):
    """A rule on implants: its conditions, all of which have to hold, and what it says."""

    id: str
    rule_set: RuleSet
    kinds: tuple[ImplantKind, ...] = ()
    not_kinds: tuple[ImplantKind, ...] = ()
    removable: bool | None = None
    electronic: bool | None = None
    conductive: bool | None = None
    physiological: bool | None = None
    mr_conditional: bool | None = None
    intracranial: bool | None = None
    up_to_cm: float | None = None
    electronics_nearer_than_cm: float | None = None
    electronics_at_least_cm: float | None = None
    severity: str
    if_unknown: str
    message: str
    limit: str = ""
    nearest_allowed: str = ""
    source: Citation


class _RuleSetRow(Row):
    name: str
    source: Citation


class _Tables(Row):
    head_reach_cm: float
    rule_sets: dict[RuleSet, _RuleSetRow]
    kind: tuple[KindRow, ...]
    rule: tuple[ImplantRule, ...]


@cache
def _tables() -> _Tables:
    return _Tables.model_validate(load_table("implants.toml"))


def implant_rules() -> tuple[ImplantRule, ...]:
    """All rules of both sets."""
    return _tables().rule


def implant_kinds() -> tuple[KindRow, ...]:
    """All kinds of implants, with what holds for each."""
    return _tables().kind


IMPLANT_PROPERTIES = ("removable", "electronic", "conductive", "mr_conditional", "intracranial")
_SAID = {
    "removable": "whether it can be removed",
    "electronic": "whether it is electronic",
    "conductive": "whether it is conductive or magnetic",
    "mr_conditional": "whether it is MR-compatible",
    "intracranial": "whether it lies within the skull",
    "physiological": "whether it is steered by signals of the body",
}


def check_implants(implants: Iterable[Implant]) -> tuple[Finding, ...]:
    """All findings on all implants, under both rule sets."""
    return tuple(
        finding
        for implant in implants
        for rule in implant_rules()
        if (finding := _apply(rule, implant)) is not None
    )


def _apply(rule: ImplantRule, implant: Implant) -> Finding | None:
    kind = next(row for row in implant_kinds() if row.id is implant.kind)
    if (rule.kinds and implant.kind not in rule.kinds) or implant.kind in rule.not_kinds:
        return None
    known = _properties(implant, kind)
    conditions = [
        *_property_conditions(rule, known),
        *_distance_conditions(rule, implant, known["intracranial"]),
    ]
    if any(held is False for held, _ in conditions):
        return None
    open_points = [said for held, said in conditions if held is None]
    severity = rule.if_unknown if open_points else rule.severity
    needed = f" (applies unless shown otherwise; unknown: {', '.join(open_points)})"
    return Finding(
        code=f"safety.{rule.id}",
        severity=Severity[severity.upper()],
        subject=_subject(implant, kind),
        message=f"{rule.message}{needed if open_points else ''}",
        found=_distance_text(implant),
        limit=rule.limit,
        nearest_allowed=rule.nearest_allowed,
        source=rule.source,
    )


def _properties(implant: Implant, kind: KindRow) -> dict[str, bool | None]:
    """What is known of a piece: what holds for its kind, and what was said of it."""
    known: dict[str, bool | None] = {"physiological": kind.physiological or False}
    if kind.id is ImplantKind.OTHER:
        known["physiological"] = None
    for name in IMPLANT_PROPERTIES:
        of_kind, of_piece = getattr(kind, name, None), getattr(implant, name)
        if of_kind is not None and of_piece is not None and of_kind is not of_piece:
            said, true = ("" if of_piece else "not "), ("" if of_kind else "not ")
            word = name.replace("_", "-")
            raise InputError(
                f"implant {kind.name}",
                f"it is recorded as {said}{word}, but the kind is {true}{word}",
                "Correct the kind or the property",
            )
        known[name] = of_kind if of_kind is not None else of_piece
    if known["electronic"] is False:
        known["physiological"] = False
    return known


def _property_conditions(
    rule: ImplantRule, known: dict[str, bool | None]
) -> list[tuple[bool | None, str]]:
    conditions: list[tuple[bool | None, str]] = []
    for name, value in known.items():
        asked = getattr(rule, name)
        if asked is not None:
            conditions.append((None if value is None else value is asked, _SAID[name]))
    return conditions


def _distance_conditions(
    rule: ImplantRule, implant: Implant, within_head: bool | None
) -> list[tuple[bool | None, str]]:
    conditions: list[tuple[bool | None, str]] = []
    if rule.up_to_cm is not None:
        near = _nearest_within(implant, rule.up_to_cm, within_head)
        conditions.append((near, "its distance from the coil"))
    limit, nearer = rule.electronics_at_least_cm, rule.electronics_nearer_than_cm
    said = "the distance of its electronics from the coil"
    if limit is not None:
        conditions.append((_electronics_away(implant, limit), said))
    if nearer is not None:
        away = _electronics_away(implant, nearer)
        conditions.append((None if away is None else not away, said))
    return conditions


def _nearest_within(implant: Implant, limit_cm: float, within_head: bool | None) -> bool | None:
    distance = implant.distance_from_coil_cm
    reach = _tables().head_reach_cm
    if within_head and distance is not None and distance > reach:
        raise InputError(
            f"implant {implant.kind}",
            f"a piece within the skull cannot be {distance:g} cm from a coil on the head",
            f"Give the distance to its nearest part, which is at most {reach:g} cm",
        )
    if distance is None:
        return True if within_head and reach <= limit_cm else None
    return distance <= limit_cm


def _electronics_away(implant: Implant, limit_cm: float) -> bool | None:
    """Whether the electronics are at least that far; the nearest part bounds them from below."""
    if implant.electronics_distance_cm is not None:
        return implant.electronics_distance_cm >= limit_cm
    nearest = implant.distance_from_coil_cm
    return True if nearest is not None and nearest >= limit_cm else None


def _subject(implant: Implant, kind: KindRow) -> str:
    return f"{kind.name} ({implant.location})" if implant.location else kind.name


def _distance_text(implant: Implant) -> str:
    nearest, electronics = implant.distance_from_coil_cm, implant.electronics_distance_cm
    text = "distance unknown" if nearest is None else f"{nearest:g} cm from the coil"
    return text if electronics is None else f"{text}, electronics {electronics:g} cm"
