"""Log lines of real processes: they come out, and they hold nobody up."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest

_TALK = """
import logging, logging.config, os
from euthymia.clinic.config.writing import logging_to_stderr
logging.config.dictConfig(logging_to_stderr(debug=False))
log = logging.getLogger("euthymia.test")
for number in range({lines}):
    log.info("line %d %s", number, "x" * 200)
os.write(1, b"done")
"""


def _begin(lines: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _TALK.format(lines=lines)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_every_line_comes_out_before_the_program_ends() -> None:
    out, said = _begin(200).communicate(timeout=120)
    assert out == b"done"
    lines = [json.loads(line) for line in said.decode().splitlines()]
    assert [line["says"].split()[1] for line in lines] == [str(number) for number in range(200)]


@pytest.mark.parametrize("lines", [2_000, 12_000])
def test_a_reader_that_does_not_read_holds_up_nobody(lines: int) -> None:
    process = _begin(lines)
    too_long = threading.Timer(90.0, process.kill)
    too_long.start()
    assert process.stdout is not None
    # Far more than a pipe holds; nobody reads it, and the program comes to its end all the same.
    assert process.stdout.read(4) == b"done"
    assert process.wait(timeout=90) == 0
    too_long.cancel()
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()
