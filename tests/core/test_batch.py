"""Batches: the same table from processes and from a cluster; a death costs only what it must."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from euthymia.core.batch import Batch, DaskCluster, Processes, Rows
from euthymia.core.errors import EuthymiaError, InputError


@dataclass(frozen=True)
class Sum:
    """Adds up to a number, and leaves a mark in a folder each time that it is begun."""

    name: str
    upto: int
    folder: str
    dies: int = 0

    def inputs(self) -> Mapping[str, Any]:
        return {"name": self.name, "upto": self.upto}


def add(job: Sum) -> Rows:
    mark = Path(job.folder) / job.name
    begun = mark.read_text().count("x") + 1 if mark.exists() else 1
    mark.write_text("x" * begun)
    if job.upto < 0:
        raise InputError(job.name, "it is below zero", "Give more")
    if begun <= job.dies:
        time.sleep(0.5)  # so that the others may finish
        os.kill(os.getpid(), signal.SIGKILL)
    return [{"job": job.name, "sum": sum(range(job.upto)), "third": job.upto / 3}]


def jobs(folder: Path, **dies: int) -> list[Sum]:
    folder.mkdir(exist_ok=True)
    return [Sum(name, n, str(folder), dies.get(name, 0)) for n, name in enumerate("abcdef", 5)]


def begun(folder: Path) -> dict[str, int]:
    return {mark.name: len(mark.read_text()) for mark in sorted(folder.iterdir())}


def test_rows_come_in_the_order_of_the_jobs_and_are_kept(tmp_path: Path) -> None:
    batch = Batch(add, Processes(2), tmp_path / "kept")
    rows = batch.run(jobs(tmp_path / "marks"))
    assert [row["job"] for row in rows] == list("abcdef")
    assert rows[1] == {"job": "b", "sum": 15, "third": 2.0}
    assert batch.run(jobs(tmp_path / "marks")) == rows
    assert set(begun(tmp_path / "marks").values()) == {1}


def test_a_worker_killed_in_the_middle_costs_only_unfinished_jobs(tmp_path: Path) -> None:
    undisturbed = Batch(add, Processes(1)).run(jobs(tmp_path / "calm"))
    rows = Batch(add, Processes(1), tmp_path / "kept").run(jobs(tmp_path / "marks", d=1))
    assert rows == undisturbed
    counts = begun(tmp_path / "marks")
    assert [counts[name] for name in "abc"] == [1, 1, 1]
    assert counts["d"] == 2


def test_a_job_under_which_workers_die_again_and_again_is_named_and_the_rest_kept(
    tmp_path: Path,
) -> None:
    batch = Batch(add, Processes(1), tmp_path / "kept", attempts=2)
    with pytest.raises(EuthymiaError, match=r"died 2 times under .*c"):
        batch.run(jobs(tmp_path / "marks", c=9))
    assert len(list((tmp_path / "kept").glob("*.json"))) >= 2


def test_a_refused_job_becomes_a_row_that_says_so_and_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "marks").mkdir()
    some = [Sum("good", 3, str(tmp_path / "marks")), Sum("bad", -1, str(tmp_path / "marks"))]
    batch = Batch(add, Processes(1), tmp_path / "kept")
    for _ in range(2):
        assert batch.run(some)[1]["refused"].startswith("bad: it is below zero")
    assert begun(tmp_path / "marks") == {"good": 1, "bad": 2}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_of_two_workers_gives_the_table_of_the_process_pool(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    plain = Batch(add, Processes(2)).run(jobs(tmp_path / "one"))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        folder = tmp_path / "two"
        rows = Batch(add, DaskCluster(address), tmp_path / "kept").run(jobs(folder, d=1))
    assert rows == plain
    counts = begun(folder)
    assert counts["d"] == 2
    assert sum(counts.values()) <= 6 + 2


def test_a_scheduler_that_is_not_there_is_refused() -> None:
    pytest.importorskip("distributed")
    code = (
        "from euthymia.core.batch import DaskCluster\n"
        "with DaskCluster('nonsense://x').open(): pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False
    )
    assert "does not answer" in done.stderr
