"""The prior-authorisation letter: no sentence without a chart entry, and nothing left unsaid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from euthymia.assess.assessment import assess
from euthymia.assess.eligibility.payers import payer_rules
from euthymia.assess.eligibility.tasks import payer_tasks
from euthymia.assess.medication.told.lines import read_history
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart import ledger
from euthymia.chart.assessment_inputs import to_assessment_inputs
from euthymia.chart.case import CHART_NAME
from euthymia.chart.chart import Chart, replay
from euthymia.chart.entries import Entry, entry_of
from euthymia.chart.patient_facts import MedicationTrialRecorded, ScaleFilled
from euthymia.core.errors import InputError
from euthymia.report.blocks import Statements, Table
from euthymia.report.html import to_html
from euthymia.report.letter.document import letter_document
from euthymia.report.letter.text import letter_text
from euthymia.report.letter.values import EntryRef, Letter, Letterhead, Statement
from euthymia.report.letter.write import prior_authorisation
from euthymia.report.pdf import to_pdf

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("clear-candidate", "intolerance", "contraindication")
HEAD = "ab" * 32
ON = date(2026, 12, 20)


def entries_of(name: str) -> tuple[Entry, ...]:
    return tuple(entry_of(envelope) for envelope in ledger.read(EXAMPLES / name / CHART_NAME))


def letter_for(chart: Chart, payer: str, on: date = ON) -> Letter:
    return prior_authorisation(chart, assess(**to_assessment_inputs(chart, on)), payer)


def test_a_treatment_that_was_told_roughly_stands_with_what_is_known_of_it() -> None:
    lines = (
        "Zoloft 50->150 mg, Mar-Sep 2021, no response\n"
        "Effexor XR 225 mg or more, 2022\n"
        "Lexapro, since May 2026"
    )
    facts = [MedicationTrialRecorded(trial=t) for t in read_history(lines, ON).trials]
    entries = entries_of("clear-candidate")
    last = entries[-1]
    told = [
        replace(last, seq=last.seq + n, id=str(UUID(int=n)), fact=fact, reason="")
        for n, fact in enumerate(facts, start=1)
    ]
    rows = letter_for(replay((*entries, *told)), IN_FORCE[0]).trials[-3:]
    assert rows[0].dates == "begun 2021-03, last 2021-09"
    assert rows[0].dose.startswith("up to 150 mg a day")
    assert "unknown" not in rows[1].dates
    assert rows[2].dates == "begun 2026-05, last ongoing"
    assert rows[2].dose.startswith("dose not on record")


IN_FORCE = [rule.id for rule in payer_rules() if rule.in_force(ON) is not False]


@pytest.mark.parametrize("payer", IN_FORCE)
@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_of_a_letter_points_to_an_entry_of_the_chart(name: str, payer: str) -> None:
    chart = replay(entries_of(name))
    letter = letter_for(chart, payer)
    known = {entry.id: entry.seq for entry in chart.entries}
    assert letter.statements
    for statement in letter.statements:
        assert statement.refs, statement.text
        for ref in statement.refs:
            assert known[ref.id] == ref.number
    for row in letter.trials:
        assert row.refs, row.treatment
    listed = {entry.id for entry in letter.entries}
    assert {ref.id for s in letter.statements for ref in s.refs} <= listed


def test_a_statement_without_an_entry_cannot_be_made() -> None:
    with pytest.raises(InputError, match="no chart entry stands behind it"):
        Statement("The sky is blue.", ())


@pytest.mark.parametrize("payer", IN_FORCE)
@pytest.mark.parametrize("name", NAMES)
def test_every_condition_is_stated_or_unmet_or_a_task(name: str, payer: str) -> None:
    letter = letter_for(replay(entries_of(name)), payer)
    for condition in letter.payer.conditions:
        stated = [row for row in letter.criteria if row.asked == condition.asked]
        if condition.held:
            assert stated, condition.asked
        elif condition.held is False:
            assert condition.reason.text in letter.unmet
            assert not stated
        else:
            assert any(condition.asked in task.why for task in letter.tasks)
            assert not stated
    for task in letter.tasks:
        assert all((task.who, task.what, task.why, task.rule))


@given(st.sets(st.integers(0, 30), max_size=12), st.sampled_from(NAMES), st.sampled_from(IN_FORCE))
def test_a_chart_with_entries_missing_never_gives_a_sentence_without_one(left_out, name, payer):
    """Entries are left out at random; the letter shrinks, and never says more than the chart."""
    entries = entries_of(name)
    plain = [e for e in entries if e.fact.kind not in ("amended", "retracted")]
    held = [e for n, e in enumerate(plain) if n == 0 or n not in left_out]
    chart = replay(held)
    if chart.plan_request is None:
        with pytest.raises(InputError, match="nothing to authorise"):
            letter_for(chart, payer)
        return
    letter = letter_for(chart, payer)
    known = {entry.id for entry in held}
    for statement in letter.statements:
        assert statement.refs
        assert {ref.id for ref in statement.refs} <= known
    if letter.ready:
        assert letter.payer.met


def test_the_letter_shows_the_entries_in_the_margin_of_each_sentence() -> None:
    letter = letter_for(replay(entries_of("clear-candidate")), "medicare-l34998-l34522")
    document = letter_document(letter, ledger_head=HEAD)
    blocks = [block for section in document.sections for block in section.blocks]
    rows = [row for block in blocks if isinstance(block, Statements) for row in block.rows]
    assert len(rows) == sum(len(part.statements) for part in letter.parts)
    assert all(row.refs for row in rows)
    html = to_html(document)
    for statement in letter.statements:
        for ref in statement.refs:
            assert ref.short in html or str(ref.number) in html
    (listed,) = [b for b in blocks if isinstance(b, Table) and "Entries of" in b.caption]
    assert len(listed.rows) == len(letter.entries)


def test_the_pdf_holds_the_sentences_the_references_and_the_hash(tmp_path: Path) -> None:
    letter = letter_for(replay(entries_of("clear-candidate")), "medicare-l34998-l34522")
    path = tmp_path / "letter.pdf"
    path.write_bytes(to_pdf(letter_document(letter, ledger_head=HEAD)))
    text = "".join(page.extract_text() for page in PdfReader(path).pages)
    flat = "".join(text.split())
    assert "Irequestpriorauthorisation" in flat
    assert letter.parts[0].statements[0].refs[0].short.replace(" ", "") in flat
    assert HEAD[:16] in flat
    assert "DRAFT" not in text


def test_the_text_has_entry_numbers_after_every_sentence() -> None:
    letter = letter_for(replay(entries_of("intolerance")), "medicare-l34998-l34522")
    text = letter_text(letter, ledger_head=HEAD)
    flat = " ".join(text.split())
    for statement in letter.statements:
        numbers = ", ".join(str(ref.number) for ref in statement.refs)
        assert f"{statement.text.rstrip('.')}. [{numbers}]" in flat
    assert "DRAFT" in text
    assert "NOT MET: severe depression" in text


def test_a_letter_is_ready_only_if_every_criterion_is_met_and_the_dates_are_known() -> None:
    chart = replay(entries_of("clear-candidate"))
    assert letter_for(chart, "medicare-l34998-l34522").ready
    assert not letter_for(chart, "uhc-optum").ready  # dates not on record
    assert not letter_for(chart, "medicare-l33398").ready  # criteria not on record


def test_what_the_safety_screen_stops_keeps_a_letter_a_draft_whatever_the_payer_asks() -> None:
    letter = letter_for(replay(entries_of("contraindication")), "centene")
    assert not letter.ready
    assert any("the safety screen stands against TMS" in text for text in letter.unmet)


def test_an_open_label_status_is_a_task_and_not_a_sentence() -> None:
    """By the year of birth alone the patient is 21 or 22: two labels, and neither is sure."""
    first, *others = entries_of("clear-candidate")
    patient = first.fact.model_copy(update={"birth_date": None, "birth_year": 2004})
    chart = replay((Entry(1, first.id, first.at, first.author, "", patient), *others))
    letter = letter_for(chart, "medicare-l34998-l34522")
    assert "Label" not in {part.title for part in letter.parts}
    asked = [task for task in letter.tasks if task.rule.startswith("Major depressive disorder")]
    assert "enter the date of birth" in {task.what for task in asked}
    assert "21 or 22 years old" in letter.statements[0].text


def test_an_open_safety_task_keeps_a_letter_a_draft() -> None:
    entries = entries_of("clear-candidate")
    last = entries[-1]
    items = (2,) * 8 + (1,)
    filled = ScaleFilled(score=ScaleScore("phq9", last.at.date(), items=items))
    more = Entry(last.seq + 1, "0" * 8 + last.id[8:], last.at, last.author, "", filled)
    letter = letter_for(replay((*entries, more)), "medicare-l34998-l34522")
    assert not letter.ready
    assert "named person" in letter.safety_tasks[0]
    assert "First: the patient" in to_html(letter_document(letter, ledger_head=HEAD))


def test_the_rule_of_the_day_is_applied() -> None:
    chart = replay(entries_of("clear-candidate"))
    after = letter_for(chart, "medicare-l34998-2019")
    assert after.payer.rule.id == "medicare-l34998-l34522"
    with pytest.raises(InputError, match="none of its rules on record holds on 2026-12-20"):
        letter_for(chart, "medicare-noridian")
    with pytest.raises(InputError, match="no rule of this payer is on record"):
        letter_for(chart, "nobody")


def test_another_diagnosis_has_no_rule_to_write_to() -> None:
    first, *others = entries_of("clear-candidate")
    diagnosis = first.fact.diagnosis.model_copy(update={"code": "F42.2", "label": "OCD"})
    patient = first.fact.model_copy(update={"diagnosis": diagnosis})
    changed = Entry(first.seq, first.id, first.at, first.author, first.reason, patient)
    with pytest.raises(InputError, match="about major depression only"):
        letter_for(replay((changed, *others)), "aetna")


def test_sources_that_were_only_recalled_are_tasks_and_not_cited_in_the_letter() -> None:
    letter = letter_for(replay(entries_of("clear-candidate")), "medicare-l34998-l34522")
    recalled = [s.source for s in letter.statements if s.source and not s.source.tag.verified]
    assert recalled
    assert any("check this against its source" in task.what for task in letter.tasks)
    assert (
        "unverified</span>"
        not in to_html(letter_document(letter, ledger_head=HEAD)).split("What is open")[0]
    )


def test_tasks_name_the_rule_and_who_settles_it() -> None:
    chart = replay(entries_of("clear-candidate")[:1])
    inputs = to_assessment_inputs(chart, ON)
    for result in assess(**inputs).payers:
        tasks = payer_tasks(result)
        assert len([c for c in result.conditions if c.held is None]) <= len(tasks)
        assert {task.rule for task in tasks} == {result.rule.name}
        assert {task.who for task in tasks} <= {"coordinator", "psychiatrist", "operator"}


def test_a_letterhead_is_printed_where_it_is_given() -> None:
    chart = replay(entries_of("clear-candidate"))
    assessment = assess(**to_assessment_inputs(chart, ON))
    head = Letterhead("Clinic X (invented)", "Dr Y (invented)")
    letter = prior_authorisation(chart, assessment, "aetna", head)
    assert "Clinic X (invented)" in letter_text(letter, ledger_head=HEAD)
    assert EntryRef(17, "00000000-0000-0000-0000-00003f0c9a12").short == "17 · 3f0c9a12"
