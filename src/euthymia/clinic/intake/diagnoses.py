"""The diagnoses that the picker offers, in the classification that a site uses."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from euthymia.assess.data_files import Row
from euthymia.chart.patient_facts import Diagnosis
from euthymia.core.references import Citation

System = Literal["ICD-10", "ICD-10-CM"]


class Code(Row):
    """One code with its label, and the classifications that have it so."""

    code: str
    label: str
    systems: tuple[System, ...]


class _Group(Row):
    name: str
    code: tuple[Code, ...]


class _SystemRow(Row):
    source: Citation


class _Tables(Row):
    system: dict[str, _SystemRow]
    group: tuple[_Group, ...]


@cache
def _tables() -> _Tables:
    text = (files("euthymia.clinic.intake") / "data" / "diagnoses.toml").read_text("utf-8")
    return _Tables.model_validate(tomllib.loads(text))


def system_of(country: str) -> System:
    """The classification in use in a country (ISO 3166)."""
    return "ICD-10-CM" if country == "US" else "ICD-10"


def source_of(system: System) -> Citation:
    """Where the codes of a classification come from."""
    return _tables().system[system.lower()].source


def choices(system: System) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of codes with their labels, as a form's select takes them."""
    return [
        (group.name, [(c.code, f"{c.code}  {c.label}") for c in group.code if system in c.systems])
        for group in _tables().group
    ]


def diagnosis(system: System, code: str) -> Diagnosis | None:
    """The diagnosis of a listed code; None where the list does not have it."""
    for group in _tables().group:
        for row in group.code:
            if row.code == code and system in row.systems:
                return Diagnosis(system=system, code=row.code, label=row.label)
    return None
