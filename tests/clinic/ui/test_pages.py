"""The base pages: who sees the guide, the band of a patient, what an error page says."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client

from clinic.conftest import SmallClinic
from euthymia.clinic.accounts.models import Role
from euthymia.core.errors import InputError


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PATIENT])
def test_only_administrators_open_the_style_guide(clinic: SmallClinic, role: Role) -> None:
    answer = clinic.client(role).get("/guide/")
    assert answer.status_code == (200 if role is Role.ADMINISTRATOR else 403)


def test_the_band_says_who_and_that_the_patient_is_synthetic(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    page = clinic.client(Role.PSYCHIATRIST).get(f"/patients/{patient.pk}/").content.decode()
    band = page[page.index('<section class="patient"') : page.index('<main id="main"')]
    assert patient.pseudonym in band
    assert "Example, Synthetic" in band
    assert "Synthetic patient" in band
    assert page.count('<section class="patient"') == 1
    assert re.search(r'aria-current="page"[^>]*>Overview', band)


def test_every_page_has_one_first_heading_and_a_way_past_the_navigation(
    clinic: SmallClinic,
) -> None:
    patient = clinic.patient()
    client = clinic.client(Role.PSYCHIATRIST)
    for address in ("/patients/", f"/patients/{patient.pk}/", "/account/me/", "/nowhere/"):
        page = client.get(address).content.decode()
        assert page.count("<h1") == 1, address
        assert 'href="#main"' in page
        assert page.count('id="main"') == 1


@pytest.mark.django_db
def test_logging_in_needs_no_script_and_offers_a_passkey() -> None:
    page = Client().get("/account/login/").content.decode()
    assert 'name="password"' in page
    assert 'id="passkey_login"' in page


@pytest.mark.parametrize("code", [400, 403, 404, 429, 500])
def test_an_error_page_stands_without_any_context(code: int) -> None:
    page = render_to_string(f"ui/{code}.html")
    assert "<h1>" in page
    assert "None" not in page


def test_a_refusal_shows_its_sentence_escaped() -> None:
    refusal = InputError("plan <1>", "it is too long", "Shorten it")
    page = render_to_string("ui/refusal.html", {"refusal": refusal})
    assert "Plan &lt;1&gt;" in page
    assert "Shorten it" in page
