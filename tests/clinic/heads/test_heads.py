"""A patient's head in the clinic: measured, imaged, built, and refused in a sentence."""

from __future__ import annotations

import io
import uuid
import zipfile
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.pages import chart_now
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.heads import services
from euthymia.clinic.records.models import Document, Patient
from euthymia.core.errors import InputError
from shared_data import shared_file


def _tape(client: Client, patient: Patient, **changed: Any) -> Any:
    form = {
        "measured_on": clock.today().isoformat(),
        "nasion_inion_mm": "360",
        "tragus_tragus_mm": "350",
        "circumference_mm": "570",
        "entry_id": str(uuid.uuid4()),
    }
    return client.post(reverse("measure_head", args=[patient.pk]), {**form, **changed})


def test_the_tape_is_recorded_once(clinic: SmallClinic) -> None:
    patient, client = clinic.patient(), clinic.client(Role.OPERATOR)
    name = str(uuid.uuid4())
    for _twice in range(2):
        assert _tape(client, patient, entry_id=name).status_code == 302
    chart = chart_now(patient)
    assert chart.head.fact.circumference_mm == 570
    assert len(chart.entries) == 2
    page = client.get(reverse("head", args=[patient.pk])).content.decode()
    assert "The default head in this patient" in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("circumference_mm", "57", "570 mm would be possible"),
        ("nasion_inion_mm", "5000", "id_nasion_inion_mm_error"),
        ("tragus_tragus_mm", "", "required"),
        ("measured_on", "2031-01-01", "in the future"),
    ],
)
def test_a_wrong_measure_is_told_and_nothing_is_lost(
    clinic: SmallClinic, field: str, value: str, says: str
) -> None:
    patient = clinic.patient()
    page = _tape(clinic.client(Role.OPERATOR), patient, **{field: value})
    text = page.content.decode()
    assert page.status_code == 422
    assert says in text
    assert 'value="350"' in text or field == "tragus_tragus_mm"
    assert chart_now(patient).head is None


def _upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def _zip(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scan.pdf", b"%PDF"),
        ("T1.nii.gz", b"this is no image"),
        ("T1.nii", b""),
        ("series.zip", b"no zip"),
        ("series.zip", _zip(**{"../../etc/passwd": b"x", "readme.txt": b"y"})),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence_and_nothing_is_kept(
    clinic: SmallClinic, name: str, content: bytes
) -> None:
    patient = clinic.patient()
    form = {"image": _upload(name, content), "entry_id": str(uuid.uuid4())}
    page = clinic.client(Role.OPERATOR).post(reverse("attach_image", args=[patient.pk]), form)
    assert page.status_code == 422
    assert 'id="id_image_error"' in page.content.decode()
    assert not chart_now(patient).images
    assert not Document.objects.filter(patient=patient).exists()


def test_noise_is_no_head(clinic: SmallClinic, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(100, 10, (64, 64, 64)).astype(np.float32)
    path = tmp_path / "noise.nii.gz"
    nib.Nifti1Image(noise, np.diag([3.0, 3.0, 3.0, 1.0])).to_filename(path)
    patient, who = clinic.patient(), clinic.who(Role.OPERATOR)
    with pytest.raises(InputError):
        services.attach(who, patient, _upload("T1.nii.gz", path.read_bytes()), None)
    assert not chart_now(patient).images


def test_only_who_may_builds(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    address = reverse("build_head", args=[patient.pk])
    assert clinic.client(Role.COORDINATOR).post(address).status_code == 403
    answer = clinic.client(Role.OPERATOR).post(address, follow=True)
    assert "No image is attached yet" in answer.content.decode()


def test_a_real_image_is_attached(clinic: SmallClinic) -> None:
    t1 = shared_file("heads/second_head_T1_1p5mm.nii.gz")
    patient, who = clinic.patient(), clinic.who(Role.OPERATOR)
    services.attach(who, patient, _upload("T1.nii.gz", t1.read_bytes()), None)
    chart = chart_now(patient)
    assert chart.images[0].fact.file_name == "T1.nii.gz"
    state = services.state_of(Patient.objects.get(pk=patient.pk), chart)
    assert state.image is not None
    assert not state.built
