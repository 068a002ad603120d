"""`euthymia chart`, and cases as they stood on a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from cli_samples import EXAMPLES, contents, copied_case, new_case, run

from euthymia.assess.medication.trial import MedicationTrial, StopReason
from euthymia.assess.scales.score import ScaleScore
from euthymia.chart.appointment_facts import (
    AppointmentMissed,
    AppointmentReason,
    AppointmentSet,
    AppointmentsSet,
)
from euthymia.chart.case import Case
from euthymia.chart.course_facts import SignatureMeaning
from euthymia.chart.follow_up_facts import (
    CourseEnded,
    EndReason,
    FollowUpDone,
    FollowUpSet,
    ReminderSent,
)
from euthymia.chart.intake_facts import (
    AuthorizationRecorded,
    AuthorizationStatus,
    ConsentAbout,
    ConsentDecision,
    ConsentRecorded,
    NoteTopic,
    NoteWritten,
    ReferralReceived,
)
from euthymia.chart.patient_facts import MedicationTrialRecorded, ScaleFilled
from euthymia.chart.prescription_facts import (
    PlacementChosen,
    PrescriptionSigned,
    PrescriptionWritten,
)
from euthymia.cli.cases import case_on
from euthymia.plan.protocol.catalogue import entry as known_protocol
from euthymia.plan.protocol.schema import to_json

CANDIDATE = EXAMPLES / "clear-candidate"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=1)))


def phq9(total: float, on: date) -> ScaleFilled:
    return ScaleFilled(score=ScaleScore("phq9", on, total))


def test_an_intact_chart_is_verified_with_the_anchor_to_note_elsewhere() -> None:
    head = Case.open(CANDIDATE).head
    done = run("chart", "verify", CANDIDATE)
    assert done.code == 0
    assert "intact" in done.out
    # The anchor stands on one line, or nobody could copy it.
    assert f"{head.seq}:{head.line_sha256}" in done.out
    same = run("chart", "verify", CANDIDATE / "chart.jsonl", "--json").json
    assert same["intact"] is True
    assert same["last_entry"] == {"number": head.seq, "sha256": head.line_sha256}
    noted = f"{head.seq}:{head.line_sha256}"
    assert run("chart", "verify", CANDIDATE, "--anchor", noted).code == 0


def test_whole_lines_cut_off_at_the_end_are_found_by_the_anchor(tmp_path: Path) -> None:
    case = copied_case("clear-candidate", tmp_path)
    head = Case.open(case).head
    chart = case / "chart.jsonl"
    chart.write_bytes(b"".join(chart.read_bytes().splitlines(keepends=True)[:-1]))
    assert run("chart", "verify", case).code == 0
    noted = f"{head.seq}:{head.line_sha256}"
    refusal = run("chart", "verify", case, "--anchor", noted).refusal
    assert "although entry 21 was once written" in refusal


@pytest.mark.parametrize("anchor", ["21", "21:abc", "x:" + "a" * 64, "0:" + "a" * 64])
def test_an_anchor_that_is_none_is_refused(anchor: str) -> None:
    assert "anchor" in run("chart", "verify", CANDIDATE, "--anchor", anchor).refusal


def test_a_broken_chart_is_refused_and_told_as_json_all_the_same(tmp_path: Path) -> None:
    case = copied_case("clear-candidate", tmp_path)
    chart = case / "chart.jsonl"
    lines = chart.read_bytes().splitlines(keepends=True)
    chart.write_bytes(b"".join(lines[:5] + lines[6:]))
    before = contents(case)
    refusal = run("chart", "verify", case).refusal
    assert "the chart is broken at line 6: entry 6 is missing before entry 7" in refusal
    assert "5 entries are intact" in refusal
    told = run("chart", "verify", case, "--json")
    assert told.code == 2
    assert told.json["intact"] is False
    assert told.json["broken"]["damage"] == "removed"
    assert contents(case) == before


def test_a_torn_last_entry_is_reported_and_does_not_break_the_chart(tmp_path: Path) -> None:
    case = copied_case("clear-candidate", tmp_path)
    chart = case / "chart.jsonl"
    chart.write_bytes(chart.read_bytes()[:-40])
    before = contents(case)
    done = run("chart", "verify", case)
    assert done.code == 0
    assert "was not written to its end" in done.out
    assert run("chart", "verify", case, "--json").json["intact"] is False
    assert "was not written to its end" in run("assess", case).out
    assert contents(case) == before


def test_a_chart_is_shown_as_it_stands_and_as_it_came_to_be() -> None:
    shown = run("chart", "show", CANDIDATE).out
    assert "sertraline" in shown
    assert "synthetic patient" in shown
    history = run("chart", "show", CANDIDATE, "--history").out
    assert "Amended: entry 4" in " ".join(history.split())
    stands = run("chart", "show", CANDIDATE, "--json").json
    assert stands["patient"]["pseudonym"] == "SYN-001"
    assert len(stands["trials"]) == 6
    assert stands["trials"][1]["entry_ids"] != stands["trials"][2]["entry_ids"]
    entries = run("chart", "show", CANDIDATE, "--history", "--json").json["entries"]
    assert [entry["number"] for entry in entries] == list(range(1, 22))


def test_texts_from_a_chart_are_never_read_as_markup(tmp_path: Path) -> None:
    trial = MedicationTrialRecorded(
        trial=MedicationTrial("sertraline [bold red]x[/] [/]", None, None,
                              stop_reason=StopReason.UNKNOWN)
    )  # fmt: skip
    case = new_case(tmp_path / "case", AT, trial)
    assert "[bold red]x[/] [/]" in " ".join(run("chart", "show", case).out.split())


def test_the_schema_of_entries_is_printed() -> None:
    schema = run("chart", "schema").json
    assert "MedicationTrialRecorded" in schema["$defs"]


# --- a case on a day ----------------------------------------------------------------------------


def test_entries_made_after_the_day_do_not_count(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT, phq9(12, date(2026, 3, 1)))
    later = AT + timedelta(days=7)
    Case.open(case).record(
        phq9(21, date(2026, 3, 9)), id="00000000-0000-0000-0000-0000000000aa", at=later,
        author=Case.open(case).chart.entries[0].author,
    )  # fmt: skip
    then = case_on(case, "2026-03-02")
    assert [found.fact.score.total for found in then.chart.scales] == [12]
    assert (then.head.seq, then.later) == (2, 1)
    assert [finding.code for finding in then.findings] == ["chart.later-entries"]
    now = case_on(case, "2026-03-09")
    assert [found.fact.score.total for found in now.chart.scales] == [12, 21]
    assert now.findings == ()
    shown = run("assess", case, "--on", "2026-03-02")
    assert "entries made after the day" in " ".join(shown.out.split())


def test_a_synthetic_patient_is_worked_out_for_the_day_of_the_last_entry(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT)
    assert case_on(case, None).on == AT.date()
    assert "--on" in case_on(case, None).remark
    real = new_case(tmp_path / "real", AT, synthetic=False)
    assert case_on(real, None).on == datetime.now().astimezone().date()
    assert case_on(real, None).remark == ""


def test_a_day_before_the_first_entry_is_refused(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT)
    refusal = run("assess", case, "--on", "2025-12-31").refusal
    assert "it held nothing yet on 2025-12-31; its first entry was made on 2026-03-02" in refusal


def test_a_day_that_lies_ahead_is_used_and_said_to_lie_ahead(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case", AT, synthetic=False)
    done = run("assess", case, "--on", "2100-01-01")
    assert done.code == 0
    assert "2100-01-01 lies ahead of today" in done.err


def test_a_chart_shows_what_stands_around_the_treatment(tmp_path: Path) -> None:
    placed = PlacementChosen(
        chosen_on=AT.date(), target="t", coil="c", how="scalp_rule", rule="beam-f3"
    )
    asked = PrescriptionWritten(
        written_on=AT.date(),
        protocol="iTBS-600",
        protocol_json=to_json(known_protocol("iTBS-600").build()),
        outputs_pct_mso=(61.0,),
        stimulator="s",
        coil="c",
        target="t",
        placement=str(UUID(int=5)),
        placement_text="By the cap",
        sessions=30,
    )
    first = AppointmentSet(
        id="s01", session=1, start=AT + timedelta(days=1), minutes=30, chair="chair 1"
    )
    case = new_case(
        tmp_path / "case",
        AT,
        ReferralReceived(received_on=AT.date(), referred_by="Dr Ames", question="Is TMS apt?"),
        ConsentRecorded(
            about=ConsentAbout.TREATMENT,
            decision=ConsentDecision.GIVEN,
            decided_on=AT.date(),
            version="2026-11",
        ),
        AuthorizationRecorded(
            payer="medicare",
            status=AuthorizationStatus.APPROVED,
            on=AT.date(),
            sessions_allowed=36,
            reference="A-17",
            valid_until=date(2026, 9, 1),
        ),
        placed,
        asked,
        PrescriptionSigned(prescription_sha256=asked.sha256, meaning=SignatureMeaning.APPROVED),
        AppointmentsSet(appointments=(first,)),
        AppointmentMissed(appointment="s01", reason=AppointmentReason.PATIENT),
        FollowUpSet(what="Call", due_on=date(2026, 6, 1), role="coordinator", month=3),
        FollowUpDone(entry_id=str(UUID(int=10)), done_on=AT.date(), result="well"),
        ReminderSent(sent_at=AT, channel="text_message", about="appointment", appointment="s01"),
        NoteWritten(topic=NoteTopic.INTAKE, text="A sister comes along"),
        CourseEnded(ended_on=AT.date(), why=EndReason.PATIENTS_WISH),
    )
    out = " ".join(run("chart", "show", case).out.split())
    for told in (
        "Dr Ames: Is TMS apt? (routine)",
        "treatment: given (text 2026-11)",
        "medicare: approved, 36 sessions, until 2026-09-01, reference A-17",
        "c at t, by scalp rule (beam-f3)",
        "iTBS-600 at t, 61 %MSO, 30 sessions (approved;",
        "sessions are given by this one",
        "session 1, chair 1: missed, patient (s01)",
        "patients wish",
        "2026-06-01 Call (coordinator): done on 2026-03-02: well",
        "by text message about appointment",
        "intake: A sister comes along",
    ):
        assert told in out
    found = run("chart", "show", case, "--json").json
    assert found["standing_prescription"] == str(UUID(int=6))
    assert [each["state"] for each in found["appointments"]] == ["missed"]
    assert found["follow_ups"][0]["result"] == "well"
    assert found["referrals"][0]["question"] == "Is TMS apt?"
