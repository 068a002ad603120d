"""Logging in through the real pages: one-time password, second factor, limits, idle log-off."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from clinic.conftest import SmallClinic
from euthymia.clinic.accounts import middleware
from euthymia.clinic.accounts.models import Event, EventKind, Role, Site, User
from euthymia.clinic.accounts.services import make_user
from euthymia.clinic.records.models import Reading

PASSWORD = "a long and quiet river"


def code_of(secret: str, steps: int = 0) -> str:
    """The code of an authenticator app (RFC 6238), worked out here by itself."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = int(time.time()) // 30 + steps
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def log_in(client: Client, username: str, password: str, **more: Any) -> Any:
    form = {"login": username, "password": password}
    return client.post(reverse("account_login"), form, follow=True, **more)


def activate(client: Client, password: str = PASSWORD) -> str:
    """Set up an authenticator app, which asks for the password again; its secret."""
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    page = client.post(asked.url, {"password": password}, follow=True)
    secret = str(page.context["form"].secret)
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert answer.status_code == 302, text(answer)
    return secret


@pytest.fixture(autouse=True)
def no_tries_before() -> None:
    """Limits count from nought in each test."""
    cache.clear()


@pytest.fixture
def newcomer(clinic: SmallClinic) -> tuple[User, str]:
    return make_user("jpark", "Jo Park", [(clinic.site, Role.OPERATOR)])


def test_a_newcomer_chooses_a_password_and_a_second_factor_before_all_else(
    clinic: SmallClinic, newcomer: tuple[User, str], django_capture_on_commit_callbacks: Any
) -> None:
    user, once = newcomer
    client = Client()
    assert "Choose a password of your own first" in text(log_in(client, "jpark", once))
    for page in ("/patients/", "/", "/today/"):
        assert client.get(page).url == reverse("account_change_password")
    form = {"oldpassword": once, "password1": PASSWORD, "password2": PASSWORD}
    client.post(reverse("account_change_password"), form)
    assert client.get("/patients/").url == reverse("mfa_index")
    with django_capture_on_commit_callbacks(execute=True):
        secret = activate(client)
    assert client.get("/patients/").status_code == 200
    user.refresh_from_db()
    assert not user.must_change_password

    client.post(reverse("account_logout"))
    assert client.get("/patients/").status_code == 302
    log_in(client, "jpark", PASSWORD)
    assert client.get("/patients/").status_code == 302  # the password alone opens nothing
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "Incorrect code" in text(wrong)
    assert client.get("/patients/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret, steps=1)})
    assert client.get("/patients/").status_code == 200
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"logged_in", "password_changed", "factor_added", "logged_out"} <= kinds


def test_a_one_time_password_is_not_kept_as_the_own_one(newcomer: tuple[User, str]) -> None:
    _, once = newcomer
    client = Client()
    log_in(client, "jpark", once)
    form = {"oldpassword": once, "password1": once, "password2": once}
    answer = client.post(reverse("account_change_password"), form)
    assert "other than the one-time password" in text(answer)
    assert client.get("/patients/").url == reverse("account_change_password")


@pytest.mark.parametrize("weak", ["short", "password1234", "123456789012"])
def test_a_weak_password_is_refused(newcomer: tuple[User, str], weak: str) -> None:
    _, once = newcomer
    client = Client()
    log_in(client, "jpark", once)
    form = {"oldpassword": once, "password1": weak, "password2": weak}
    assert client.post(reverse("account_change_password"), form).status_code == 200
    assert client.get("/patients/").url == reverse("account_change_password")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PATIENT])
def test_no_staff_without_a_second_factor(clinic: SmallClinic, role: Role) -> None:
    client = Client()
    client.force_login(clinic.people[role])
    for name in ("home", "office", "patients", "jobs"):
        assert client.get(reverse(name)).url == reverse("mfa_index")


def test_who_takes_the_second_factor_away_must_set_up_another(clinic: SmallClinic) -> None:
    clinic.people[Role.OPERATOR].set_password(PASSWORD)
    clinic.people[Role.OPERATOR].save()
    client = Client()
    log_in(client, "operator", PASSWORD)
    activate(client)
    assert client.get("/patients/").status_code == 200
    client.post(reverse("mfa_deactivate_totp"))
    assert client.get("/patients/").url == reverse("mfa_index")


def test_a_patient_needs_no_second_factor(clinic: SmallClinic) -> None:
    client = Client()
    client.force_login(clinic.account_of(clinic.patient()))
    assert client.get("/").url != reverse("mfa_index")


def test_who_is_shut_out_cannot_log_in(newcomer: tuple[User, str]) -> None:
    user, once = newcomer
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = Client()
    log_in(client, "jpark", once)
    assert "_auth_user_id" not in client.session


def test_wrong_passwords_are_limited_and_the_page_says_so(newcomer: tuple[User, str]) -> None:
    _, once = newcomer
    client = Client()
    for _ in range(5):
        assert "not correct" in text(log_in(client, "jpark", "wrong"))
    page = text(log_in(client, "jpark", once))
    assert "Too many failed login attempts" in page
    assert "_auth_user_id" not in client.session
    failed = Event.objects.filter(kind=EventKind.LOG_IN_FAILED)
    assert failed.count() >= 5
    assert set(failed.values_list("about", flat=True)) == {"jpark"}


