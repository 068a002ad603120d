"""The pages of administration: who may open them, and at what cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from clinic.office.reading import text
from euthymia.clinic.accounts.models import Role

PAGES = (
    "office",
    "office_rules",
    "office_jobs",
    "office_sites",
    "office_new_site",
    "office_users",
    "office_new_user",
    "office_equipment",
    "office_audit",
    "office_readings",
    "office_identities",
    "office_events",
    "office_emergencies",
    "office_backup",
    "office_erasure",
)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "role", [Role.PSYCHIATRIST, Role.OPERATOR, Role.COORDINATOR, Role.RESEARCHER]
)
def test_administration_is_for_administrators(clinic: SmallClinic, name: str, role: Role) -> None:
    assert clinic.client(role).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_every_page_answers_an_administrator_in_few_queries(
    clinic: SmallClinic, admin: Client, name: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        clinic.patient()
    with django_assert_max_num_queries(20):
        page = text(admin.get(reverse(name)))
    assert page.count("<h1") == 1
