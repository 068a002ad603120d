"""What the clinic's load benchmarks share: a real server, a private PostgreSQL, and a browser.

The server is `euthymia serve` in a process of its own. The browser keeps cookies, reads the forms
of a page and sends them filled in, as a person's browser does; it runs no JavaScript.
"""

from __future__ import annotations

import http.client
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

POSTGRES_USER = "nobody"
"""PostgreSQL refuses to run as root; this account runs it, in a folder of its own."""

_STARTS_WITHIN_S = 90.0

_SERVE = """
import sys
from euthymia.clinic.operation.ready import ready
ready()
from euthymia.clinic.operation.serving import Listening, serve
sys.exit(serve(Listening("127.0.0.1", int(sys.argv[1]), worker=False)))
"""
"""What `euthymia serve --no-worker` does, also where the command is not installed."""


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """The clinic's own server on the installation of a folder."""

    def __init__(self, home: Path, database_url: str = "", port: int | None = None) -> None:
        self.port = port or free_port()
        self._log = (home / "server.log").open("ab")
        environment = {
            **os.environ,
            "EUTHYMIA_HOME": str(home),
            "EUTHYMIA_MODE": "example",
            "DATABASE_URL": database_url,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(self.port)],
            env=environment,
            stdout=self._log,
            stderr=self._log,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                sys.exit(f"the server ended with {self.process.returncode}: see {self._log.name}")
            try:
                if Browser(self.port).get("/account/login/").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        self.stop()
        sys.exit("the server did not start")

    def kill(self) -> None:
        """kill -9: nothing is put in order."""
        self.process.kill()
        self.process.wait()
        self._log.close()

    def stop(self) -> None:
        """Ask it to end."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


class PrivatePostgres:
    """A PostgreSQL server of one's own in a temporary folder, reached through 127.0.0.1 only."""

    def __init__(self) -> None:
        self._bin = _postgres_folder()
        self.folder = Path(tempfile.mkdtemp(prefix="euthymia-pg-"))
        self._own: dict[str, object] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(POSTGRES_USER)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._own = {"user": account.pw_uid, "group": account.pw_gid}
        self.port = free_port()
        self._run("initdb", "-D", self.data, "-U", "clinic", "-A", "trust", "-E", "UTF8")
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", self.data, "-l", f"{self.folder}/log", "-w", "-o", options,
                  "start")  # fmt: skip

    @property
    def data(self) -> str:
        return f"{self.folder}/data"

    @property
    def url(self) -> str:
        """The address of its one database, as DATABASE_URL takes it."""
        return f"postgresql://clinic@127.0.0.1:{self.port}/postgres"

    def stop(self) -> None:
        """End it, and remove everything."""
        self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *words],
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
            **self._own,  # type: ignore[call-overload]
        )
        if done.returncode:
            sys.exit(f"{program}: {done.stderr or done.stdout}")


def _postgres_folder() -> Path:
    """Where PostgreSQL's programs are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    for folder in (*found, *([Path(on_path).parent] if on_path else [])):
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    sys.exit("PostgreSQL's programs (initdb, pg_ctl) are not on this machine")


@dataclass
class Field:
    """One field of a form, with the values that may be chosen."""

    name: str
    kind: str
    value: str = ""
    choices: list[str] = field(default_factory=list)
    required: bool = False


@dataclass
class Form:
    """A form of a page."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)

    def filled(self, values: Mapping[str, str]) -> dict[str, str]:
        """Its values with these in place; what is required and still empty is filled somehow."""
        sent = {}
        for name, each in self.fields.items():
            value = values.get(name, each.value)
            if not value and each.required and each.choices:
                value = next((choice for choice in each.choices if choice), "")
            if each.kind == "checkbox" and name not in values:
                continue
            if value:
                sent[name] = value
        return sent


class _Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value if value is not None else "" for name, value in attrs}
        if tag == "form":
            self._form = Form(known.get("action", ""), known.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "select", "textarea", "option"):
            self._take(tag, known)

    def _take(self, tag: str, known: dict[str, str]) -> None:
        assert self._form is not None
        if tag == "option":
            if self._select is not None:
                value = known.get("value", "")
                self._select.choices.append(value)
                if "selected" in known:
                    self._select.value = value
            return
        name = known.get("name", "")
        kind = known.get("type", "text") if tag == "input" else tag
        if not name or kind in ("submit", "button", "image", "file"):
            return
        found = self._form.fields.setdefault(name, Field(name, kind))
        found.required = found.required or "required" in known
        if kind == "radio":
            found.choices.append(known.get("value", "on"))
            if "checked" in known:
                found.value = known.get("value", "on")
        elif kind != "checkbox" or "checked" in known:
            found.value = known.get("value", "on" if kind == "checkbox" else "")
        self._select = found if tag == "select" else None
        self._area = found if tag == "textarea" else None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self._area.value = self._area.value.strip()
            self._area = None


@dataclass
class Answer:
    """What the server answered."""

    status: int
    location: str
    body: str

    @property
    def forms(self) -> list[Form]:
        """The forms of the page that are sent with POST."""
        parser = _Forms()
        parser.feed(self.body)
        return [form for form in parser.forms if form.method == "post"]


class Browser:
    """Cookies and one connection; one for each person."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._ask("GET", path, None)

    def post(self, path: str, values: Mapping[str, str]) -> Answer:
        """Send a form, with the token against forgery."""
        token = self._cookies.get("csrftoken", "")
        return self._ask("POST", path, {"csrfmiddlewaretoken": token, **values})

    def log_in(self, username: str, password: str) -> None:
        """As the login page asks; ends the program if it is refused."""
        self.get("/account/login/")
        answer = self.post("/account/login/", {"login": username, "password": password})
        if answer.status != 302:
            sys.exit(f"{username} could not log in: {answer.status}")

    def _ask(self, method: str, path: str, values: Mapping[str, str] | None) -> Answer:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        body = None
        if values is not None:
            body = urlencode(values)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Referer"] = f"http://127.0.0.1:{self._port}{path}"
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            text = answer.read().decode("utf-8", errors="replace")
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";", 1)[0].partition("=")
            self._cookies[name] = value
        location = answer.headers.get("Location", "")
        return Answer(answer.status, urlsplit(location).path, text)
