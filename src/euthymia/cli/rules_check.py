"""The work of `euthymia rules check`: each data file by itself, by its room, against others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from pydantic import ValidationError
from rich.text import Text

from euthymia.assess.burden.evidence import burden_facts
from euthymia.assess.eligibility import label
from euthymia.assess.eligibility.conditions import conditions
from euthymia.assess.eligibility.payers import payer_rules, settles
from euthymia.assess.medication.catalogue import all_agents
from euthymia.assess.medication.instruments import Instrument
from euthymia.assess.medication.told.words import history_words, side_effects
from euthymia.assess.safety.implants import implant_rules
from euthymia.assess.safety.screen import screen_items
from euthymia.assess.safety.seizure_drugs import drug_groups
from euthymia.assess.safety.session_rules import session_rules
from euthymia.assess.scales.crosswalk import crosswalks
from euthymia.assess.scales.scale_rules import all_scales
from euthymia.assess.staging.rules import staging_rules
from euthymia.cli.findings import finding_list
from euthymia.cli.output import section, show, write_json
from euthymia.cli.plain import findings_data
from euthymia.core.errors import InputError
from euthymia.core.findings import Finding, Severity
from euthymia.core.rule_checks import check_files
from euthymia.core.rule_files import all_rules, rule_files
from euthymia.model.coil.catalogue import coil_ids
from euthymia.plan.course.conventions import conventions
from euthymia.plan.dose.rules import dose_rules
from euthymia.plan.protocol.catalogue import catalogue, clearances
from euthymia.plan.protocol.courses import courses
from euthymia.plan.protocol.limits import interval_table, train_tables
from euthymia.plan.protocol.policy import default_policy
from euthymia.plan.protocol.stimulators import stimulators
from euthymia.plan.target.catalogue import targets

READERS: dict[str, Callable[[], object]] = {
    "agents": all_agents,
    "instruments": lambda: [instrument.rule for instrument in Instrument],
    "staging": staging_rules,
    "burden": burden_facts,
    "history_words": history_words,
    "side_effects": side_effects,
    "scales": all_scales,
    "crosswalks": crosswalks,
    "screening": screen_items,
    "implants": implant_rules,
    "seizure": drug_groups,
    "session": session_rules,
    "indications": label.clearances,
    "conditions": conditions,
    "payers": payer_rules,
    "protocols": catalogue,
    "protocol-clearances": clearances,
    "courses": courses,
    "tables": lambda: (train_tables(), interval_table()),
    "policy": default_policy,
    "stimulators": stimulators,
    "targets": targets,
    "dose-rules": dose_rules,
    "conventions": conventions,
    "coils": coil_ids,
}
"""How each room reads its own file, which refuses what does not fit its schema."""


def run_check(as_json: bool) -> None:
    """Check and print; faults end with exit code 2."""
    found = all_faults()
    faults = [finding for finding in found if finding.severity is Severity.STOP]
    recalled = [rule for rule in all_rules() if not rule.verified] if not faults else []
    if as_json:
        write_json(
            {"sound": not faults, "unverified": len(recalled), "findings": findings_data(found)}
        )
    else:
        if not faults:
            files, rules = len(rule_files()), len(all_rules())
            told = f"{files} data files are sound: {rules} rules, {len(recalled)} unverified"
            show(Text(told, style="bold"))
        if found:
            show(section("Found in the data files", finding_list(found)))
    if faults:
        raise InputError(
            "data files",
            f"{len(faults)} of their rows are not sound",
            "Correct what is listed and check again",
        )


def all_faults() -> tuple[Finding, ...]:
    """Everything found in the data files; what must not stand is a stop."""
    return (*check_files(rule_files()), *_read_faults(), *_link_faults())


def _fault(kind: str, subject: str, message: str) -> Finding:
    return Finding(f"rules.{kind}", Severity.STOP, subject, message)


def _read_faults() -> Iterator[Finding]:
    for name, read in READERS.items():
        try:
            read()
        except (ValidationError, ValueError, KeyError) as error:
            yield _fault("schema", name, f"its room cannot read it: {error}")


def _link_faults() -> Iterator[Finding]:
    """Names that one table takes from another, and facts that stand in two of them."""
    protocols = {entry.id: entry.indication for entry in catalogue()}
    for condition in conditions():
        for protocol in condition.protocols:
            if protocols.get(protocol) != condition.plan_name:
                told = f"protocol {protocol!r} is not one for {condition.plan_name!r}"
                yield _fault("link", f"conditions.{condition.diagnosis}", told)
        for target in condition.targets:
            if target not in {**targets().coordinates, **targets().scalp_rules}:
                told = f"there is no target {target!r}"
                yield _fault("link", f"conditions.{condition.diagnosis}", told)
    known = {indication.id for indication in label.indications()}
    for clearance in label.clearances():
        for indication in set(clearance.indications) - known:
            told = f"there is no indication {indication!r}"
            yield _fault("link", f"indications.{clearance.number}", told)
    for fact in label.Fact:
        try:
            settles(fact.value)
        except KeyError:
            yield _fault("link", "payers.settle", f"nobody settles {fact.value!r}")
    yield from _clearance_faults()


def _clearance_faults() -> Iterator[Finding]:
    """Two tables know the clearances: their days have to agree."""
    days = {
        number: clearance
        for clearance in label.clearances()
        for number in re.split(r"\s*/\s*", clearance.number)
    }
    for other in clearances():
        numbers = [number for number in (other.number, *other.also) if number in days]
        for number in numbers:
            found = days[number]
            first, last = _span(other.date)
            if found.latest < first or found.earliest > last:
                told = f"{found.earliest} to {found.latest} here, {other.date} with the protocols"
                yield _fault("clearance-date", f"indications.{number}", told)


def _span(text: str) -> tuple[date, date]:
    """The first and the last day that "2018", "2018-08" or "2018-08-17" can mean."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        day = date(*parts)
        return day, day
    year, month = parts[0], parts[1] if len(parts) > 1 else None
    first = date(year, month or 1, 1)
    after = date(year + (month or 12) // 12, (month or 12) % 12 + 1, 1)
    return first, date.fromordinal(after.toordinal() - 1)
