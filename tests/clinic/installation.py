"""A whole installation of its own, in a folder: for tests that need real processes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_SETUP = (
    "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'euthymia.clinic.config.settings'\n"
    "import django; django.setup()\n"
)

# As the entry point does it; an environment set up before the clinic was there lacks that.
_COMMAND = """
from euthymia.cli import main
from euthymia.clinic.operation.commands import clinic, register
if clinic not in [group.typer_instance for group in main.app.registered_groups]:
    register(main.app, main._watching)
main.run()
"""


@dataclass
class Installation:
    """A folder with its database, and Python processes that work on it."""

    home: Path
    mode: str = "clinic"
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name != "DATABASE_URL" and not name.startswith(("EUTHYMIA_", "DJANGO_"))
        }
        return {
            **kept,
            "EUTHYMIA_HOME": str(self.home),
            "EUTHYMIA_MODE": self.mode,
            "PYTHONPATH": f"{_ROOT / 'src'}:{_ROOT / 'tests'}",
            **self.more,
        }

    def euthymia(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        return subprocess.run(
            self._words(*words),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            **options,
        )

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start the command line and leave it running; what it says goes to `said`.

        It goes to a file: nobody reads a pipe meanwhile, and a full one would hold the program.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with self._said.open("a") as said:
            return subprocess.Popen(
                self._words(*words), env=self.environment, stdout=said, stderr=said, text=True
            )

    @property
    def said(self) -> str:
        """What all programs that were begun have said up to now."""
        return self._said.read_text()

    @property
    def _said(self) -> Path:
        return self.home / "said.txt"

    def python(self, code: str) -> str:
        """Run code with the applications ready; what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", _SETUP + code],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def begin_python(self, code: str) -> subprocess.Popen[str]:
        """Start code with the applications ready and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-c", _SETUP + code], env=self.environment, text=True
        )

    def migrate(self) -> None:
        """Make the tables."""
        self.python(
            "from django.core.management import call_command\n"
            "call_command('migrate', verbosity=0); call_command('createcachetable')"
        )

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the SQLite file itself."""
        database = sqlite3.connect(self.home / "clinic.sqlite3", timeout=20)
        try:
            with database:
                return database.execute(query, values).fetchall()
        finally:
            database.close()

    @staticmethod
    def _words(*words: str) -> list[str]:
        return [sys.executable, "-c", _COMMAND, *words]


def until(true: Callable[[], object], *, within_s: float = 180.0) -> None:
    """Wait until something is so; fails if it takes too long."""
    last = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < last, "it did not come about in time"
        time.sleep(0.05)
