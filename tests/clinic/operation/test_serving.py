"""The served clinic as real processes: it starts, answers, stops, and is not hurt by a kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from clinic.installation import Installation, until

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A served clinic on a port of its own."""

    def __init__(self, home: Path) -> None:
        self.place = Installation(home)
        self.port = free_port()
        self.process: Popen[str] | None = None

    def start(self) -> None:
        self.process = self.place.begin("serve", "--port", str(self.port))
        until(lambda: self.health() is not None)

    def get(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        address = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(address, timeout=120) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read(), dict(refused.headers)

    def health(self) -> dict[str, str] | None:
        try:
            status, body, _ = self.get("/health/")
        except OSError:
            return None
        return dict(json.loads(body)) if status in {200, 503} and body[:1] == b"{" else None

    def workers(self) -> list[int]:
        return [pid for (pid,) in self.place.rows("select pid from clinic_jobs_worker")]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    found = Served(tmp_path)
    yield found
    if found.process is not None:
        found.process.kill()
        found.process.wait(timeout=300)


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_it_starts_from_nothing_answers_and_stops_cleanly(served: Served) -> None:
    served.start()
    until(lambda: (served.health() or {}).get("worker") == "ok")
    status, page, headers = served.get("/")
    assert status == 200
    assert b"Log in" in page
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "Server" not in headers
    (worker,) = served.workers()
    assert served.process is not None
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(timeout=300)
    said = served.place.said
    assert served.process.returncode == 0
    assert f"http://127.0.0.1:{served.port}/" in said
    assert "euthymia clinic init" in said
    assert gone(worker)
    assert served.workers() == []


def test_no_kill_hurts_for_long(served: Served) -> None:
    served.start()
    until(served.workers)
    (worker,) = served.workers()
    os.kill(worker, signal.SIGKILL)
    # The dead one may stand in the table beside the new one for a while.
    until(lambda: set(served.workers()) - {worker})
    (worker,) = set(served.workers()) - {worker}
    assert served.process is not None
    served.process.kill()
    served.process.wait(timeout=300)
    until(lambda: gone(worker))
    served.start()
    until(lambda: len(served.workers()) == 1)


def test_a_port_in_use_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = Installation(tmp_path).euthymia("serve", "--port", str(port))
    assert done.returncode == 2
    assert done.stderr == (
        f"euthymia: 127.0.0.1:{port}: another program listens there. "
        "Stop it, or give another --port.\n"
    )
    assert not (tmp_path / "clinic.sqlite3").exists()
