"""From the wish to a signed prescription: each step by its role, bound to what was signed."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.pages import chart_now
from euthymia.chart.course_facts import (
    AvailabilityRecorded,
    PlanNumbers,
    PlanProposed,
    PlanRequested,
    SignatureMeaning,
)
from euthymia.chart.envelope import canonical_json, sha256
from euthymia.chart.patient_facts import MotorThresholdMeasured, ThresholdMethod
from euthymia.chart.prescription_facts import PrescriptionWritten
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.config.place import Mode
from euthymia.clinic.prescribing import services
from euthymia.clinic.prescribing.planning import plan
from euthymia.clinic.records.documents import path_of, store
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.core.errors import InputError
from euthymia.core.progress import SILENT
from euthymia.plan.course.hours import WEEKDAYS, Availability, WeekHours
from euthymia.plan.dose.values import Observation
from euthymia.plan.protocol.catalogue import entry
from euthymia.plan.protocol.schema import to_json

PASSWORD = "a long enough password"


def _asked(**changed: Any) -> PlanRequested:
    asked = {
        "protocol": "HF10-19",
        "target": "fox-2012",
        "stimulator": "magventure-magpro-r30",
        "coil": "magventure-c-b60",
        "start_on": clock.today() + timedelta(days=3),
    }
    return PlanRequested(**{**asked, **changed})


def _with_plan(clinic: SmallClinic, **numbers: Any) -> tuple[Patient, str]:
    """A patient with a proposed plan whose document is stored, and the draft beside it."""
    patient, who = clinic.patient(), clinic.who(Role.PSYCHIATRIST)
    pdf = f"%PDF-1.7 {uuid.uuid4()}".encode()
    digest = sha256(pdf)
    store(patient, "plan.pdf", "application/pdf", pdf)
    asked = _asked()
    fact = PlanProposed(
        plan_sha256=digest,
        summary="HF10-19",
        software="test",
        numbers=PlanNumbers(
            protocol=asked.protocol,
            target=asked.target,
            stimulator=asked.stimulator,
            coil=asked.coil,
            **numbers,
        ),
    )
    record(who, patient, fact, Action.MAKE_PLAN)
    draft = PrescriptionWritten(
        written_on=clock.today(),
        protocol="HF10-19",
        protocol_json=to_json(entry("HF10-19").build()),
        output_pct_rmt=120.0,
        outputs_pct_mso=(62.0,),
        stimulator=asked.stimulator,
        coil=asked.coil,
        target=asked.target,
        placement_text="at EEG position F3",
        sessions=36,
        plan_sha256=digest,
    )
    content = canonical_json(draft.model_dump(mode="json"))
    store(patient, f"{digest[:12]}-{services.DRAFT}", "application/json", content)
    return patient, digest


@pytest.fixture
def psychiatrist(clinic: SmallClinic, settings: Any) -> Client:
    """Logged in, with a password; the second factor is the business of other tests."""
    settings.PLACE = replace(settings.PLACE, mode=Mode.EXAMPLE)
    user = clinic.people[Role.PSYCHIATRIST]
    user.set_password(PASSWORD)
    user.save()
    return clinic.client(Role.PSYCHIATRIST)


def _sign(client: Client, address: str, **changed: Any) -> Any:
    form = {"meaning": "approved", "password": PASSWORD, "entry_id": str(uuid.uuid4())}
    return client.post(address, {**form, **changed})


def test_an_unknown_protocol_is_refused_before_anything_is_recorded(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    with pytest.raises(InputError, match="not in the catalogue"):
        services.ask_for_plan(clinic.who(Role.PSYCHIATRIST), patient, _asked(protocol="HF99"))
    assert chart_now(patient).plan_request is None


def test_the_wish_goes_through_the_page(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    client = clinic.client(Role.PSYCHIATRIST)
    address = reverse("ask_for_plan", args=[patient.pk])
    page = client.get(address)
    assert page.status_code == 200
    asked = _asked()
    form = {**asked.model_dump(exclude={"kind", "schema_version", "course"}), "course": ""}
    sent = client.post(address, {**form, "entry_id": str(uuid.uuid4())})
    assert sent.status_code == 302, sent.content.decode()
    assert chart_now(patient).plan_request.fact == asked


def test_a_signature_needs_the_password_and_binds_to_the_hash(
    clinic: SmallClinic, psychiatrist: Client
) -> None:
    patient, digest = _with_plan(clinic)
    address = reverse("sign_plan", args=[patient.pk, digest])
    wrong = _sign(psychiatrist, address, password="not it")
    assert "not your password" in wrong.content.decode()
    assert not chart_now(patient).signatures
    assert _sign(psychiatrist, address).status_code == 302
    signed = chart_now(patient).signatures[0]
    assert signed.fact.plan_sha256 == digest
    assert signed.entries[0].author.role == "psychiatrist"


def test_an_approval_needs_the_acknowledgement_of_what_asks_for_one(
    clinic: SmallClinic, psychiatrist: Client
) -> None:
    patient, digest = _with_plan(clinic, findings={"acknowledge": 2})
    address = reverse("sign_plan", args=[patient.pk, digest])
    assert "must have read them" in _sign(psychiatrist, address).content.decode()
    assert _sign(psychiatrist, address, meaning="rejected").status_code == 302
    assert _sign(psychiatrist, address, read="on").status_code == 302


def test_a_forbidden_plan_cannot_be_approved(clinic: SmallClinic) -> None:
    patient, digest = _with_plan(clinic, forbidden=True)
    who = clinic.who(Role.PSYCHIATRIST)
    with pytest.raises(InputError, match="forbids"):
        services.sign_plan(who, patient, digest, SignatureMeaning.APPROVED)
    services.sign_plan(who, patient, digest, SignatureMeaning.REJECTED)


def test_a_document_that_was_changed_cannot_be_signed(clinic: SmallClinic) -> None:
    patient, digest = _with_plan(clinic)
    path_of(digest).write_bytes(b"%PDF-1.7 another")
    with pytest.raises(InputError, match="was changed"):
        services.sign_plan(
            clinic.who(Role.PSYCHIATRIST), patient, digest, SignatureMeaning.APPROVED
        )


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.COORDINATOR])
def test_only_a_psychiatrist_signs(clinic: SmallClinic, role: Role) -> None:
    patient, digest = _with_plan(clinic)
    with pytest.raises(PermissionDenied):
        services.sign_plan(clinic.who(role), patient, digest, SignatureMeaning.APPROVED)
    answer = clinic.client(role).get(reverse("sign_plan", args=[patient.pk, digest]))
    assert answer.status_code == 403


def test_a_prescription_stands_once_it_is_signed_and_not_before(
    clinic: SmallClinic, psychiatrist: Client
) -> None:
    patient, digest = _with_plan(clinic)
    address = reverse("write_prescription", args=[patient.pk, digest])
    assert psychiatrist.get(address).status_code == 302  # the plan is not approved yet
    _sign(psychiatrist, reverse("sign_plan", args=[patient.pk, digest]))
    form = {
        "outputs": "60",
        "sessions": "36",
        "sessions_per_day": "1",
        "placement_text": "at EEG position F3",
        "entry_id": str(uuid.uuid4()),
    }
    for _twice in range(2):
        sent = psychiatrist.post(address, form)
        assert sent.status_code == 302
    chart = chart_now(patient)
    assert len(chart.prescriptions) == 1
    assert chart.standing_prescription is None
    written = chart.prescriptions[0].fact
    assert written.outputs_pct_mso == (60.0,)
    assert written.output_pct_rmt is None  # it was worked out for another output
    to_sign = psychiatrist.get(sent.headers["Location"]).content.decode()
    assert "Output: 60 % MSO instead of" in to_sign  # changed by hand, and said where one signs
    _sign(psychiatrist, sent.headers["Location"])
    assert chart_now(patient).standing_prescription.fact == written
    page = psychiatrist.get(reverse("prescribing", args=[patient.pk])).content.decode()
    assert "sessions are given by it" in page


def test_wrong_outputs_are_told_beside_the_field(clinic: SmallClinic, psychiatrist: Client) -> None:
    patient, digest = _with_plan(clinic)
    _sign(psychiatrist, reverse("sign_plan", args=[patient.pk, digest]))
    form = {"outputs": "sixty", "sessions": "0", "placement_text": "F3", "sessions_per_day": "1"}
    page = psychiatrist.post(reverse("write_prescription", args=[patient.pk, digest]), form)
    text = page.content.decode()
    assert "Write numbers" in text
    assert 'value="sixty"' in text


@pytest.mark.slow
def test_a_plan_is_computed_stored_and_proposed(clinic: SmallClinic) -> None:
    patient, who = clinic.patient(), clinic.who(Role.PSYCHIATRIST)
    record(who, patient, _asked(), Action.REQUEST_PLAN)
    hours = Availability(WeekHours.on(WEEKDAYS[:5], "08:00-18:00"))
    record(
        who,
        patient,
        AvailabilityRecorded(availability=hours, time_zone="UTC"),
        Action.SET_APPOINTMENTS,
    )
    threshold = MotorThresholdMeasured(
        measured_on=clock.today(),
        intensity_pct_mso=50.0,
        state="resting",
        method=ThresholdMethod.ML_PEST,
        observation=Observation.EMG,
        muscle="right APB",
        stimulator="magventure-magpro-r30",
        coil="magventure-c-b60",
    )
    record(who, patient, threshold, Action.MEASURE_THRESHOLD)
    fresh = Patient.objects.select_related("site").get(pk=patient.pk)
    made = plan(who, fresh, clock.today(), SILENT)
    chart = chart_now(patient)
    assert chart.plans[-1].fact.plan_sha256 == made.plan_sha256
    assert chart.placement is not None
    assert path_of(made.plan_sha256).read_bytes().startswith(b"%PDF")
    draft = services.draft_of(fresh, made.plan_sha256)
    if draft is None:
        assert chart.plans[-1].fact.numbers.forbidden or made.no_draft
    else:
        assert draft.plan_sha256 == made.plan_sha256
