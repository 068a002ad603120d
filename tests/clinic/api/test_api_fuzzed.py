"""Whatever is sent to the interface, it answers as its description says and never with a fault."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings

from clinic.conftest import SmallClinic
from euthymia.clinic.accounts.models import Role
from euthymia.clinic.api import tokens
from euthymia.clinic.api.interface import api

pytestmark = pytest.mark.slow

_APPLICATION = get_wsgi_application()
_DESCRIPTION = api.get_openapi_schema()

schema = schemathesis.openapi.from_dict(dict(_DESCRIPTION))
schema.app = _APPLICATION


@pytest.fixture
def secret(clinic: SmallClinic) -> str:
    """A token with every scope that a psychiatrist can give."""
    clinic.patient()
    who = clinic.who(Role.PSYCHIATRIST)
    return tokens.make(who, "fuzz", tokens.scopes_of(who), 1)[1]


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_the_interface_keeps_to_its_description(case: Any, secret: str) -> None:
    answer = case.call(headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code < 500, answer.text
    if answer.status_code not in (401, 403, 404, 405, 422):
        case.validate_response(answer, checks=(schemathesis.checks.not_a_server_error,))
