"""Which table of the clinical reference stands in which data file: none is missing, each is cited.

The numbers are those of the project's clinical reference: 1.5 payers, 2 safety, 4 protocols and
clearances, 6 outcomes. Section 3 (finding the motor threshold) belongs to the room that treats.
"""

from __future__ import annotations

import pytest

from euthymia.assess.eligibility.conditions import Evidence, conditions
from euthymia.assess.eligibility.label import Diagnosis, clearances
from euthymia.assess.eligibility.payers import billing_codes, payer_rules
from euthymia.assess.safety.screen import screen_items
from euthymia.assess.safety.seizure_drugs import drug_groups
from euthymia.assess.safety.session_rules import session_rules
from euthymia.assess.scales.crosswalk import crosswalks
from euthymia.assess.scales.scale_rules import all_scales
from euthymia.core.rule_files import all_rules, find_rules

PLACES = {
    "1.5 payers": ("payers.medicare-l34998-l34522", "payers.medicare-l33398", "payers.aetna"),
    "1.5 CPT codes": ("payers.90867", "payers.90868", "payers.90869"),
    "2.1 TASS, IFCN and the checklist": ("screening.questionnaires.tass", "screening.seizure"),
    "2.2 contraindications": ("implants.label-metal-within-30cm", "implants.label-dental"),
    "2.3 train duration S1 and S2": ("tables.s1", "tables.s2"),
    "2.3 intervals S3": ("tables.s3",),
    "2.4 seizure risk": ("seizure.per-session", "seizure.per-patient-h-coil", "seizure.survey"),
    "2.5 drugs": ("seizure.strong", "seizure.relative", "seizure.withdrawal"),
    "2.6 hearing": ("session.no-ear-protection", "session.ear-protection"),
    "2.6 pregnancy": ("session.pregnancy-tilt", "session.pregnant-operator"),
    "2.6 pulse maxima": ("policy.caps",),
    "2.6 missed sessions": ("session.gaps",),
    "2.6 threshold measured again": ("session.redetermination",),
    "2.6 ramp": ("session.ramp",),
    "2.6 adverse events": ("session.events",),
    "4.1 protocols": ("protocols.hf10-37", "protocols.snt", "protocols.ocd-h7"),
    "4.3 courses": ("courses.standard-36",),
    "4.4 clearances": ("indications.k231926", "protocol-clearances.k231926"),
    "6.1 scales": ("scales.phq9", "scales.cssrs-screen", "scales.hamd28"),
    "6.2 IDS, QIDS and HAM-D": ("crosswalks.ids_family",),
    "6.3 HAM-D17 and MADRS": ("crosswalks.hamd17-madrs", "crosswalks.irt-hamd17-madrs"),
    "6.3 PROMIS": ("crosswalks.promis_t", "crosswalks.phq9_promis_t"),
}


@pytest.mark.parametrize(("table", "ids"), PLACES.items(), ids=PLACES)
def test_every_table_of_the_reference_stands_in_data_with_its_tag(table, ids):
    for key in ids:
        found = [rule for rule in all_rules() if rule.id.startswith(key)]
        assert found, (table, key)
        assert all(citation.tag for rule in found for _, citation in rule.citations)


def test_the_screening_questionnaires_are_whole():
    items = screen_items()
    assert sorted(item.tass for item in items if item.tass) == list(range(1, 15))
    assert sorted(item.ifcn for item in items if item.ifcn) == list(range(1, 14))
    absolute = {item.id for item in items if item.checklist == "absolute"}
    assert absolute == {
        "cochlear-implant", "neurostimulator", "cardiac-device", "infusion-pump",
        "seizure-recent", "tms-serious-event", "head-injury",
    }  # fmt: skip
    considered = {item.id for item in items if item.checklist == "consideration"}
    assert considered == {"seizure", "metal", "pregnancy"}


def test_the_drug_lists_have_their_numbers_of_names():
    assert {group.id: len(group.drugs) for group in drug_groups()} == {
        "strong": 18,
        "relative": 38,
        "withdrawal": 5,
        "raises-threshold": 2,
    }


def test_the_scales_of_the_reference_are_all_there():
    assert {scale.id for scale in all_scales()} == {
        "phq9", "gad7", "hamd17", "hamd21", "hamd24", "hamd28", "madrs", "qids_sr16", "ids_sr30",
        "ids_c30", "bdi2", "cgi_s", "cgi_i", "pcl5", "ybocs", "cssrs_screen", "who5", "qlesq_sf",
        "promis_dep_8a", "energy", "fatigue", "check_in", "check_in_four",
    }  # fmt: skip


def test_the_clearances_and_payers_of_the_reference_are_all_there():
    assert len(clearances()) == 29
    assert len(payer_rules()) == 8
    assert [code.code for code in billing_codes()] == ["90867", "90868", "90869"]
    assert len(crosswalks().ids_family.row) == 28


@pytest.mark.parametrize("condition", conditions(), ids=lambda row: row.diagnosis.value)
def test_a_condition_is_data_with_scales_protocols_and_evidence(condition):
    cleared = {i for c in clearances() for i in c.indications}
    if condition.grade is Evidence.CLEARED:
        assert condition.protocols
        assert any(name.startswith(condition.diagnosis.value) for name in cleared)
    if condition.diagnosis in (Diagnosis.OCD, Diagnosis.PTSD, Diagnosis.ANXIETY, Diagnosis.MDD):
        assert condition.outcome_scale is not None
    assert condition.evidence in condition.sentence
    assert condition.source.reference


def test_every_condition_that_the_session_rules_speak_of_has_a_rule_to_show():
    assert find_rules("session.seizure")
    assert {rule.scope.value for rule in session_rules().stop} == {"train", "session", "course"}
