"""The one way from an address to a patient: looked up, allowed, and the reading logged."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from euthymia.clinic import clock
from euthymia.clinic.accounts.policy import Action, Who, can, refusal
from euthymia.clinic.accounts.views import ClinicRequest
from euthymia.clinic.records.models import Patient, Reading

_LATELY = timedelta(hours=12)


class OutOfReach(PermissionDenied):
    """The patient is at another site; those who may can open the chart in an emergency."""

    def __init__(self, why: str, patient_id: UUID) -> None:
        super().__init__(why)
        self.patient_id = patient_id


def patient_for(request: ClinicRequest, patient_id: UUID, action: Action) -> Patient:
    """The patient with identity and overview, if this person may do that; logs the reading.

    Who may not know of the patient gets "not found"; who may break the glass is told so.
    """
    patient = reach(request.who, patient_id, action)
    assert request.who.user_id is not None  # nobody is refused everything
    if "X-Background" not in request.headers or not _read_lately(request.who, patient):
        match = request.resolver_match
        Reading.objects.create(
            user_id=request.who.user_id,
            patient=patient,
            at=clock.now(),
            what=action.value,
            route=match.route[:120] if match else "",
            in_emergency=patient.pk in request.who.glass,
        )
    return patient


def _read_lately(who: Who, patient: Patient) -> bool:
    """Whether a page about the patient was opened that can now look again by itself.

    Only such a look is not logged: the header alone, which anybody can send, is not believed.
    """
    readings = Reading.objects.filter(patient=patient, at__gte=clock.now() - _LATELY)
    return readings.filter(user__pk=who.user_id or 0).exists()


def reach(who: Who, patient_id: UUID, action: Action) -> Patient:
    """The patient if that is allowed to this person; nothing is logged."""
    found = Patient.objects.select_related("site", "identity", "overview")
    patient = found.filter(pk=patient_id).first()
    if patient is None:
        raise Http404
    why = refusal(action, who, patient)
    if why is None:
        return patient
    if can(Action.READ_CHART, who, patient) or patient.pk == who.patient_id:
        raise PermissionDenied(why)
    if can(Action.BREAK_GLASS, who, patient):
        raise OutOfReach(why, patient_id)
    raise Http404


def patients_of(who: Who, action: Action = Action.LIST_PATIENTS) -> QuerySet[Patient]:
    """All patients for whom this person may do that."""
    return Patient.objects.filter(site_id__in=who.sites(action))
