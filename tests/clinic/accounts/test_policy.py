"""Who may do what: the table of rights, and that no address stands outside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import URLPattern, URLResolver, get_resolver

from clinic.conftest import SmallClinic
from euthymia.chart.follow_up_facts import ReminderSent
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import EmergencyAccess, Role, Site
from euthymia.clinic.accounts.policy import (
    IN_EMERGENCY,
    NOBODY,
    PROGRAM,
    RIGHTS,
    Action,
    Who,
    can,
    check,
    refusal,
)
from euthymia.clinic.records.services import record

_OTHERS_VIEWS = ("allauth.", "django.views.static")
_PROGRAMS = "api/v1/"
"""Its addresses are asked one by one in `tests/clinic/api`."""


def test_every_action_has_its_row_in_the_table() -> None:
    assert set(RIGHTS) == set(Action)
    assert all(RIGHTS.values())


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_check_and_can_agree_for_every_role_and_action(action: Action, role: Role) -> None:
    who = Who(1, "Example", {1: frozenset({role})})
    allowed = role in RIGHTS[action]
    assert can(action, who) is allowed
    if allowed:
        check(action, who)
    else:
        with pytest.raises(PermissionDenied, match=r"\.$"):
            check(action, who)


def test_a_right_at_one_site_is_none_at_another(clinic: SmallClinic) -> None:
    other = Site.objects.create(name="South")
    there = clinic.patient(other)
    who = clinic.who(Role.PSYCHIATRIST)
    assert can(Action.READ_CHART, who, clinic.patient())
    assert not can(Action.READ_CHART, who, there)


def test_an_emergency_opens_reading_only_and_for_its_time_only(clinic: SmallClinic) -> None:
    there = clinic.patient(Site.objects.create(name="South"))
    user = clinic.people[Role.OPERATOR]
    moment = clock.now()
    access = EmergencyAccess.objects.create(
        user=user, patient_id=there.pk, reason="x", since=moment, until=moment + timedelta(hours=1)
    )
    who = clinic.who(Role.OPERATOR)
    assert {action for action in Action if can(action, who, there)} == IN_EMERGENCY | {
        Action.BREAK_GLASS
    }
    access.until = moment - timedelta(seconds=1)
    access.save()
    assert not can(Action.READ_CHART, clinic.who(Role.OPERATOR), there)


def test_patients_reach_their_own_record_and_no_other(clinic: SmallClinic) -> None:
    own, other = clinic.patient(), clinic.patient()
    who = Who(9, "Synthetic Example", patient_id=own.pk)
    allowed = {action for action in Action if can(action, who, own)}
    assert allowed == {Action.READ_OWN, Action.ANSWER_OWN, Action.STOP_REMINDERS}
    assert not [action for action in Action if can(action, who, other)]


def test_the_program_reminds_by_itself_and_does_nothing_else(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    allowed = {action for action in Action if can(action, PROGRAM, patient)}
    assert allowed == {Action.SEND_REMINDER, Action.INVITE_PATIENT}
    fact = ReminderSent(sent_at=clock.now(), channel="email", about="other")
    author = record(PROGRAM, patient, fact, Action.SEND_REMINDER).author
    assert (author.name, author.role) == ("Euthymia", "program")
    with pytest.raises(PermissionDenied, match="does not record a follow-up by itself"):
        record(PROGRAM, patient, fact, Action.DO_FOLLOW_UP)


def test_a_token_may_do_no_more_than_its_scopes(clinic: SmallClinic) -> None:
    whole = clinic.who(Role.PSYCHIATRIST)
    token = Who(whole.user_id, whole.name, whole.roles, confined_to=frozenset({Action.READ_CHART}))
    assert [action for action in Action if can(action, token)] == [Action.READ_CHART]
    assert token.sites(Action.RUN_SESSION) == ()


def test_nobody_may_do_anything() -> None:
    assert all(refusal(action, NOBODY) for action in Action)


def _views(resolver: URLResolver, before: str = "") -> list[tuple[str, Any]]:
    found = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            found += _views(pattern, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            found.append((before + str(pattern.pattern), pattern.callback))
    return found


def test_every_address_says_what_right_it_needs() -> None:
    unmarked = [
        route
        for route, view in _views(get_resolver())
        if not (hasattr(view, "action") or hasattr(view, "mark"))
        and not view.__module__.startswith(_OTHERS_VIEWS)
        and not route.startswith(_PROGRAMS)
    ]
    assert unmarked == []
