"""Real servers of one example installation, with patients who are ready, and a plain client."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from clinic.installation import Installation, until

_SEED = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from clinic.chair.chair_samples import prescription, ready_patient, short_protocol
from clinic.conftest import STAFF, SmallClinic
from euthymia.clinic.accounts.models import Membership, Site, User

site = Site.objects.create(name="North", time_zone="UTC", country="US")
people, cookies = {}, {}
for role in STAFF:
    user = User.objects.create_user(role.value, display_name=f"{role.label} Example")
    Membership.objects.create(user=user, site=site, role=role.value)
    people[role] = user
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    cookies[role.value] = store.session_key
clinic = SmallClinic(site, people)
protocol = short_protocol(trains=TRAINS, pulses=PULSES, off_s=OFF_S)
ready = [str(ready_patient(clinic, prescription(protocol)).pk) for _ in range(2)]
print(json.dumps({"cookies": cookies, "ready": ready, "new": str(clinic.patient().pk)}))
"""


@dataclass
class ChairServers:
    """An example installation: its folder, its people's cookies, its patients."""

    installation: Installation
    cookies: dict[str, str]
    ready: list[str]
    new: str
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    @contextmanager
    def serve(self) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        """A server of its own process: its address and the process."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        process = self.installation.begin("serve", "--port", str(port), "--no-worker")
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: _answers(f"{url}/account/login/"))
            yield url, process
        finally:
            process.kill()
            process.wait()

    def person(self, url: str, role: str = "operator") -> Person:
        """Somebody at a browser of that server."""
        return Person(url, self.cookies[role])

    def client(self, role: str = "operator") -> Client:
        """Cookies for a real browser's tab."""
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[role]
        return client

    def kinds(self, patient: str) -> list[str]:
        """The kinds of the ledger's entries of a patient, asked of the file itself."""
        rows = self.installation.rows(
            "select kind from clinic_records_ledgerentry where patient_id = ? order by seq",
            patient.replace("-", ""),
        )
        return [row[0] for row in rows]


def installed(home: Path, trains: int = 40, pulses: int = 10, off_s: float = 1.0) -> ChairServers:
    """Make the installation."""
    place = Installation(home, mode="example")
    place.migrate()
    code = _SEED.replace("TRAINS", str(trains)).replace("PULSES", str(pulses))
    seeded = json.loads(place.python(code.replace("OFF_S", str(off_s))).splitlines()[-1])
    return ChairServers(place, seeded["cookies"], seeded["ready"], seeded["new"])


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Shows where an answer leads instead of going there."""

    def redirect_request(self, *args: Any, **named: Any) -> None:
        return None


@dataclass
class Answer:
    """What a server answered."""

    status: int
    text: str
    location: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Person:
    """A browser without a screen: cookies, and the token that forms carry."""

    url: str
    cookie: str
    token: str = "x" * 32

    def get(self, path: str) -> Answer:
        return self._send(urllib.request.Request(self.url + path))

    def post(
        self, path: str, fields: dict[str, str] | None = None, *, plain: bool = True
    ) -> Answer:
        data = urllib.parse.urlencode({**(fields or {}), "csrfmiddlewaretoken": self.token})
        request = urllib.request.Request(self.url + path, data=data.encode())
        if not plain:
            request.add_header("Accept", "application/json")
        return self._send(request)

    def _send(self, request: urllib.request.Request) -> Answer:
        request.add_header(
            "Cookie",
            f"{settings.SESSION_COOKIE_NAME}={self.cookie}; csrftoken={self.token}",
        )
        opener = urllib.request.build_opener(_StayHere)
        try:
            with opener.open(request, timeout=120) as got:
                return Answer(got.status, got.read().decode(), "")
        except urllib.error.HTTPError as got:
            return Answer(got.code, got.read().decode(), got.headers.get("Location", ""))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def prepared_fields(**changes: str) -> dict[str, str]:
    """The whole form before a session, filled in for a patient with whom all is well."""
    from clinic.chair import chair_samples  # noqa: PLC0415 - after Django is set up

    return chair_samples.prepared_fields(**{"do": "begin", **changes})
