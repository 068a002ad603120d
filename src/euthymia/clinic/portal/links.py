"""Links that open a patient's own pages: made, read, revoked, and kept from being guessed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib.auth import login
from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from euthymia.clinic import clock
from euthymia.clinic.accounts.models import User
from euthymia.clinic.accounts.policy import Action, Who, check
from euthymia.clinic.portal.models import Kind, OwnLink
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient
from euthymia.core.errors import InputError

WRONG_ANSWERS = 5
"""So many wrong years of birth, and a link is revoked."""
TRIES, TRIES_WITHIN_S = 20, 600
"""So many links that do not work, from one address in so many seconds, and it has to wait."""
LONGEST = timedelta(days=366)
_SIGNER = signing.Signer(salt="euthymia.clinic.portal.link")
# Without a time of its own: how long a link works is kept with it, and can be cut short.
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class TooManyTriesError(Exception):
    """Somebody tries links; the page says to wait."""


def make(who: Who, patient: Patient, kind: Kind, lasts: timedelta) -> OwnLink:
    """A new link for a patient; staff and reminders make those for pages, the patient own feeds."""
    check(Action.READ_OWN if who.patient_id else Action.INVITE_PATIENT, who, patient)
    if not timedelta(0) < lasts <= LONGEST:
        raise InputError("link", "it would last too long or not at all", "Choose up to a year")
    moment = clock.now()
    return OwnLink.objects.create(
        patient=patient, kind=kind, made_by_id=who.user_id, made_at=moment, until=moment + lasts
    )


def revoke(who: Who, patient: Patient, link_id: UUID) -> None:
    """Switch a link off at once, and end what was opened with it."""
    check(Action.READ_OWN if who.patient_id else Action.INVITE_PATIENT, who, patient)
    OwnLink.objects.filter(pk=link_id, patient=patient, revoked_at=None).update(
        revoked_at=clock.now()
    )


def token_of(link: OwnLink) -> str:
    """The signed text that stands for the link in an address, always the same for the same link."""
    return _SIGNER.sign_object({"link": link.pk.hex, "kind": str(link.kind)})


def find(request: HttpRequest, token: str, kind: Kind) -> OwnLink | None:
    """The link of an address if it still works; None for every other reason alike.

    Raises TooManyTriesError for an address that has tried too many others. A link that works is
    let in even then: behind one address there may be a whole hospital.
    """
    link = _signed(token, kind)
    if link is None:
        if _failures(request) >= TRIES:
            raise TooManyTriesError
        _count_a_failure(request)
    return link


def _signed(token: str, kind: Kind) -> OwnLink | None:
    try:
        said = _SIGNER.unsign_object(token)
        link_id = UUID(said["link"])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    link = OwnLink.objects.select_related("patient", "patient__site").filter(pk=link_id).first()
    if link is None or link.kind != kind or said.get("kind") != kind:
        return None
    return link if link.works_at(clock.now()) else None


def answered_right(link: OwnLink, year: int) -> bool:
    """Whether the year of birth is the patient's; wrong answers are counted, and then it ends."""
    if year == chart_of(link.patient).chart.patient.fact.year_of_birth:
        return True
    OwnLink.objects.filter(pk=link.pk).update(wrong_answers=F("wrong_answers") + 1)
    OwnLink.objects.filter(pk=link.pk, wrong_answers__gte=WRONG_ANSWERS).update(
        revoked_at=clock.now()
    )
    return False


def account_of(patient: Patient) -> User:
    """The patient's own account, which is made at the first time; it has no password."""
    user, new = User.objects.get_or_create(
        patient_id=patient.pk,
        defaults={"username": f"own-{patient.pk}", "display_name": _name(patient)},
    )
    if new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def enter(request: HttpRequest, link: OwnLink) -> None:
    """Log the patient in as the patient's own account."""
    with transaction.atomic():
        user = account_of(link.patient)
        OwnLink.objects.filter(pk=link.pk).update(last_used_at=clock.now())
    login(request, user, backend=_BACKEND)
    request.session["euthymia_own_link"] = link.pk.hex


def still_open(request: HttpRequest) -> bool:
    """Whether the link by which this session came in still works; True for a login by password."""
    opened = request.session.get("euthymia_own_link")
    if opened is None:
        return True
    link = OwnLink.objects.filter(pk=UUID(opened)).first()
    return link is not None and link.works_at(clock.now())


def _name(patient: Patient) -> str:
    """How the chart names the patient as an author: by pseudonym, never by name."""
    return f"patient {patient.pseudonym}"


def _key(request: HttpRequest) -> str:
    return f"own-link-failures:{request.META.get('REMOTE_ADDR', '')}"


def _failures(request: HttpRequest) -> int:
    return int(cache.get(_key(request), 0))


def _count_a_failure(request: HttpRequest) -> None:
    if not cache.add(_key(request), 1, TRIES_WITHIN_S):
        try:
            cache.incr(_key(request))
        except ValueError:  # it ran out between the two
            cache.set(_key(request), 1, TRIES_WITHIN_S)
