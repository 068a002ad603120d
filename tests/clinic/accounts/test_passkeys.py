"""A passkey, from adding it to logging in with it: in a browser with a virtual authenticator."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from clinic.browsing import browser, faults, tab
from clinic.conftest import SmallClinic
from euthymia.clinic.accounts.models import Role

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long and quiet river"


def log_in(page: Page) -> None:
    page.goto("/account/login/")
    page.fill("[name=login]", "operator")
    page.fill("[name=password]", PASSWORD)
    page.click("button:text-is('Log in')")


def with_authenticator(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_a_passkey_is_added_and_opens_the_clinic(clinic: SmallClinic, live_server: object) -> None:
    user = clinic.people[Role.OPERATOR]
    user.set_password(PASSWORD)
    user.save()
    with browser() as opened, tab(opened, str(live_server)) as page:
        with_authenticator(page)
        log_in(page)
        page.wait_for_url("**/account/2fa/")
        assert not faults(page)
        page.goto("/account/2fa/webauthn/add/")
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.fill("[name=name]", "My laptop")
        page.check("[name=passwordless]")
        assert not faults(page)
        page.click("#mfa_webauthn_add")
        page.wait_for_url("**/recovery-codes/")  # the first factor brings codes for its loss
        assert not faults(page)
        page.goto("/account/2fa/webauthn/")
        page.wait_for_selector("text=My laptop")
        assert not faults(page)
        page.goto("/account/logout/")
        page.click("main button[type=submit]")
        page.wait_for_url("**/account/login/**")

        page.click("#passkey_login")
        page.wait_for_url(lambda url: "/account/login" not in url)
        assert page.goto("/patients/").status == 200  # type: ignore[union-attr]


def test_a_passkey_that_does_not_work_is_said_in_a_sentence(
    clinic: SmallClinic, live_server: object
) -> None:
    with browser() as opened, tab(opened, str(live_server)) as page:
        with_authenticator(page)  # it holds no key
        page.goto("/account/login/")
        page.click("#passkey_login")
        page.wait_for_selector("#passkey-trouble:not([hidden])")
        assert "code from your app" in page.inner_text("#passkey-trouble")
