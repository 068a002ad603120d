"""Lines in bulk: byte by byte what the ledger writes, and a chain that verifies."""

from __future__ import annotations

import pytest

from clinic.example.made import LARGE, SMALL, patients
from euthymia.chart.envelope import NO_LINE_BEFORE, seal
from euthymia.chart.verification import verify_bytes
from euthymia.clinic.example.bulk import lines
from euthymia.clinic.example.charts import Recipe

KINDS = {
    "patient_registered", "referral_received", "consent_recorded", "authorization_recorded",
    "episode_recorded", "medication_trial_recorded", "medicines_recorded", "screen_answered",
    "implant_recorded", "scale_filled", "head_measured", "motor_threshold_measured",
    "availability_recorded", "plan_requested", "plan_proposed", "plan_signed", "placement_chosen",
    "prescription_written", "prescription_signed", "appointments_set", "appointment_missed",
    "session_started", "train_intended", "train_delivered", "session_delivered",
    "adverse_event_recorded", "safety_task_closed", "note_written", "course_ended",
    "follow_up_set", "follow_up_done", "reminder_sent", "retracted",
}  # fmt: skip


@pytest.mark.parametrize("recipe", [SMALL, LARGE], ids=["example", "volume"])
def test_a_line_in_bulk_is_byte_by_byte_the_one_that_the_ledger_seals(recipe: Recipe) -> None:
    for patient in patients(recipe):
        before = NO_LINE_BEFORE
        for seq, (noted, line) in enumerate(
            zip(patient.noted, lines(patient.noted), strict=True), start=1
        ):
            sealed = seal(noted.draft(), seq, before)
            assert line.data == sealed.line
            assert line.sha256 == sealed.line_sha256
            assert (line.seq, line.id, line.at, line.kind) == (
                sealed.seq,
                sealed.id,
                sealed.at,
                sealed.kind,
            )
            before = sealed.line_sha256


@pytest.mark.parametrize("recipe", [SMALL, LARGE], ids=["example", "volume"])
def test_a_chart_in_bulk_verifies_without_a_finding(recipe: Recipe) -> None:
    for patient in patients(recipe):
        data = b"".join(line.data + b"\n" for line in lines(patient.noted))
        checked = verify_bytes(data)
        assert checked.intact
        assert checked.findings == ()
        assert len(checked.entries) == len(patient.noted)


def test_a_changed_byte_in_a_bulk_line_is_found() -> None:
    written = [line.data for line in lines(patients(SMALL)[1].noted)]
    written[2] = written[2].replace(b"synthetic", b"Synthetic", 1)
    checked = verify_bytes(b"\n".join(written) + b"\n")
    assert checked.broken is not None
    assert checked.broken.line == 3


def test_the_example_shows_nearly_every_kind_of_entry() -> None:
    found = {noted.fact.kind for patient in patients(SMALL) for noted in patient.noted}
    assert found >= KINDS
