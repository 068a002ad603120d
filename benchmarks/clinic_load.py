"""Twenty people at once: reading and writing over HTTP, and afterwards every entry is looked for.

    .venv/bin/python benchmarks/clinic_load.py [--minutes M] [--people N] [--postgres]
                                               [--patients N]

Starts the clinic's own server on a copy of a synthetic clinic: on SQLite, or with --postgres on a
PostgreSQL that it starts itself in a temporary folder. Everybody logs in and then opens pages and
sends forms without a pause: half of them psychiatrists, the others operators and coordinators. One
form in ten is sent twice, as a person does who presses twice. Each form carries the id of the entry
that it makes, so that afterwards each acknowledged one can be looked for.

Bars: no answer with an error (status 500 and above, or no answer); every acknowledged entry stands
in the ledger exactly once; every chart verifies, and every projection is what its chart says.
Ends with 1 if one is missed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from clinic_server import Browser, Form, PrivatePostgres, Server
from clinic_volume import django_in, folder_of

PEOPLE = (("hanna", "milan"), ("rosa", "tomas"), ("piet",))
"""Who works there, by role: psychiatrists, operators, the coordinator."""

READS = (
    "/today/",
    "/calendar/",
    "/patients/",
    "/patients/{patient}/",
    "/patients/{patient}/entries/",
    "/patients/{patient}/calendar/",
    "/patients/{patient}/safety/",
    "/patients/{patient}/scales/",
)

WRITES = {
    "/patients/{patient}/intake/note/": {"text": "A synthetic note of a benchmark."},
    "/patients/{patient}/scales/phq9/fill/": {"total": "9"},
    "/patients/{patient}/intake/referral/": {
        "referred_by": "Dr. Elm (synthetic)",
        "question": "A synthetic question.",
    },
}
"""Forms that the staff can send; the rest is filled in from the page."""

NOT_FOR_OPERATORS = "/patients/{patient}/intake/referral/"

TWICE_SHARE, WRITE_SHARE = 0.1, 0.4
ENTRY_ID = "entry_id"


@dataclass
class Tally:
    """What happened, over all people."""

    answers: Counter[int] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)
    write_ms: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, status: int, took_s: float, path: str, *, wrote: bool) -> None:
        """Count one answer."""
        with self.lock:
            self.answers[status] += 1
            (self.write_ms if wrote else self.ms).append(1e3 * took_s)
            if status >= 500:
                self.faults.append(f"{status} at {path}")


class Person(threading.Thread):
    """One person at a browser of their own."""

    def __init__(
        self, number: int, port: int, patients: list[str], until: float, tally: Tally
    ) -> None:
        super().__init__(name=f"person-{number}", daemon=True)
        names = PEOPLE[0] if number % 2 == 0 else PEOPLE[1 + number // 2 % 2]
        self._name, self._port = names[number // 2 % len(names)], port
        self._draw, self._patients = Random(number), patients
        self._until, self._tally = until, tally
        operator = self._name in PEOPLE[1]
        self._writes = [page for page in WRITES if not (operator and page == NOT_FOR_OPERATORS)]

    def run(self) -> None:
        try:
            from euthymia.clinic.example.fill import PASSWORD  # noqa: PLC0415

            self._browser = Browser(self._port)
            self._browser.log_in(self._name, PASSWORD)
            while time.monotonic() < self._until:
                patient = self._draw.choice(self._patients)
                if self._draw.random() < WRITE_SHARE:
                    self._write(self._draw.choice(self._writes), patient)
                else:
                    self._read(self._draw.choice(READS).format(patient=patient))
        except Exception as problem:  # whatever happens to a person is a fault of the server's
            with self._tally.lock:
                self._tally.faults.append(f"{self._name}: {type(problem).__name__}: {problem}")

    def _read(self, path: str) -> str:
        began = time.perf_counter()
        answer = self._browser.get(path)
        self._tally.answered(answer.status, time.perf_counter() - began, path, wrote=False)
        return answer.body

    def _write(self, page: str, patient: str) -> None:
        """Open the form, fill it in, send it; now and then twice."""
        path, values = page.format(patient=patient), WRITES[page]
        answer = self._browser.get(path)
        form = next((each for each in answer.forms if ENTRY_ID in each.fields), None)
        if form is None:
            with self._tally.lock:
                self._tally.refused[f"{page} ({answer.status} on opening)"] += 1
            return
        sent = form.filled(values)
        for _ in range(2 if self._draw.random() < TWICE_SHARE else 1):
            self._send(path, form, sent, page)

    def _send(self, path: str, form: Form, sent: dict[str, str], page: str) -> None:
        began = time.perf_counter()
        answer = self._browser.post(form.action or path, sent)
        self._tally.answered(answer.status, time.perf_counter() - began, path, wrote=True)
        with self._tally.lock:
            if answer.status == 302:
                self._tally.acknowledged.append(sent[ENTRY_ID])
            else:
                self._tally.refused[f"{page} ({answer.status})"] += 1


def check(tally: Tally) -> list[str]:
    """What is missing, doubled or broken in the database."""
    from django.db.models import Count  # noqa: PLC0415

    from euthymia.clinic.records.charts import chart_of, verification_of  # noqa: PLC0415
    from euthymia.clinic.records.models import LedgerEntry, Patient  # noqa: PLC0415
    from euthymia.clinic.records.projections import differences  # noqa: PLC0415

    wanted, problems = set(tally.acknowledged), []
    there: Counter[str] = Counter()
    names = sorted(wanted)
    for start in range(0, len(names), 500):
        some = LedgerEntry.objects.filter(entry_id__in=names[start : start + 500])
        there.update(str(each) for each in some.values_list("entry_id", flat=True))
    problems += [f"entry {each} stands {there[each]} times" for each in names if there[each] != 1]
    touched = LedgerEntry.objects.filter(entry_id__in=names[:30_000]).values("patient_id")
    for patient in Patient.objects.filter(pk__in=touched):
        verified = verification_of(patient)
        if not verified.intact:
            problems.append(f"{patient.pseudonym}: {verified.broken or verified.torn!r}")
            continue
        problems += differences(patient, chart_of(patient).chart)
    doubled = LedgerEntry.objects.values("patient", "seq").annotate(n=Count("pk")).filter(n__gt=1)
    return [*problems, *(f"place taken twice: {each}" for each in doubled[:5])]


def copy_of(patients: int, scratch: Path) -> Path:
    """A copy of the synthetic clinic, made in a process of its own if there is none yet."""
    source = folder_of(patients)
    if not (source / "made.txt").is_file():
        script = Path(__file__).with_name("clinic_volume.py")
        subprocess.run([sys.executable, str(script), str(patients)], check=True)
    home = scratch / "clinic"
    shutil.copytree(source, home)
    return home


def fill_postgres(patients: int, home: Path, url: str) -> None:
    """The same synthetic clinic written into an empty PostgreSQL database."""
    script = (
        "import sys; from clinic_volume import django_in; from pathlib import Path;"
        f"django_in(Path({str(home)!r}), {url!r});"
        "from django.core.management import call_command as c; c('migrate', verbosity=0);"
        "c('createcachetable', verbosity=0);"
        f"from euthymia.clinic.example.fill import bulk_load; bulk_load({patients})"
    )
    here = str(Path(__file__).parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *sys.path])}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)


def main() -> int:
    """Run, look, print; 1 if a bar is missed."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--minutes", type=float, default=5)
    words.add_argument("--people", type=int, default=20)
    words.add_argument("--patients", type=int, default=300)
    words.add_argument("--postgres", action="store_true")
    given = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="euthymia-load-") as folder:
        if given.postgres:
            postgres = PrivatePostgres()
            try:
                home = Path(folder) / "clinic"
                home.mkdir()
                fill_postgres(given.patients, home, postgres.url)
                return load(home, postgres.url, given.people, given.minutes)
            finally:
                postgres.stop()
        return load(copy_of(given.patients, Path(folder)), "", given.people, given.minutes)


