"""How long the command line and the clinic take to start, in processor time of one process.

    .venv/bin/python benchmarks/start.py

Each start is made five times in a process of its own and the least time counts; it is printed in
seconds and as a multiple of a bare import of numpy, which tells a slow machine from a slow start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

TIMES = 5
_WORDS = "from euthymia.cli.main import run; run()"
_READY = "from euthymia.clinic.operation.ready import ready; ready();"
_STARTS = {
    "python with numpy": ["import numpy"],
    "euthymia --help": [_WORDS, "--help"],
    "euthymia clinic --help": [_WORDS, "clinic", "--help"],
    "euthymia verify --help": [_WORDS, "verify", "--help"],
    "clinic: applications ready": [_READY],
    "clinic: ready, all addresses": [_READY + "import euthymia.clinic.config.urls"],
}


def least_s(words: list[str]) -> float:
    """The least processor time of several starts."""
    with tempfile.TemporaryDirectory() as home:
        return min(_once_s(words, home) for _ in range(TIMES))


def _once_s(words: list[str], home: str) -> float:
    before = os.times()
    subprocess.run(
        [sys.executable, "-c", *words],
        env={**os.environ, "EUTHYMIA_HOME": home},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


def main() -> None:
    """Print every start."""
    unit = 0.0
    for name, words in _STARTS.items():
        took = least_s(words)
        unit = unit or took
        print(f"{name:30}  {took:5.2f} s   {took / unit:5.1f} times numpy")


if __name__ == "__main__":
    main()