def test_many_tries_from_one_address_are_paused(db: None) -> None:
    client = Client()
    answers = [log_in(client, f"nobody{n}", "wrong") for n in range(32)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429 or "Too many" in text(answers[-1])


def test_a_name_that_nobody_has_is_not_kept(db: None) -> None:
    log_in(Client(), "hunter2 is my password", "x")
    assert Event.objects.get().about == "a name that nobody has"


def test_the_session_is_a_new_one_after_logging_in(newcomer: tuple[User, str]) -> None:
    _, once = newcomer
    client = Client()
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    before = session.session_key
    log_in(client, "jpark", once)
    assert client.session["_auth_user_id"]
    assert client.session.session_key != before


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(newcomer: tuple[User, str]) -> None:
    _, once = newcomer
    client = Client()
    log_in(client, "jpark", once)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_forged_form_is_refused(newcomer: tuple[User, str]) -> None:
    _, once = newcomer
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("account_login"), {"login": "jpark", "password": once})
    assert answer.status_code == 403


# Idle ------------------------------------------------------------------------------------------


class Clock:
    """The seconds that the idle log-off sees."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def time(self) -> float:
        return self.now_s


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(middleware, "time", found)
    return found


def test_who_touches_nothing_is_logged_off(clinic: SmallClinic, seconds: Clock) -> None:
    client = clinic.client(Role.OPERATOR)
    assert client.get("/patients/").status_code == 200
    seconds.now_s += settings.PLACE.idle_minutes * 60 - 5
    assert client.get("/patients/").status_code == 200  # a touch: the time begins anew
    seconds.now_s += settings.PLACE.idle_minutes * 60 - 5
    assert client.get("/patients/").status_code == 200
    seconds.now_s += settings.PLACE.idle_minutes * 60 + 5
    answer = client.get("/patients/", follow=True)
    assert answer.redirect_chain[0][0].startswith(reverse("account_login"))
    assert "logged off after a time without activity" in text(answer)


def test_what_a_page_asks_by_itself_is_no_touch(clinic: SmallClinic, seconds: Clock) -> None:
    client = clinic.client(Role.OPERATOR)
    client.get("/patients/")
    for _ in range(settings.PLACE.idle_minutes):
        seconds.now_s += 61
        client.get("/jobs/", headers={"X-Background": "1"})
    assert client.get("/patients/").status_code == 302


def test_who_types_is_not_logged_off_before_the_note_is_sent(
    clinic: SmallClinic, seconds: Clock
) -> None:
    client = clinic.client(Role.OPERATOR)
    client.get("/patients/")
    for _ in range(settings.PLACE.idle_minutes + 5):
        seconds.now_s += 61
        assert client.get(reverse("touch")).status_code == 204
    assert client.get("/patients/").status_code == 200


# Headers and errors ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/account/login/", "/patients/", "/no-such-page/", "/health/"])
def test_every_answer_carries_the_security_headers(clinic: SmallClinic, path: str) -> None:
    headers = clinic.client(Role.OPERATOR).get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"].startswith(("no-store", "max-age=0, no-cache, no-store"))


def test_a_chart_at_another_site_leads_to_the_emergency_page(clinic: SmallClinic) -> None:
    south = Site.objects.create(name="South")
    patient = clinic.patient(south)
    client = clinic.client(Role.OPERATOR)
    answer = client.get(f"/patients/{patient.pk}/")
    assert answer.status_code == 403
    emergency = reverse("break_glass", args=[patient.pk])
    assert f'href="{emergency}"' in text(answer)
    assert "at least 15" in text(client.post(emergency, {"reason": "now"}))
    assert not Event.objects.filter(kind=EventKind.EMERGENCY_OPENED).exists()
    client.post(emergency, {"reason": "Found unwell in the waiting room"})
    assert client.get(f"/patients/{patient.pk}/").status_code == 200
    assert Reading.objects.get(patient=patient).in_emergency
    assert Event.objects.filter(kind=EventKind.EMERGENCY_OPENED).count() == 1


def test_the_emergency_page_is_not_offered_to_those_who_may_not(clinic: SmallClinic) -> None:
    south = Site.objects.create(name="South")
    patient = clinic.patient(south)
    answer = clinic.client(Role.COORDINATOR).get(f"/patients/{patient.pk}/")
    assert answer.status_code == 404
    emergency = reverse("break_glass", args=[patient.pk])
    assert clinic.client(Role.COORDINATOR).get(emergency).status_code == 403


def test_a_look_in_the_background_is_logged_unless_the_page_was(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    client = clinic.client(Role.OPERATOR)
    for _ in range(2):
        client.get(f"/patients/{patient.pk}/", headers={"X-Background": "1"})
    assert Reading.objects.count() == 1


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "password/reset/", "password/set/", "login/code/confirm/"]
)
def test_what_a_clinic_does_not_offer_is_not_there(clinic: SmallClinic, path: str) -> None:
    assert Client().get(f"/account/{path}").status_code == 404
    assert clinic.client(Role.OPERATOR).get(f"/account/{path}").status_code == 404
