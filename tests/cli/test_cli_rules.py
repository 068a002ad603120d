"""`euthymia rules`: listed, shown with source and tag, checked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cli_samples import run

from euthymia.assess.eligibility.conditions import conditions
from euthymia.cli import rules_check
from euthymia.core.rule_files import all_rules, rule_files


def test_the_tables_are_listed_with_the_number_of_their_unverified_rules() -> None:
    done = run("rules", "list")
    assert done.code == 0
    recalled = sum(not rule.verified for rule in all_rules())
    assert f"{len(all_rules())} rules, {recalled} unverified" in done.out
    assert "assess/data/payers.toml" in done.out


def test_the_rules_of_one_table_are_listed_with_their_sources() -> None:
    found = run("rules", "list", "--table", "payers", "--json").json["rules"]
    assert {rule["table"] for rule in found} == {"payers"}
    assert all(rule["citations"] for rule in found)
    some = next(rule for rule in found if rule["id"] == "payers.medicare-l34998-l34522")
    assert some["citations"][0]["tag"] == "V2"


def test_only_what_is_unverified_is_listed_on_request() -> None:
    found = run("rules", "list", "--unverified", "--json").json["rules"]
    assert found
    assert not any(rule["verified"] for rule in found)


def test_a_rule_is_shown_with_its_value_its_source_and_its_tag() -> None:
    done = run("rules", "show", "tables.s1")
    assert done.code == 0
    text = " ".join(done.out.split())
    assert "unverified: recalled" in text
    assert "Rossi" in text and "Table 4" in text
    assert ">1800" in text
    data = run("rules", "show", "scales.phq9.missing", "--json").json["rules"]
    assert data[0]["content"]["up_to"] == 2


def test_what_is_not_there_is_refused_with_what_is() -> None:
    assert "Choose one of" in run("rules", "show", "nothing-at-all").refusal
    assert "payers" in run("rules", "list", "--table", "nothing").refusal


def test_the_data_files_that_ship_are_sound() -> None:
    done = run("rules", "check")
    assert done.code == 0
    assert f"{len(rule_files())} data files are sound" in done.out
    assert run("rules", "check", "--json").json["sound"] is True


def test_every_file_of_the_assessment_is_also_read_by_its_own_room() -> None:
    named = {file.name for file in rule_files() if file.path.startswith("assess/")}
    assert named <= set(rules_check.READERS)


def test_a_file_that_its_room_cannot_read_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ValueError("the bands do not cover the range")

    monkeypatch.setitem(rules_check.READERS, "scales", broken)
    (found,) = [f for f in rules_check.all_faults() if f.code == "rules.schema"]
    assert "the bands do not cover the range" in found.message


def test_a_fault_ends_with_exit_code_2_and_names_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = rule_files()
    broken = replace(first, content={**first.content, "made": {"low": 2, "high": 1}})
    monkeypatch.setattr(rules_check, "rule_files", lambda: (broken, *others))
    done = run("rules", "check")
    assert done.code == 2
    assert f"{first.name}.made" in done.out
    assert "1 of their rows are not sound" in done.err


def test_a_condition_whose_protocol_does_not_exist_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ocd = next(row for row in conditions() if row.protocols)
    wrong = ocd.model_copy(update={"protocols": ("no-such",), "targets": ("nowhere",)})
    monkeypatch.setattr(rules_check, "conditions", lambda: (wrong,))
    told = " ".join(finding.message for finding in rules_check.all_faults())
    assert "protocol 'no-such' is not one for" in told
    assert "there is no target 'nowhere'" in told
