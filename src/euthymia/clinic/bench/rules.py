"""What the planning bench says of itself, with its source."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from euthymia.assess.data_files import Row
from euthymia.core.references import Citation


class ErrorRule(Row):
    """The error of a shown field, as a share of it, from which on it is said in words."""

    caution_above: float
    source: Citation


class OutputRule(Row):
    """The output with which the page begins where no motor threshold is known."""

    usual_pct_mso: int
    source: Citation


class BenchRules(Row):
    """All of them."""

    error: ErrorRule
    output: OutputRule


@cache
def bench_rules() -> BenchRules:
    """The rules as their file holds them."""
    file = files("euthymia.clinic.bench") / "data" / "bench.toml"
    return BenchRules.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
