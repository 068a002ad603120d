"""Asking for a plan, prescribing, and signing."""

from __future__ import annotations

from django.utils.translation import gettext as _
from pydantic import ValidationError

from euthymia.chart.chart import Chart, Recorded
from euthymia.chart.course_facts import (
    PlanNumbers,
    PlanProposed,
    PlanRequested,
    PlanSigned,
    SignatureMeaning,
)
from euthymia.chart.entries import Entry
from euthymia.chart.prescription_facts import PrescriptionSigned, PrescriptionWritten
from euthymia.clinic.accounts.models import Site
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.office.models import Chair
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.documents import content_of
from euthymia.clinic.records.models import Document, Patient
from euthymia.clinic.records.services import record
from euthymia.clinic.ui import formats, names
from euthymia.core.errors import InputError

DRAFT = "prescription-draft.json"
"""The prescription that a plan amounts to, kept beside the plan until somebody writes it."""


def equipment_of(site: Site) -> dict[str, str]:
    """The stimulator and the coil of the site's first chair that has both, to begin a wish with."""
    chairs = Chair.objects.filter(site=site, in_use=True, device__isnull=False).order_by("name")
    for chair in chairs.select_related("device").prefetch_related("coils"):
        for coil in chair.coils.all():
            assert chair.device is not None
            return {"stimulator": chair.device.model, "coil": coil.model}
    return {}


def ask_for_plan(who: Who, patient: Patient, asked: PlanRequested, entry_id: str = "") -> Entry:
    """Record what is to be planned; ids that no catalogue knows are refused."""
    from euthymia.plan.treatment import Request, Setting  # noqa: PLC0415 - heavy, and rare

    Setting.of(
        Request(
            protocol=asked.protocol,
            target=asked.target,
            stimulator=asked.stimulator,
            coil=asked.coil,
            start_on=asked.start_on,
            course=asked.course,
        )
    )
    return record(who, patient, asked, Action.REQUEST_PLAN, entry_id=entry_id)


def sign_plan(
    who: Who, patient: Patient, plan_sha256: str, meaning: SignatureMeaning, entry_id: str = ""
) -> Entry:
    """Sign the plan of that hash; the document must still be what was proposed.

    Raises InputError for a plan that something forbids, if it is to be approved.
    """
    chart = chart_of(patient).chart
    proposed = plan_of_hash(chart, plan_sha256)
    numbers = proposed.fact.numbers
    if meaning is SignatureMeaning.APPROVED and numbers is not None and numbers.forbidden:
        raise InputError(
            "this plan",
            "something forbids it as it stands, so it cannot be approved",
            "Settle what its findings name, and make it again",
        )
    document = Document.objects.filter(patient=patient, sha256=plan_sha256).first()
    if document is not None:
        content_of(document)
    fact = PlanSigned(plan_sha256=plan_sha256, meaning=meaning)
    return record(who, patient, fact, Action.SIGN_PLAN, entry_id=entry_id)


def draft_of(patient: Patient, plan_sha256: str) -> PrescriptionWritten | None:
    """The prescription that a plan amounts to, as it was worked out; None if there is none."""
    found = Document.objects.filter(patient=patient, name=f"{plan_sha256[:12]}-{DRAFT}").first()
    if found is None:
        return None
    try:
        return PrescriptionWritten.model_validate_json(content_of(found))
    except ValidationError:
        return None


def changes(draft: PrescriptionWritten, written: PrescriptionWritten) -> list[str]:
    """What a prescription says otherwise than the plan that it was filled from."""

    def outputs(fact: PrescriptionWritten) -> str:
        return ", ".join(f"{each:g}" for each in fact.outputs_pct_mso) + " % MSO"

    def ramp(fact: PrescriptionWritten) -> str:
        return _("less output in the first sessions") if fact.ramp else _("full output")

    rows = [
        (_("Output"), outputs(draft), outputs(written)),
        (_("Sessions"), str(draft.sessions), str(written.sessions)),
        (_("Sessions a day"), str(draft.sessions_per_day), str(written.sessions_per_day)),
        (_("Place"), draft.placement_text, written.placement_text),
        (_("Ramp"), ramp(draft), ramp(written)),
    ]
    words = _("%(what)s: %(now)s instead of %(before)s")
    return [
        words % {"what": what, "now": now, "before": before}
        for what, before, now in rows
        if before != now
    ]


