"""`euthymia serve`: one process with threads for the pages, and a worker beside it for jobs."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from dataclasses import dataclass
from importlib import import_module
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

from euthymia.clinic.accounts.models import User
from euthymia.clinic.operation.startup import prepare
from euthymia.clinic.operation.warming import warm_later
from euthymia.core.errors import InputError

THREADS = 8
_WORKER_AGAIN_AFTER_S = 2.0
_CHECK_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and what to do beside it."""

    host: str
    port: int
    worker: bool = True
    open_browser: bool = False
    check: bool = False

    @property
    def address(self) -> str:
        """The address of the first page, as a browser takes it."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"


def serve(listening: Listening) -> int:
    """Run until Ctrl-C or SIGTERM; the exit code."""
    server = _server(listening)  # before all else: a port in use is refused with nothing touched
    try:
        prepare()
        import_module(
            settings.ROOT_URLCONF
        )  # all pages are imported by one thread, before many ask for them
        server.application = get_wsgi_application()
    except BaseException:
        server.close()
        raise
    signal.signal(signal.SIGTERM, _leave)
    beside = _WorkerBeside() if listening.worker else None
    checked = _Check(listening) if listening.check else None
    _announce(listening)
    if not listening.check:
        warm_later()
    try:
        server.run()  # returns at Ctrl-C and at SIGTERM, after the answers under way
    finally:
        server.close()
        if beside is not None:
            beside.stop()
    return checked.exit_code if checked is not None else 0


def _server(listening: Listening) -> Any:
    proxy: dict[str, Any] = {}
    if settings.PLACE.https:
        # Only the proxy on this machine may say who asks and that it came over TLS.
        proxy = {
            "trusted_proxy": settings.PLACE.proxy,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
    try:
        return create_server(
            _not_yet,
            host=listening.host,
            port=listening.port,
            threads=THREADS,
            ident=None,
            **proxy,
        )
    except OSError as problem:
        raise _refused(listening, problem) from None


def _refused(listening: Listening, problem: OSError) -> InputError:
    subject = f"{listening.host}:{listening.port}"
    if problem.errno == errno.EADDRINUSE:
        return InputError(
            subject, "another program listens there", "Stop it, or give another --port"
        )
    if problem.errno == errno.EACCES:
        return InputError(
            subject, "this user may not listen there", "Give a --port of 1024 or above"
        )
    return InputError(
        subject,
        f"one cannot listen there ({problem.strerror or problem})",
        "Give an address of this machine, such as 127.0.0.1",
    )


def _not_yet(environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
    return [b"The clinic is starting."]


def _leave(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _announce(listening: Listening) -> None:
    print(f"Euthymia is at {listening.address} (data in {settings.PLACE.home}).", flush=True)
    if not User.objects.exists():
        print("Nobody can log in yet: run `euthymia clinic init` in another terminal.", flush=True)
    if not listening.check:
        print("Ctrl-C stops it.", flush=True)
    if listening.open_browser and _has_screen():
        threading.Timer(0.5, webbrowser.open, [listening.address]).start()


def _has_screen() -> bool:
    """Whether a browser with windows can open; one of text would take the terminal."""
    if sys.platform in {"darwin", "win32"}:
        return sys.stdout.isatty()
    return sys.stdout.isatty() and bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())


class _WorkerBeside:
    """The embedded worker: a process of its own, begun again if it dies."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process = self._begin()
        self._watcher = threading.Thread(target=self._watch, name="worker-watch", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """End it; a running job goes back into the queue."""
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _watch(self) -> None:
        while not self._stopping.wait(_WORKER_AGAIN_AFTER_S):
            if self._process.poll() is not None:
                self._process = self._begin()

    @staticmethod
    def _begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "euthymia.clinic.jobs", str(os.getpid())])


class _Check:
    """Fetches the first page once the server answers, says how it went, and stops the server."""

    def __init__(self, listening: Listening) -> None:
        self.exit_code = 1
        self._listening = listening
        threading.Thread(target=self._run, name="check", daemon=True).start()

    def _run(self) -> None:
        try:
            self._fetch()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def _fetch(self) -> None:
        last = time.monotonic() + _CHECK_WITHIN_S
        while True:
            try:
                with urllib.request.urlopen(self._listening.address, timeout=10) as answer:
                    page = answer.read()
                    break
            except (TimeoutError, OSError) as problem:
                if time.monotonic() > last:
                    print(f"The first page did not come: {problem}", file=sys.stderr)
                    return
                time.sleep(0.2)
        if answer.status == 200 and b"<h1" in page:
            print(f"The first page answers ({len(page):,} bytes).", flush=True)
            self.exit_code = 0
        else:
            print(f"The first page is not what it should be ({answer.status}).", file=sys.stderr)
