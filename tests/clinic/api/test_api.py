"""The interface for programs: the same rights and the same ledger as the pages, and no more."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.conftest import STAFF, SmallClinic
from euthymia.chart.chart import replay
from euthymia.chart.entries import entry_of, kinds
from euthymia.chart.verification import verify_bytes
from euthymia.clinic import clock
from euthymia.clinic.accounts.models import Role, Site
from euthymia.clinic.accounts.policy import RIGHTS, Action
from euthymia.clinic.api import tokens
from euthymia.clinic.api.interface import api
from euthymia.clinic.api.kinds import ACTION_OF, NOT_BY_PROGRAMS
from euthymia.clinic.api.models import Token
from euthymia.clinic.records.charts import chart_of
from euthymia.clinic.records.models import Patient, Reading
from euthymia.core.errors import InputError


def _client(clinic: SmallClinic, role: Role, *scopes: Action) -> Client:
    """A program with a token of that role's person."""
    who = clinic.who(role)
    _token, secret = tokens.make(who, "test", scopes or tokens.scopes_of(who), 30)
    return Client(headers={"authorization": f"Bearer {secret}"})


def _note(text: str = "seen", **changed: Any) -> dict[str, Any]:
    body = {"schema_version": 1, "text": text, "topic": "other", **changed}
    return {"id": str(uuid.uuid4()), "kind": "note_written", "body": body}


def _scale(total: float) -> dict[str, Any]:
    score = {"scale": "phq9", "on": clock.today().isoformat(), "total": total}
    return {
        "id": str(uuid.uuid4()),
        "kind": "scale_filled",
        "body": {"schema_version": 1, "score": score},
    }


def _post(client: Client, patient: Patient, given: dict[str, Any]) -> Any:
    address = f"/api/v1/patients/{patient.pk}/entries"
    return client.post(address, json.dumps(given), content_type="application/json")


def test_every_kind_of_entry_is_recordable_or_named_as_not() -> None:
    assert set(ACTION_OF) | NOT_BY_PROGRAMS == set(kinds())
    assert not {"plan_signed", "prescription_signed", "train_delivered"} & set(ACTION_OF)


def test_a_fact_recorded_by_a_program_stands_in_the_chart_once(clinic: SmallClinic) -> None:
    patient, client = clinic.patient(), _client(clinic, Role.OPERATOR)
    given = _scale(14)
    for _twice in range(2):
        answer = _post(client, patient, given)
        assert answer.status_code == 200, answer.content
    chart = chart_of(Patient.objects.get(pk=patient.pk)).chart
    assert [found.fact.score.total for found in chart.scales] == [14]
    assert answer.json()["seq"] == 2
    assert answer.json()["role"] == "operator"
    again = {**given, "body": {**given["body"], "score": {**given["body"]["score"], "total": 15}}}
    assert _post(client, patient, again).status_code == 422


def test_a_bad_fact_is_refused_in_a_sentence(clinic: SmallClinic) -> None:
    patient, client = clinic.patient(), _client(clinic, Role.OPERATOR)
    for wrong in (_scale(140), {**_scale(3), "kind": "nothing"}, {**_scale(3), "body": {}}):
        answer = _post(client, patient, wrong)
        assert answer.status_code == 422
        assert answer.json()["detail"].endswith(".")


def test_a_program_signs_nothing_and_runs_no_session(clinic: SmallClinic) -> None:
    who = clinic.who(Role.PSYCHIATRIST)
    for action in tokens.NEVER:
        assert action not in tokens.scopes_of(who)
        with pytest.raises(InputError, match="cannot let a program"):
            tokens.make(who, "test", [action], 30)
    given = {"id": str(uuid.uuid4()), "kind": "plan_signed", "body": {}}
    answer = _post(_client(clinic, Role.PSYCHIATRIST), clinic.patient(), given)
    assert "a program cannot record it" in answer.json()["detail"]


def test_without_a_valid_token_nothing_answers(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    assert Client().get("/api/v1/me").status_code == 401
    who = clinic.who(Role.OPERATOR)
    token, secret = tokens.make(who, "test", [Action.READ_CHART], 30)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    address = f"/api/v1/patients/{patient.pk}"
    assert client.get(address).status_code == 200
    assert client.get("/api/v1/patients").status_code == 403  # not in its scopes
    Token.objects.filter(pk=token.pk).update(ends_at=clock.now() - timedelta(days=1))
    assert client.get(address).status_code == 401
    Token.objects.filter(pk=token.pk).update(ends_at=clock.now() + timedelta(days=1))
    tokens.revoke(who, token.pk)
    assert client.get(address).status_code == 401
    assert secret not in str(list(Token.objects.values()))


def test_a_session_of_a_browser_does_not_open_the_interface(clinic: SmallClinic) -> None:
    assert clinic.client(Role.PSYCHIATRIST).get("/api/v1/me").status_code == 401


def test_another_site_is_out_of_reach(clinic: SmallClinic) -> None:
    there = clinic.patient(Site.objects.create(name="South"))
    client = _client(clinic, Role.PSYCHIATRIST)
    assert client.get(f"/api/v1/patients/{there.pk}").status_code in (403, 404)
    assert there.pseudonym not in client.get("/api/v1/patients").content.decode()


def test_reading_by_a_program_is_logged(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    _client(clinic, Role.OPERATOR).get(f"/api/v1/patients/{patient.pk}/entries")
    assert Reading.objects.filter(patient=patient).count() == 1


def test_the_exported_chart_is_the_chart(clinic: SmallClinic) -> None:
    patient = clinic.patient()
    client = _client(clinic, Role.PSYCHIATRIST)
    _post(client, patient, _scale(14))
    exported = client.get(f"/api/v1/patients/{patient.pk}/chart.jsonl").content
    checked = verify_bytes(exported)
    assert checked.intact
    same = chart_of(Patient.objects.get(pk=patient.pk)).chart
    assert replay(entry_of(each) for each in checked.entries) == same


@pytest.mark.parametrize("role", STAFF)
def test_every_address_asks_for_its_right(clinic: SmallClinic, role: Role) -> None:
    patient, client = clinic.patient(), _client(clinic, role)
    asked = 0
    for path, methods in _addresses():
        for method, action in methods.items():
            if method != "GET" or path == "/me":
                continue
            answer = client.get("/api/v1" + path.replace("{patient_id}", str(patient.pk)))
            allowed = role in RIGHTS[action]
            assert (answer.status_code == 200) is allowed, (path, role, answer.status_code)
            asked += 1
    assert asked >= 9


def _addresses() -> list[tuple[str, dict[str, Action]]]:
    found = []
    for _prefix, router in api._routers:
        for path, view in router.path_operations.items():
            methods = {
                method: operation.view_func.action
                for operation in view.operations
                for method in operation.methods
            }
            found.append(("/" + path.strip("/"), methods))
    return found


def test_tokens_are_made_and_taken_back_on_the_page(clinic: SmallClinic) -> None:
    client = clinic.client(Role.PSYCHIATRIST)
    page = client.post(
        reverse("tokens"), {"name": "export", "days": 30, "scopes": ["READ_CHART", "EXPORT_CHART"]}
    )
    secret = page.context["secret"]
    assert secret.startswith("eut_")
    assert secret in page.content.decode()
    assert secret not in client.get(reverse("tokens")).content.decode()
    token = Token.objects.get()
    client.post(reverse("revoke_token", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at is not None
