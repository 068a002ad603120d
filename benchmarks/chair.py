"""A session in the clinic while its web server works: starts of trains, and stops from a browser.

    .venv/bin/python benchmarks/chair.py [SECONDS]              (default: 60)

A server process of its own (waitress, SQLite on disk) runs one session in real time at the
simulated stimulator, while a client asks it for 20 pages a second. Printed are

- how late trains began against their plan, without and with that load, as the record has it;
- how long an emergency stop took, from the press at another client to the moment at which the
  engine had the stimulator's word that it is disarmed, over many sessions, through the process that
  runs the session and through another one;
- how long one train's entry takes in a chart of 3,000 entries, against one of 30.

Bars: a stop within 250 ms; 99 % of trains within 5 ms of plan. On a computer that is busy with
other things the figures say more about those.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
import time
from pathlib import Path

import django
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
_HOME = tempfile.mkdtemp(prefix="euthymia-chair-bench-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_settings")

django.setup()

from clinic.chair.chair_server import (  # noqa: E402 - it needs Django set up
    ChairServers,
    Person,
    installed,
    prepared_fields,
)
from clinic.installation import until  # noqa: E402

STOPS = 12
RATE_HZ = 20.0


def main(seconds: float) -> None:
    """Print the figures."""
    trains = max(5, round(seconds / 1.4))
    servers = installed(Path(_HOME), trains=trains, pulses=5, off_s=1.0)
    print(f"load average of this computer at the start: {os.getloadavg()[0]:.1f}\n")
    print("| starts of trains against plan | trains | median | 95 % | 99 % | worst |")
    print("|---|---|---|---|---|---|")
    with servers.serve() as (url, _):
        for patient, load in zip(servers.ready, (False, True), strict=True):
            _starts(servers, url, patient, load=load)
    print("\n| emergency stop, until answered to a client of | stops | median | 95 % | worst |")
    print("|---|---|---|---|---|")
    with servers.serve() as (here, _), servers.serve() as (there, _):
        for name, stopper in (("the process that runs it", here), ("another process", there)):
            for load in (False, True):
                _stops(servers, here, stopper, name, load=load)
    _entries(servers)


def _run_path(patient: str) -> str:
    return f"/patients/{patient}/sessions/"


def _begin(servers: ChairServers, url: str, patient: str, **changes: str) -> None:
    fields = prepared_fields(**changes)
    fields.pop("hurried")
    answer = servers.person(url).post(f"{_run_path(patient)}prepare/", fields)
    if answer.status != 302:
        found = re.findall(r'role="alert".*?</div>', answer.text, re.DOTALL)
        raise SystemExit(f"the session did not begin: {found[:1]}")


class _Load:
    """A client that asks for pages at a steady rate, and the operator's page that stays open."""

    def __init__(self, servers: ChairServers, url: str, patient: str, rate_hz: float) -> None:
        self._person = servers.person(url)
        self._paths = [_run_path(patient), "/patients/", f"/patients/{patient}/", "/chairs/"]
        self._state = f"{_run_path(patient)}run/state/"
        self._every_s = 1.0 / rate_hz if rate_hz else None
        self._ended = threading.Event()
        self.asked = 0
        self.threads = [threading.Thread(target=self._page, daemon=True)]
        if self._every_s:
            self.threads += [threading.Thread(target=self._pages, args=(n,)) for n in range(4)]

    def __enter__(self) -> _Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *ignored: object) -> None:
        self._ended.set()
        for thread in self.threads:
            thread.join(timeout=20)

    def _page(self) -> None:
        while not self._ended.wait(0.5):
            self._person.post(self._state, {"touched": "1"}, plain=False)

    def _pages(self, number: int) -> None:
        assert self._every_s is not None
        while not self._ended.wait(4 * self._every_s):
            self._person.get(self._paths[number])
            self.asked += 1


def _starts(servers: ChairServers, url: str, patient: str, *, load: bool) -> None:
    began = time.monotonic()
    _begin(servers, url, patient)
    with _Load(servers, url, patient, RATE_HZ if load else 0.0) as asking:
        until(lambda: servers.kinds(patient)[-1] == "session_delivered", within_s=1_000)
    rate = asking.asked / (time.monotonic() - began)
    told = servers.installation.python(
        "from euthymia.clinic.records.models import Patient\n"
        "from euthymia.clinic.records.charts import chart_of\n"
        f"patient = Patient.objects.get(pk='{patient}')\n"
        "print([t.fact.late_ms for t in chart_of(patient).chart.trains])"
    )
    late = np.array([float(each) for each in told.strip("[]").split(",")])
    what = f"with {rate:.0f} pages a second" if load else "without load"
    print(
        f"| {what} | {len(late)} | {np.median(late):.2f} ms | {np.percentile(late, 95):.2f} ms | "
        f"{np.percentile(late, 99):.2f} ms | {late.max():.2f} ms |",
        flush=True,
    )


