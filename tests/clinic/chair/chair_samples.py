"""A patient who is ready for a session, and an order that begins it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clinic.conftest import SmallClinic
from euthymia.assess.safety.session_rules import session_rules
from euthymia.chart.course_facts import SignatureMeaning
from euthymia.chart.intake_facts import ConsentAbout, ConsentDecision, ConsentRecorded
from euthymia.chart.patient_facts import MotorThresholdMeasured, ThresholdMethod
from euthymia.chart.prescription_facts import PrescriptionSigned, PrescriptionWritten
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action
from euthymia.clinic.chair.gate import Order
from euthymia.clinic.records.models import Patient
from euthymia.clinic.records.services import record
from euthymia.plan.dose.values import Observation
from euthymia.plan.protocol.algebra import Block, Protocol
from euthymia.plan.protocol.dosing import Intensity, Side, Site, Threshold
from euthymia.plan.protocol.intervals import OffTime
from euthymia.plan.protocol.pulses import Burst, Train
from euthymia.plan.protocol.schema import to_json

STIMULATOR, COIL = "magpro-r30", "magventure-cool-b65"
ANSWERS = {
    question.id: "8" if question.kind == "hours" else "no" for question in session_rules().question
}


def prepared_fields(**changes: str) -> dict[str, str]:
    """The form before a session, filled in for a patient with whom all is well."""
    usual = {
        "identity": "on",
        "ears": "on",
        "placed": "on",
        "chair": "Chair 1",
        "device": "simulated",
        "hurried": "on",
        **{f"q_{name}": said for name, said in ANSWERS.items()},
    }
    return {**usual, **changes}


"""What a patient says with whom all is well."""


def short_protocol(trains: int = 4, pulses: int = 5, off_s: float = 1.0) -> Protocol:
    """Trains of single pulses at 10 Hz: a session of some seconds."""
    site = Site(Side.LEFT, "DLPFC")
    one = Block.of(Train.of(pulses, 10), site, Intensity(120, Threshold.RMT_HAND))
    return Protocol.of(one.every(OffTime.of(off_s)) * trains)


def theta_bursts(trains: int = 4) -> Protocol:
    """Trains of ten theta bursts every 10 s, as in iTBS."""
    train = Burst.of(3, 50).train(10, 5)
    block = Block.of(train, Site(Side.LEFT, "DLPFC"), Intensity(120, Threshold.RMT_HAND))
    return Protocol.of(block.every(OffTime.of(8)) * trains)


def prescription(given: Protocol | None = None, **changes: Any) -> PrescriptionWritten:
    """60 % MSO at a threshold of 50 %."""
    whole = given or short_protocol()
    fact = PrescriptionWritten(
        written_on=clock.today(),
        protocol="short",
        protocol_json=to_json(whole),
        output_pct_rmt=120.0,
        outputs_pct_mso=(60.0,) * len(whole.blocks),
        stimulator=STIMULATOR,
        coil=COIL,
        target="fox-2013",
        placement_text="5.5 cm in front of the hot spot",
        sessions=30,
    )
    return fact.model_copy(update=changes)


def measured(pct: float = 50.0) -> MotorThresholdMeasured:
    """A threshold of today."""
    return MotorThresholdMeasured(
        measured_on=clock.today(),
        intensity_pct_mso=pct,
        low_pct_mso=pct - 2,
        high_pct_mso=pct + 2,
        state="resting",
        method=ThresholdMethod.BAYESIAN,
        observation=Observation.EMG,
        muscle="right FDI",
        stimulator=STIMULATOR,
        coil=COIL,
    )


def sign(clinic: SmallClinic, patient: Patient, fact: PrescriptionWritten) -> None:
    """Write and sign a prescription."""
    who = clinic.who(Role.PSYCHIATRIST)
    record(who, patient, fact, Action.WRITE_PRESCRIPTION)
    signature = PrescriptionSigned(
        prescription_sha256=fact.sha256, meaning=SignatureMeaning.APPROVED
    )
    record(who, patient, signature, Action.SIGN_PRESCRIPTION)


def ready_patient(
    clinic: SmallClinic, fact: PrescriptionWritten | None = None, threshold: float = 50.0
) -> Patient:
    """A synthetic patient with consent, threshold and a signed prescription."""
    patient, who = clinic.patient(), clinic.who(Role.PSYCHIATRIST)
    consent = ConsentRecorded(
        about=ConsentAbout.TREATMENT,
        decision=ConsentDecision.GIVEN,
        decided_on=clock.today(),
        version="1",
    )
    record(who, patient, consent, Action.RECORD_CONSENT)
    record(who, patient, measured(threshold), Action.MEASURE_THRESHOLD)
    sign(clinic, patient, fact or prescription())
    return Patient.objects.get(pk=patient.pk)


def order(**changes: Any) -> Order:
    """An operator for whom everything is in order, in hurried time."""
    usual = Order(
        chair="Chair 1",
        device="simulated",
        answers=ANSWERS,
        identity=True,
        ears=True,
        placed=True,
        hurried=True,
    )
    return replace(usual, **changes)
