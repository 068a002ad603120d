"""Two sites, and an administrator of the first."""

from __future__ import annotations

import pytest
from django.test import Client

from clinic.conftest import SmallClinic
from euthymia.clinic.accounts.models import Membership, Role, Site, User


@pytest.fixture
def south(clinic: SmallClinic) -> Site:
    """Another site, with an administrator and an operator of its own."""
    site = Site.objects.create(name="South", time_zone="UTC", country="US")
    for role in (Role.ADMINISTRATOR, Role.OPERATOR):
        user = User.objects.create_user(f"south-{role.value}", display_name=f"South {role.label}")
        Membership.objects.create(user=user, site=site, role=role.value)
    return site


@pytest.fixture
def admin(clinic: SmallClinic) -> Client:
    return clinic.client(Role.ADMINISTRATOR)
