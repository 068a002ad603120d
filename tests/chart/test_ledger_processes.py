"""Several processes at one chart, and processes killed while they write."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ledger_samples import draft

from euthymia.chart.ledger import append, read, verify

_WRITER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from uuid import UUID, uuid4
from euthymia.chart.envelope import Author, Draft
from euthymia.chart.ledger import append
path, count = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for number in range(count):
    append(path, Draft(str(uuid4()), datetime(2026, 9, 1, tzinfo=timezone.utc),
                       Author("Writer", "test"), "note", {"n": number, "text": "x" * 3000}))
    print(number, flush=True)
"""


_DIES_IN_WRITE = """
import os, signal
real_write = os.write
def write_half(descriptor, data):
    real_write(descriptor, bytes(data)[:len(data) // 2])
    os.kill(os.getpid(), signal.SIGKILL)
os.write = write_half
"""


def _writer(path: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), str(count)], stdout=subprocess.PIPE, text=True
    )


def test_appends_from_several_processes_neither_interleave_nor_fork_the_chain(
    tmp_path: Path,
) -> None:
    path = tmp_path / "chart.jsonl"
    append(path, draft(1), new=True)
    writers = [_writer(path, 15) for _ in range(4)]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    checked = verify(path)
    assert checked.intact
    assert len(checked.entries) == 61


def test_processes_that_make_a_chart_at_once_make_one(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER.replace("3000}))", "3000}), new=True)"), str(path), "1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(4)
    ]
    assert sorted(maker.wait(timeout=60) for maker in makers) == [0, 1, 1, 1]
    assert len(read(path)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_a_kill_in_the_middle_of_appends_loses_no_entry_that_was_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "chart.jsonl"
    append(path, draft(1), new=True)
    confirmed = 0
    pauses = random.Random(7)
    for _ in range(5):
        writer = _writer(path, 10_000)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        assert writer.stdout.readline() == "0\n"
        time.sleep(pauses.uniform(0.02, 0.15))
        writer.send_signal(signal.SIGKILL)
        confirmed += 1 + len(writer.communicate(timeout=30)[0].splitlines())
        checked = verify(path)
        assert checked.broken is None
        assert len(checked.entries) - 1 >= confirmed
    append(path, draft(2))
    assert verify(path).intact


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_a_kill_inside_the_write_itself_leaves_a_torn_tail_that_is_set_aside(
    tmp_path: Path,
) -> None:
    path = tmp_path / "chart.jsonl"
    append(path, draft(1), new=True)
    killed = subprocess.run(
        [sys.executable, "-c", _DIES_IN_WRITE + _WRITER, str(path), "1"],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    torn = verify(path)
    assert torn.broken is None
    assert len(torn.entries) == 1
    assert len(torn.torn) > 1000
    append(path, draft(2))
    assert path.with_name("chart.jsonl.torn-1").read_bytes() == torn.torn
    assert len(read(path)) == 2
