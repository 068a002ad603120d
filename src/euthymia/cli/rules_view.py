"""Rules as lists and as they stand in their files, for a person and for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rich.text import Text

from euthymia.cli.output import facts, section, show, table, title
from euthymia.cli.plain import Data, citation_data
from euthymia.core.errors import InputError
from euthymia.core.rule_files import Rule, all_rules, find_rules, is_citation


def chosen(name: str | None, unverified: bool) -> tuple[Rule, ...]:
    """The rules of a table, or of all; refuses a table that there is not."""
    known = dict.fromkeys(rule.file for rule in all_rules())
    if name is not None and name not in known:
        raise InputError(
            f"table {name!r}", "there is no such table", f"Choose one of: {', '.join(known)}"
        )
    return tuple(
        rule
        for rule in all_rules()
        if (name is None or rule.file == name) and not (unverified and rule.verified)
    )


def rules_data(name: str | None, unverified: bool) -> Data:
    """The rules as plain data."""
    return {"rules": [_listed(rule) for rule in chosen(name, unverified)]}


def show_rules(name: str | None, unverified: bool) -> None:
    """Print the tables with counts, or the rules of one table or of what is unverified."""
    rules = chosen(name, unverified)
    if name is None and not unverified:
        _show_tables(rules)
        return
    rows = [(rule.id, _state(rule), "; ".join(dict.fromkeys(_sources(rule)))) for rule in rules]
    show(title("Rules", f"{len(rules)}"), Text(""))
    show(table(("id", "tag", "source"), rows, whole=(0,)))


def rule_data(key: str) -> Data:
    """The rules of an id as plain data, with their content."""
    return {
        "rules": [{**_listed(rule), "content": _plain(rule.content)} for rule in find_rules(key)]
    }


def show_found(key: str) -> None:
    """Print the rule of an id, and what lies below it."""
    first, *below = find_rules(key)
    show(title(first.id, first.path))
    if not first.verified:
        show(Text("unverified: recalled, still to be checked against its source", style="yellow"))
    values = [(name, text) for name, text in _values(first.content)]
    if values:
        show(section("Rule", facts(values)))
    show(section("Sources", facts(list(_cited(first)))))
    if below:
        rows = [(rule.id, _state(rule), _short(rule)) for rule in below]
        show(section("Below it", table(("id", "tag", "rule"), rows)))


def _show_tables(rules: Sequence[Rule]) -> None:
    total, recalled = Counter(rule.file for rule in rules), Counter(
        rule.file for rule in rules if not rule.verified
    )  # fmt: skip
    paths = {rule.file: rule.path for rule in rules}
    rows = [
        (name, str(count), str(recalled[name] or ""), paths[name]) for name, count in total.items()
    ]
    show(title("Tables of rules", f"{len(rules)} rules, {sum(recalled.values())} unverified"))
    show(Text(""), table(("table", "rules", "unverified", "file"), rows, numeric=(1, 2)))


def _listed(rule: Rule) -> Data:
    return {
        "id": rule.id,
        "table": rule.file,
        "file": rule.path,
        "verified": rule.verified,
        "citations": [
            {"field": field, **(citation_data(citation) or {})}
            for field, citation in rule.citations
        ],
    }


def _state(rule: Rule) -> str | Text:
    return rule.tags if rule.verified else Text(f"{rule.tags} unverified", style="yellow")


def _sources(rule: Rule) -> Iterator[str]:
    for _, citation in rule.citations:
        yield citation.short


def _cited(rule: Rule) -> Iterator[tuple[str, str | Text]]:
    for field, citation in rule.citations:
        told = f"{citation.reference.text} [{citation.tag.value}: {citation.tag.meaning}]"
        place = f"; at {citation.at}" if citation.at else ""
        note = f"; {citation.note}" if citation.note else ""
        yield field, f"{told}{place}{note}"


def _values(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """What a table says beside its sources; tables below it that are rules of their own are left
    out."""
    for key, value in content.items():
        if is_citation(value) or _holds_citation(value):
            continue
        if isinstance(value, Mapping):
            yield from _values(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _text(value)


def _holds_citation(value: object) -> bool:
    if isinstance(value, Mapping):
        return is_citation(value) or any(_holds_citation(part) for part in value.values())
    return isinstance(value, list) and any(_holds_citation(part) for part in value)


def _short(rule: Rule) -> str:
    return "; ".join(f"{name}: {text}" for name, text in _values(rule.content))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_text(part) for part in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(part)}" for key, part in value.items())
    return str(value)


def _plain(value: object) -> object:
    """The content with dates as text, and citations as they stand."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
