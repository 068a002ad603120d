"""Every page, asked for by everybody: it answers whom it should, and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import transaction

from clinic.whole.prepared import ANOTHERS, ELSEWHERE, NOBODYS, OWN, PageOf, Prepared, pages
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.accounts.policy import Action, can

pytestmark = pytest.mark.django_db

STAFF = tuple(role.value for role in Role if role is not Role.PATIENT)
EVERYBODY = (*STAFF, ELSEWHERE, OWN, ANOTHERS, NOBODYS)

ANSWERS = {200, 302, 400, 405, 409, 422}
"""What a page says to whom it is for: also that nothing was sent, or that a head is not ready."""
REFUSALS = {403, 404, 405}
"""What it says to others; 405 comes before anybody is asked who they are. Or: log in first."""

FURTHER: Mapping[tuple[str, str], Action] = {
    ("safety_task", "POST"): Action.CLOSE_SAFETY_TASK,
    ("authorization", "POST"): Action.RECORD_AUTHORIZATION,
}
"""Pages that all who may read can open, and that only some can send."""

ONLY: Mapping[str, str] = {"revoke_token": Role.PSYCHIATRIST.value, "portal_done": OWN}
"""Pages about a thing of one person's own: the prepared one is theirs."""

ALSO: Mapping[str, set[int]] = {
    "health": {503},  # no worker runs beside these tests
    "export_registry": {404},  # nobody has gathered the registry yet
    "touch": {204},  # it says nothing, it only counts
}
"""What some pages say besides to whom they are for."""

FREE_OF_SITE = {"break_glass"}
"""It is for patients of other sites."""

BY_JOB = "job_id"


def _allowed(prepared: Prepared, page: PageOf, person: str, method: str) -> bool:
    who = prepared.who(person)
    if page.mark == "public":
        return True
    if page.name in ONLY:
        return person == ONLY[page.name]
    if BY_JOB in page.arguments:
        return can(Action.MAKE_PLAN, who, prepared.patient)
    if page.mark == "any user":
        return person != NOBODYS
    action = FURTHER.get((page.name, method), page.action)
    assert action is not None
    if page.of_patient:
        return can(action, who, prepared.patient)
    # What an address names is at a site where whoever is elsewhere has no role.
    away = person == ELSEWHERE and page.name not in FREE_OF_SITE and _names_something(page)
    return can(action, who) and not away


def _names_something(page: PageOf) -> bool:
    """Whether the address names a thing of a site, not only a kind of things."""
    return bool({"patient_id", "site_id", "user_id", "pk"} & set(page.arguments))


def _said(answer: Any) -> str:
    if answer.status_code == 302 and "/account/login/" in answer.headers["Location"]:
        return "log in first"
    return str(answer.status_code)


def _ask(prepared: Prepared, page: PageOf, person: str, method: str) -> Any:
    client = prepared.as_person(person)
    ask: Callable[[str], Any] = client.get if method == "GET" else client.post
    with transaction.atomic():
        answer = ask(prepared.path(page))
        transaction.set_rollback(True)
    return answer


def _good(page: PageOf) -> set[str]:
    unknown = {404} if page.mark == "public" else set()
    return {str(code) for code in ANSWERS | unknown | ALSO.get(page.name, set())}


_BAD = {str(code) for code in REFUSALS} | {"log in first"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_page_answers_whom_it_should_and_nobody_else(prepared: Prepared, method: str) -> None:
    wrong = []
    for page in pages():
        for person in EVERYBODY:
            said = _said(_ask(prepared, page, person, method))
            allowed = _allowed(prepared, page, person, method)
            if said not in (_good(page) if allowed else _BAD):
                wrong.append((page.name, person, "allowed" if allowed else "refused", said))
    assert not wrong, "\n".join(f"{each}" for each in wrong)