def load(home: Path, url: str, people: int, minutes: float) -> int:
    """The run itself."""
    django_in(home, url)
    from euthymia.clinic.accounts.models import Site  # noqa: PLC0415
    from euthymia.clinic.records.models import LedgerEntry, Patient  # noqa: PLC0415

    before = LedgerEntry.objects.count()
    first = Site.objects.order_by("pk").first()
    patients = [str(pk) for pk in Patient.objects.filter(site=first).values_list("pk", flat=True)]
    server, tally = Server(home, url), Tally()
    try:
        until = time.monotonic() + 60 * minutes
        crowd = [Person(n, server.port, patients, until, tally) for n in range(people)]
        for person in crowd:
            person.start()
        for person in crowd:
            person.join(60 * minutes + 120)
        stuck = sum(person.is_alive() for person in crowd)
    finally:
        server.stop()
    problems = check(tally)
    added = LedgerEntry.objects.count() - before
    problems += [f"{stuck} people never got their last answer"] if stuck else []
    report(tally, problems, added, minutes)
    return 1 if problems or tally.faults else 0


def report(tally: Tally, problems: list[str], added: int, minutes: float) -> None:
    """What came out."""
    writes = len(set(tally.acknowledged))
    reads, sends = sorted(tally.ms), sorted(tally.write_ms)
    out = [
        f"{sum(tally.answers.values()):,} answers in {minutes:g} min: {dict(tally.answers)}",
        f"pages: {_times(reads)}",
        f"forms: {_times(sends)}",
        f"acknowledged: {len(tally.acknowledged):,} answers for {writes:,} entries; "
        f"{added:,} entries were added",
        f"refused: {dict(tally.refused)}",
        f"errors: {len(tally.faults)}",
        *(f"  {fault}" for fault in tally.faults[:10]),
        f"lost, doubled, broken or not as the chart says: {len(problems)}",
        *(f"  {problem}" for problem in problems[:10]),
    ]
    sys.stdout.write("\n".join(out) + "\n")


def _times(ms: list[float]) -> str:
    if not ms:
        return "none"
    return f"{len(ms):,}, p50 {ms[len(ms) // 2]:.0f} ms, p95 {ms[int(0.95 * len(ms))]:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
