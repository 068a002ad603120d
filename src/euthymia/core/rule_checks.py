"""Whether data files are sound: sources registered, tags known, dates in order, bands without gaps.

These checks know no room; they look at the shapes that all data files share. Every fault is a
finding, so that all of them are seen at once. A file without any source is only a caution: it may
hold no clinical rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, pairwise
from typing import Any

from pydantic import ValidationError

from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.references import Citation
from euthymia.core.rule_files import RuleFile, is_citation

_SPANS = (("from", "until"), ("earliest", "latest"), ("low", "high"))


def check_files(files: Iterable[RuleFile]) -> tuple[Finding, ...]:
    """Every fault of the files; nothing is changed, and none stops the others."""
    found: list[Finding] = []
    for file in files:
        nodes = tuple(_nodes(file.content, file.name))
        if not any(is_citation(node) for _, node in nodes):
            message = "the file cites no source at all"
            found.append(Finding("rules.no-source", Severity.CAUTION, file.name, message))
        for place, node in nodes:
            if is_citation(node):
                found += _citation_faults(place, node)
            elif isinstance(node, Mapping):
                found += _span_faults(place, node)
                found += _tag_faults(place, node)
            elif isinstance(node, list) and place.endswith("band"):
                found += _band_faults(place, node)
        found += _version_faults(file)
    return tuple(found)


def _fault(kind: str, subject: str, message: str) -> Finding:
    return Finding(f"rules.{kind}", Severity.STOP, subject, message)


def _nodes(node: Any, place: str) -> Iterator[tuple[str, Any]]:
    yield place, node
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _nodes(value, f"{place}.{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node, start=1):
            yield from _nodes(value, f"{place}[{number}]")


def _citation_faults(place: str, node: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        citation = Citation.model_validate(node)
    except ValidationError as error:
        said = "; ".join(f"{e['loc'][0] if e['loc'] else ''}: {e['msg']}" for e in error.errors())
        yield _fault("citation", place, f"it is no citation ({said})")
        return
    try:
        _ = citation.reference
    except InputError:
        yield _fault("reference", place, f"the reference {citation.ref!r} is not registered")


def _tag_faults(place: str, node: Mapping[str, Any]) -> Iterator[Finding]:
    """A field that is meant as a source and is none."""
    for key, value in node.items():
        named = key == "source" or key.endswith("_source")
        if named and not is_citation(value):
            yield _fault("source", f"{place}.{key}", "it is no citation: give ref and tag")


def _span_faults(place: str, node: Mapping[str, Any]) -> Iterator[Finding]:
    for first, last in _SPANS:
        low, high = node.get(first), node.get(last)
        comparable = (isinstance(low, date) and isinstance(high, date)) or (
            isinstance(low, int | float) and isinstance(high, int | float)
        )
        if comparable and low > high:  # type: ignore[operator] # both of one kind, seen above
            yield _fault("order", place, f"{first} {low} lies after {last} {high}")


def _band_faults(place: str, rows: Sequence[Any]) -> Iterator[Finding]:
    """Whole-numbered bands follow each other without gap or overlap."""
    edges = [
        (row["label"], row["low"], row["high"])
        for row in rows
        if isinstance(row, Mapping) and {"label", "low", "high"} <= set(row)
    ]
    for (label, _, high), (other, low, _) in pairwise(edges):
        if low != high + 1:
            kind = "gap" if low > high + 1 else "overlap"
            yield _fault(
                "bands", place, f"{kind} between {label!r} (to {high}) and {other!r} (from {low})"
            )


def _version_faults(file: RuleFile) -> Iterator[Finding]:
    """Versions of one payer's rule that hold on the same day."""
    rows = [row for row in file.content.get("payer", []) if isinstance(row, Mapping)]
    dated = [row for row in rows if "from" in row or "until" in row]
    for one, other in combinations(dated, 2):
        if one.get("payer") != other.get("payer"):
            continue
        start = max(one.get("from", date.min), other.get("from", date.min))
        end = min(one.get("until", date.max), other.get("until", date.max))
        if start <= end:
            names = f"{one.get('id')} and {other.get('id')}"
            yield _fault("overlap", file.name, f"{names} both hold on {start}")
