"""kill -9 of the server in the middle of writing, again and again: nothing acknowledged is lost.

    .venv/bin/python benchmarks/clinic_kill.py [--rounds N] [--writes N] [--postgres]

In each round several people send forms to the clinic's own server, each with the id of the entry
that it makes. After a random number of acknowledged ones the server is killed by SIGKILL. It is
started again, and whoever got no answer sends the same form once more, as a person would; then the
rest of the round's forms follow. At the end of a round every acknowledged entry must stand exactly
once, every chart must verify, and every projection must be what its chart says. Ends with 1 if not.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from clinic_load import (
    ENTRY_ID,
    NOT_FOR_OPERATORS,
    PEOPLE,
    WRITES,
    Tally,
    check,
    copy_of,
    fill_postgres,
)
from clinic_server import Answer, Browser, PrivatePostgres, Server
from clinic_volume import django_in

WRITERS = 5


@dataclass
class Round:
    """One round: how many forms are still to be sent, and when the server dies."""

    left: int
    kill_after: int
    tally: Tally
    acknowledged: int = 0
    again: int = 0
    time_to_kill: threading.Event = field(default_factory=threading.Event)
    back: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        """Whether one more form is to be sent."""
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def acknowledge(self, entry_id: str) -> None:
        """The server has said that the entry stands."""
        with self.lock:
            self.acknowledged += 1
            self.tally.acknowledged.append(entry_id)
            if self.acknowledged == self.kill_after:
                self.time_to_kill.set()


class Writer:
    """One person who sends forms, and sends one again that got no answer."""

    def __init__(self, number: int, port: int, patients: list[str], name: str) -> None:
        self._draw, self._patients, self._name = Random(number), patients, name
        self._browser = Browser(port)

    def log_in(self) -> None:
        """Once for all rounds: the session outlives the server."""
        from euthymia.clinic.example.fill import PASSWORD  # noqa: PLC0415

        self._browser.log_in(self._name, PASSWORD)

    def begin(self, its: Round) -> threading.Thread:
        """Send forms until the round has had enough."""
        thread = threading.Thread(target=self._work, args=[its], daemon=True)
        thread.start()
        return thread

    def _work(self, its: Round) -> None:
        pages = [p for p in WRITES if self._name not in PEOPLE[1] or p != NOT_FOR_OPERATORS]
        try:
            while its.take():
                page = self._draw.choice(pages)
                path = page.format(patient=self._draw.choice(self._patients))
                answer = self._surely(its, path, None)
                form = next(each for each in answer.forms if ENTRY_ID in each.fields)
                sent = form.filled(WRITES[page])
                answer = self._surely(its, form.action or path, sent)
                if answer.status != 302:
                    its.tally.faults.append(f"{answer.status} at {page}")
                    continue
                its.acknowledge(sent[ENTRY_ID])
        except Exception as problem:  # whatever happens to a person is a fault of the server's
            its.tally.faults.append(f"{self._name}: {type(problem).__name__}: {problem}")

    def _surely(self, its: Round, path: str, values: Mapping[str, str] | None) -> Answer:
        """An answer, if need be from the server that comes after."""
        for _ in range(3):
            try:
                if values is None:
                    return self._browser.get(path)
                return self._browser.post(path, values)
            except (OSError, http.client.HTTPException):
                if not its.time_to_kill.is_set():
                    raise
                its.back.wait(120)
                with its.lock:
                    its.again += 1
        raise OSError(f"no answer to {path}")


def main() -> int:
    """Run the rounds; 1 if anything is lost."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--rounds", type=int, default=10)
    words.add_argument("--writes", type=int, default=200)
    words.add_argument("--patients", type=int, default=80)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--postgres", action="store_true")
    given = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="euthymia-kill-") as folder:
        if not given.postgres:
            home = copy_of(given.patients, Path(folder))
            return rounds(home, "", given.rounds, given.writes, given.seed)
        postgres = PrivatePostgres()
        try:
            home = Path(folder) / "clinic"
            home.mkdir()
            fill_postgres(given.patients, home, postgres.url)
            return rounds(home, postgres.url, given.rounds, given.writes, given.seed)
        finally:
            postgres.stop()


def rounds(home: Path, url: str, number: int, writes: int, seed: int) -> int:
    """Kill, restart, finish, look: so many times."""
    django_in(home, url)
    from euthymia.clinic.accounts.models import Site  # noqa: PLC0415
    from euthymia.clinic.records.models import Patient  # noqa: PLC0415

    draw, tally, problems, again = Random(seed), Tally(), [], 0
    site = Site.objects.order_by("pk").first()
    patients = [str(pk) for pk in Patient.objects.filter(site=site).values_list("pk", flat=True)]
    server = Server(home, url)
    names = [*PEOPLE[0], *PEOPLE[1], *PEOPLE[2]]
    writers = [Writer(n, server.port, patients, names[n % len(names)]) for n in range(WRITERS)]
    for writer in writers:
        writer.log_in()
    try:
        for place in range(1, number + 1):
            its = Round(writes, draw.randrange(writes // 10, writes * 9 // 10), tally)
            threads = [writer.begin(its) for writer in writers]
            its.time_to_kill.wait(600)
            server.kill()
            server = Server(home, url, server.port)
            its.back.set()
            for thread in threads:
                thread.join(600)
            found = check(tally)
            problems += found
            again += its.again
            sys.stdout.write(
                f"round {place}: killed after {its.kill_after} of {its.acknowledged} acknowledged; "
                f"{its.again} asked again; {len(found)} lost, doubled or broken\n"
            )
            sys.stdout.flush()
    finally:
        server.stop()
    sys.stdout.write(
        f"{number} kills, {len(tally.acknowledged):,} acknowledged entries, {again} asked again, "
        f"{len(problems)} lost, doubled or broken, {len(tally.faults)} errors\n"
    )
    sys.stdout.write("".join(f"  {each}\n" for each in [*problems, *tally.faults][:10]))
    return 1 if problems or tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