def _fresh_patient(servers: ChairServers) -> str:
    return servers.installation.python(
        "from clinic.conftest import STAFF, SmallClinic\n"
        "from clinic.chair.chair_samples import prescription, ready_patient, short_protocol\n"
        "from euthymia.clinic.accounts.models import Site, User\n"
        "people = {role: User.objects.get(username=role.value) for role in STAFF}\n"
        "clinic = SmallClinic(Site.objects.get(), people)\n"
        "protocol = short_protocol(trains=60, pulses=30, off_s=1.0)\n"
        "print(ready_patient(clinic, prescription(protocol)).pk)"
    ).splitlines()[-1]


def _stops(servers: ChairServers, here: str, stopper: str, name: str, *, load: bool) -> None:
    """Stops at random moments of a session that is taken up again after each of them."""
    patient, draw = _fresh_patient(servers), np.random.default_rng(1)
    waited: list[float] = []
    chair = f"Chair {patient[:6]}"
    _begin(servers, here, patient, chair=chair)
    with _Load(servers, here, patient, RATE_HZ if load else 0.0):
        for number in range(STOPS):
            time.sleep(0.8 + float(draw.uniform(0, 1.5)))
            (key,) = servers.installation.rows(
                "select stop_key from clinic_chair_console where ended_at is null and chair = ?",
                chair,
            )[0]
            stranger = Person(stopper, "")
            began = time.perf_counter()
            told = stranger.post(f"/stop/{key}/", plain=False).json
            waited.append(1_000 * (time.perf_counter() - began))
            if not told["confirmed"]:
                raise SystemExit("a stop was not confirmed")
            if number + 1 < STOPS:
                until(lambda: servers.kinds(patient)[-1] == "session_interrupted")
                until(lambda: _taken_up(servers, here, patient, chair))
    found = np.array(waited)
    what = f"{name}{', 20 pages a second' if load else ''}"
    print(
        f"| {what} | {len(found)} | {np.median(found):.0f} ms | {np.percentile(found, 95):.0f} ms "
        f"| {found.max():.0f} ms |",
        flush=True,
    )


def _taken_up(servers: ChairServers, url: str, patient: str, chair: str) -> bool:
    fields = {
        "do": "take_up",
        "identity": "on",
        "ears": "on",
        "placed": "on",
        "chair": chair,
        "device": "simulated",
        "physician": "Dr Synthetic",
        "ack_session-after-emergency": "on",
    }
    answer = servers.person(url).post(f"{_run_path(patient)}recover/", fields)
    return answer.location.endswith("run/") and servers.kinds(patient)[-1] != "session_interrupted"


def _entries(servers: ChairServers) -> None:
    told = servers.installation.python(
        "import time, json\n"
        "from clinic.conftest import STAFF, SmallClinic\n"
        "from euthymia.chart.session_facts import TrainIntended\n"
        "from euthymia.clinic import clock\n"
        "from euthymia.clinic.accounts.models import Role, Site, User\n"
        "from euthymia.clinic.accounts.policy import Action\n"
        "from euthymia.clinic.records.services import Pen, Wanted\n"
        "people = {role: User.objects.get(username=role.value) for role in STAFF}\n"
        "clinic = SmallClinic(Site.objects.get(), people)\n"
        "patient = clinic.patient()\n"
        "pen = Pen(clinic.who(Role.OPERATOR), patient, Action.RUN_SESSION)\n"
        "def fact(n):\n"
        "    return TrainIntended(session=1, number=n, intended_at=clock.now(), block=1,\n"
        "                         pulses=30, intensity_pct_mso=60.0)\n"
        "def took():\n"
        "    found = []\n"
        "    for n in range(1, 31):\n"
        "        began = time.perf_counter(); pen.write(fact(n))\n"
        "        found.append(1e3 * (time.perf_counter() - began))\n"
        "    return sorted(found)[15]\n"
        "few = took()\n"
        "pen.write_all([Wanted(fact(n)) for n in range(1, 2971)])\n"
        "print(json.dumps([few, took()]))"
    )
    few, many = (float(each) for each in told.splitlines()[-1].strip("[]").split(","))
    print(f"\none entry on the disk in a chart of 30 entries      {few:.1f} ms (median)")
    ratio = many / few
    print(f"one entry on the disk in a chart of 3,000 entries   {many:.1f} ms ({ratio:.1f} times)")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