def write_prescription(
    who: Who, patient: Patient, fact: PrescriptionWritten, entry_id: str = ""
) -> Entry:
    """Record a prescription; sessions are given by it once it is signed."""
    fact.refuse_slip()
    return record(who, patient, fact, Action.WRITE_PRESCRIPTION, entry_id=entry_id)


def sign_prescription(
    who: Who, patient: Patient, sha256: str, meaning: SignatureMeaning, entry_id: str = ""
) -> Entry:
    """Sign the prescription of that hash. An approved one replaces the one before."""
    if all(found.fact.sha256 != sha256 for found in chart_of(patient).chart.prescriptions):
        raise InputError(
            "this prescription", "it does not stand in the chart", "Open the page again"
        )
    fact = PrescriptionSigned(prescription_sha256=sha256, meaning=meaning)
    return record(who, patient, fact, Action.SIGN_PRESCRIPTION, entry_id=entry_id)


def plan_of_hash(chart: Chart, plan_sha256: str) -> Recorded[PlanProposed]:
    """The latest proposal of the plan with that hash."""
    for found in reversed(chart.plans):
        if found.fact.plan_sha256 == plan_sha256:
            return found
    raise InputError("this plan", "it is not proposed in this chart", "Open the page again")


def approved(chart: Chart, plan_sha256: str) -> bool:
    """Whether the last word on a plan is an approval."""
    said = [
        found.fact.meaning
        for found in chart.signatures
        if found.fact.plan_sha256 == plan_sha256
        and found.fact.meaning is not SignatureMeaning.REVIEWED
    ]
    return bool(said) and said[-1] is SignatureMeaning.APPROVED


def summary(numbers: PlanNumbers | None) -> list[tuple[str, str]]:
    """A plan's figures as labels and texts, each estimate with its interval."""
    if numbers is None:
        return []
    output = ""
    if numbers.setting_pct_mso is not None:
        output = f"{numbers.setting_pct_mso:g} % MSO"
        if numbers.low_pct_mso is not None and numbers.high_pct_mso is not None:
            output += f" (worked out {numbers.low_pct_mso:.0f} to {numbers.high_pct_mso:.0f})"
        if numbers.pct_rmt is not None:
            output += f", {numbers.pct_rmt:.0f} % of rMT"
    days = ""
    if numbers.first_day:
        days = f"{formats.day(numbers.first_day)} to {formats.day(numbers.last_day)}"
    field = f"{numbers.field_v_per_m:.0f} V/m" if numbers.field_v_per_m is not None else ""
    low, high = numbers.field_low_v_per_m, numbers.field_high_v_per_m
    if field:
        known = low is not None and high is not None
        field += f" ({low:.0f} to {high:.0f})" if known else " (its interval stands in the plan)"
    pulses = f"{numbers.pulses_per_session:,}" if numbers.pulses_per_session else ""
    rows = [
        ("Protocol", names.protocol(numbers.protocol)),
        ("Target", names.target(numbers.target)),
        ("Stimulator", names.stimulator(numbers.stimulator)),
        ("Coil", names.coil_name(numbers.coil)),
        ("Output", output or "not worked out: the motor threshold is missing"),
        ("Mean field at the target", field),
        ("Pulses a session", pulses),
        ("Sessions", str(numbers.sessions or "")),
        ("Days", days),
    ]
    return [(label, text) for label, text in rows if text]
