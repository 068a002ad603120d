"""From a logged-in user to the `Who` that rights are asked of."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from euthymia.clinic import clock
from euthymia.clinic.accounts.models import EmergencyAccess, Membership, Role, User
from euthymia.clinic.accounts.policy import NOBODY, Who


def who_is(user: Any) -> Who:
    """Everything that this user's rights depend on, in two queries; nobody if not logged in."""
    if not isinstance(user, User) or not user.is_active:
        return NOBODY
    if user.patient_id is not None:
        return Who(user.pk, user.display_name, patient_id=user.patient_id)
    roles: dict[int, set[Role]] = defaultdict(set)
    zone = ""
    held = Membership.objects.filter(user=user).order_by("site__name", "pk")
    for site, role, site_zone in held.values_list("site_id", "role", "site__time_zone"):
        roles[site].add(Role(role))
        zone = zone or site_zone
    glass = EmergencyAccess.objects.filter(user=user, until__gt=clock.now())
    return Who(
        user.pk,
        user.display_name or user.username,
        {site: frozenset(each) for site, each in roles.items()},
        glass=frozenset(glass.values_list("patient_id", flat=True)),
        time_zone=zone,
    )
