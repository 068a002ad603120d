"""An administrator looks after the sites where the person is one, and no others."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from euthymia.clinic.accounts.models import Membership, Site, User
from euthymia.clinic.accounts.policy import Action, Who
from euthymia.clinic.records.models import Patient

M = TypeVar("M", bound=Model)


def sites_of(who: Who, action: Action) -> QuerySet[Site]:
    """The sites at which this person may do that."""
    return Site.objects.filter(pk__in=who.sites(action)).order_by("name")


def users_of(who: Who) -> QuerySet[User]:
    """Staff with a role at one's sites, and staff without any role."""
    here = Membership.objects.filter(site_id__in=who.sites(Action.MANAGE_USERS)).values("user")
    return User.objects.filter(Q(pk__in=here) | Q(memberships=None), patient_id=None).order_by(
        "display_name", "pk"
    )


def patients_elsewhere(who: Who) -> QuerySet[Patient, Any]:
    """The patients whose traces this person may not see, to be left out.

    Leaving them out keeps the newest rows at hand by their time; asking for one's own patients'
    rows would gather and sort all of them first.
    """
    return Patient.objects.exclude(site_id__in=who.sites(Action.READ_AUDIT)).values("pk")


def found(rows: QuerySet[M], key: object) -> M:
    """The one of that key within what one may see; else "not found"."""
    row = rows.filter(pk=key).first()
    if row is None:
        raise Http404
    return row


def person_of(who: Who) -> User:
    """The account of the person who asks."""
    assert who.user_id is not None  # the view's mark has seen to it
    return User.objects.get(pk=who.user_id)
