"""Run a command with DATABASE_URL set to a PostgreSQL server of its own, which ends with it.

    .venv/bin/python tools/on_postgres.py .venv/bin/python -m pytest tests/clinic/records

The server lies in a temporary folder, listens on 127.0.0.1 only, and is removed afterwards. Ends
with the command's exit code; with a sentence and 0 where PostgreSQL is not installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from clinic_server import PrivatePostgres


def main(command: list[str]) -> int:
    """Start the server, run the command, stop the server."""
    if not command:
        sys.exit(__doc__)
    try:
        server = PrivatePostgres()
    except SystemExit as problem:
        print(f"not run on PostgreSQL: {problem}")
        return 0
    try:
        given = {**os.environ, "DATABASE_URL": server.url}
        return subprocess.run(command, env=given, check=False).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
