"""A case is a folder: opened, made, added to, with its image, and refused in one sentence."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fact_samples import AT, AUTHOR, EPISODE, PATIENT, THRESHOLD, TODAY, TRIAL, phq9

from euthymia.chart import ledger
from euthymia.chart.case import CHART_NAME, Case, file_sha256
from euthymia.chart.entries import Amended, AnyFact, Retracted
from euthymia.chart.envelope import Draft
from euthymia.chart.patient_facts import ImageAttached
from euthymia.core.errors import InputError


def ident(number: int) -> str:
    return str(UUID(int=number))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case.create(tmp_path / "new" / "case", PATIENT, id=ident(1), at=AT, author=AUTHOR)


def record(case: Case, number: int, fact: AnyFact, reason: str = "") -> Case:
    at = AT + timedelta(minutes=number)
    return case.record(fact, id=ident(number), at=at, author=AUTHOR, reason=reason)


def test_a_new_case_holds_its_patient_and_opens_again(case: Case) -> None:
    again = Case.open(case.folder)
    assert again == case
    assert again.chart.patient.fact == PATIENT
    assert again.findings == ()
    assert again.head.seq == 1


def test_what_is_recorded_is_there_when_the_case_is_opened_again(case: Case) -> None:
    later = record(record(case, 2, EPISODE), 3, TRIAL)
    assert len(case.chart.entries) == 1
    assert later == Case.open(case.folder)
    assert later.chart.trials[0].fact == TRIAL
    assert later.head.seq == 3


def test_what_others_recorded_meanwhile_is_included(case: Case) -> None:
    record(case, 2, EPISODE)
    assert len(record(case, 3, TRIAL).chart.entries) == 3


def test_an_amendment_goes_through_the_folder(case: Case) -> None:
    wrong = phq9(12)
    right = phq9(21)
    case = record(case, 2, wrong)
    case = record(case, 3, Amended(entry_id=ident(2), fact=right), "two digits exchanged")
    assert case.chart.scales[0].fact.score.total == 21
    assert case.chart.scales[0].entries[-1].reason == "two digits exchanged"


@pytest.mark.parametrize(
    "fact",
    [
        PATIENT,
        Retracted(entry_id=ident(77)),
        phq9(3, TODAY + timedelta(days=9)),
    ],
)
def test_an_entry_that_cannot_stand_is_refused_and_nothing_is_written(
    case: Case, fact: AnyFact
) -> None:
    path = case.folder / CHART_NAME
    before = path.read_bytes()
    with pytest.raises(InputError):
        record(case, 2, fact, "because")
    assert path.read_bytes() == before
    assert [file.name for file in case.folder.iterdir()] == [CHART_NAME]


def test_a_folder_that_holds_a_chart_is_not_made_again(case: Case) -> None:
    before = (case.folder / CHART_NAME).read_bytes()
    with pytest.raises(InputError, match="already holds a chart"):
        Case.create(case.folder, PATIENT, id=ident(2), at=AT, author=AUTHOR)
    assert (case.folder / CHART_NAME).read_bytes() == before


def test_what_is_no_case_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    with pytest.raises(InputError, match="this is a file, not a case"):
        Case.open(file)
    with pytest.raises(InputError, match="there is no such folder"):
        Case.open(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"there is no chart\.jsonl in this folder"):
        Case.open(tmp_path)
    with pytest.raises(InputError, match="the folder cannot be made"):
        Case.create(file / "case", PATIENT, id=ident(1), at=AT, author=AUTHOR)


@pytest.mark.parametrize("content", [b"", b'{"at":"20'])
def test_an_empty_chart_is_one_sentence_and_can_be_made_anew(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / CHART_NAME).write_bytes(content)
    with pytest.raises(InputError, match=r"the chart is empty\. Create the case anew"):
        Case.open(tmp_path)
    assert (tmp_path / CHART_NAME).read_bytes() == content
    made = Case.create(tmp_path, PATIENT, id=ident(1), at=AT, author=AUTHOR)
    assert len(made.findings) == bool(content)


def test_a_broken_chart_is_refused_with_its_line(case: Case) -> None:
    record(case, 2, EPISODE)
    path = case.folder / CHART_NAME
    path.write_bytes(path.read_bytes().replace(b"severe", b"milder", 1))
    with pytest.raises(InputError, match="the chart is broken at line 1: it was edited"):
        Case.open(case.folder)


def test_a_torn_tail_is_reported_and_does_not_hide_the_rest(case: Case) -> None:
    path = case.folder / CHART_NAME
    path.write_bytes(path.read_bytes() + b'{"at":"2026-12')
    torn = Case.open(case.folder)
    assert [finding.code for finding in torn.findings] == ["chart.torn"]
    assert [finding.code for finding in record(torn, 2, EPISODE).findings] == ["chart.set-aside"]


def test_an_entry_of_newer_software_is_refused_with_the_remedy(case: Case) -> None:
    newer = Draft(ident(2), AT, AUTHOR, "dream_told", {"dream": "of sheep"})
    ledger.append(case.folder / CHART_NAME, newer)
    with pytest.raises(InputError, match=r"line 2.*'dream_told'.*Update Euthymia"):
        Case.open(case.folder)
    with pytest.raises(InputError, match="Update Euthymia"):
        record(case, 3, EPISODE)


def test_a_pose_survives_the_folder(case: Case) -> None:
    found = record(case, 2, THRESHOLD).chart.motor_threshold
    assert found is not None
    assert found.fact.coil_pose is not None
    assert THRESHOLD.coil_pose is not None
    assert found.fact.coil_pose.isclose(THRESHOLD.coil_pose)


# --- the image ----------------------------------------------------------------------------------


def attach(case: Case, number: int, name: str) -> Case:
    fact = ImageAttached(file_name=name, sha256=file_sha256(case.folder / name))
    return record(case, number, fact)


def test_a_case_without_an_image_has_none(case: Case) -> None:
    assert case.t1() is None
    assert case.image_findings() == ()


def test_an_image_that_lies_there_unattached_is_used_with_a_caution(case: Case) -> None:
    (case.folder / "T1.nii.gz").write_bytes(b"image")
    assert case.t1() == case.folder / "T1.nii.gz"
    assert [finding.code for finding in case.image_findings()] == ["case.image-not-attached"]


def test_the_image_attached_last_is_used_and_vouched_for(case: Case) -> None:
    for name in ("first.nii.gz", "second.nii.gz", "T1.nii.gz"):
        (case.folder / name).write_bytes(name.encode())
    case = attach(attach(case, 2, "first.nii.gz"), 3, "second.nii.gz")
    assert case.t1() == case.folder / "second.nii.gz"
    assert case.image_findings() == ()
    case = record(case, 4, Retracted(entry_id=ident(3)), "another patient's")
    assert case.t1() == case.folder / "first.nii.gz"


def test_an_attached_image_that_changed_or_vanished_is_refused(case: Case) -> None:
    image = case.folder / "T1.nii.gz"
    image.write_bytes(b"image")
    case = attach(case, 2, "T1.nii.gz")
    image.write_bytes(b"another image")
    with pytest.raises(InputError, match="not the image that the chart attaches"):
        case.t1()
    image.unlink()
    with pytest.raises(InputError, match="the file is not there"):
        case.t1()


def test_the_chart_does_not_depend_on_heavy_parts() -> None:
    """Opening a case must be quick: neither compiled kernels nor images are imported for it."""
    code = (
        "import sys, euthymia.chart.case; "
        "print([m for m in ('numba', 'nibabel', 'scipy', 'skimage') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
