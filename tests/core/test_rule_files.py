"""Cited rules by id, and the faults that a data file can have."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from euthymia.core.errors import InputError
from euthymia.core.findings import Severity
from euthymia.core.references import all_references
from euthymia.core.rule_checks import check_files
from euthymia.core.rule_files import RuleFile, all_rules, find_rules, rule_files, rules_of

KNOWN = all_references()[0].id
SOURCE = f'source = {{ ref = "{KNOWN}", tag = "V" }}'


def faults(text: str) -> set[str]:
    """The kinds of fault of a file with that content."""
    file = RuleFile("assess/data/made.toml", "made", tomllib.loads(text))
    return {finding.code.removeprefix("rules.") for finding in check_files([file])}


def test_a_sound_file_has_no_fault():
    assert faults(f'[[row]]\nid = "one"\nlow = 1\nhigh = 2\n{SOURCE}') == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('[[row]]\nid = "one"', "no-source"),
        ('[row]\nsource = { ref = "nobody-1900", tag = "V" }', "reference"),
        (f'[row]\nsource = {{ ref = "{KNOWN}" }}', "citation"),
        (f'[row]\nsource = {{ ref = "{KNOWN}", tag = "X" }}', "citation"),
        (f'[row]\nsource = {{ ref = "{KNOWN}", tag = "V", page = 3 }}', "citation"),
        (f'[row]\nsource = "{KNOWN}"\nother_source = {{ ref = "{KNOWN}", tag = "V" }}', "source"),
        (f"[row]\nlow = 3\nhigh = 2\n{SOURCE}", "order"),
        (f"[row]\nfrom = 2024-01-01\nuntil = 2023-01-01\n{SOURCE}", "order"),
        (f"[row]\nearliest = 2024-01-02\nlatest = 2024-01-01\n{SOURCE}", "order"),
        (
            f'[[row.band]]\nlabel="a"\nlow=0\nhigh=4\n[[row.band]]\nlabel="b"\nlow=6\nhigh=9\n'
            f"[other]\n{SOURCE}",
            "bands",
        ),
        (
            f'[[row.band]]\nlabel="a"\nlow=0\nhigh=4\n[[row.band]]\nlabel="b"\nlow=4\nhigh=9\n'
            f"[other]\n{SOURCE}",
            "bands",
        ),
        (
            f'[[payer]]\nid="a"\npayer="P"\nfrom=2020-01-01\n{SOURCE}\n'
            f'[[payer]]\nid="b"\npayer="P"\nfrom=2021-01-01\n{SOURCE}',
            "overlap",
        ),
    ],
)
def test_a_fault_of_a_file_is_found_and_named(text, kind):
    assert faults(text) == {kind}


def test_versions_that_follow_each_other_are_no_fault():
    text = (
        f'[[payer]]\nid="a"\npayer="P"\nuntil=2020-12-31\n{SOURCE}\n'
        f'[[payer]]\nid="b"\npayer="P"\nfrom=2021-01-01\n{SOURCE}\n'
        f'[[payer]]\nid="c"\npayer="Q"\nfrom=2019-01-01\n{SOURCE}'
    )
    assert faults(text) == set()


def test_all_faults_are_found_at_once():
    text = f'[one]\nlow = 3\nhigh = 2\n{SOURCE}\n[two]\nsource = {{ ref = "nobody", tag = "V" }}'
    assert faults(text) == {"order", "reference"}


def test_the_data_files_that_ship_have_no_fault():
    found = check_files(rule_files())
    assert [f for f in found if f.severity is Severity.STOP] == []


def test_every_rule_has_an_id_of_its_own_and_a_source():
    ids = [rule.id for rule in all_rules()]
    assert len(set(ids)) == len(ids)
    for rule in all_rules():
        assert rule.citations, rule.id
        assert rule.id == rule.id.casefold()
        for _, citation in rule.citations:
            assert citation.reference.title


def test_a_rule_is_found_by_its_id_with_what_lies_below_it():
    first, *below = find_rules("payers.medicare-l34998-l34522")
    assert first.content["from"] == date(2022, 12, 11)
    assert below == []
    assert len(find_rules("scales.phq9")) > 5
    with pytest.raises(InputError, match=r"no rule has this id.*scales.phq9"):
        find_rules("phq9")


def test_rows_of_one_name_are_numbered():
    file = RuleFile(
        "a/data/b.toml", "b", tomllib.loads(f'[[r]]\nid="x"\n{SOURCE}\n[[r]]\nid="x"\n{SOURCE}')
    )
    assert [rule.id for rule in rules_of(file)] == ["b.x", "b.x-2"]
