"""How long a head takes to build, and how much memory: `python benchmarks/head_build.py T1...`.

Each image is built in a process of its own without any store, on the cores that there are. Time is
given as wall clock and as processor time; a busy machine makes the first longer than the second.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import time
from collections import defaultdict
from pathlib import Path

from euthymia.core.progress import CallbackProgress, Report
from euthymia.model.head.build.whole import Source, build

BAR_MIN, BAR_GIB = 10.0, 6.0


def measured(path: Path) -> None:
    """Build one head and print what it took, stage by stage."""
    began: dict[str, float] = {}
    took: dict[str, float] = defaultdict(float)

    def tell(report: Report) -> None:
        began.setdefault(report.title, time.monotonic())
        if report.finished:
            took[report.title] = time.monotonic() - began[report.title]

    start = time.monotonic()
    made = build(Source(t1=path), CallbackProgress(tell))
    wall = (time.monotonic() - start) / 60
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{path.name}: {wall:.1f} min wall (bar {BAR_MIN:g}), ", end="")
    print(f"{time.process_time() / 60:.1f} min processor, {peak:.2f} GiB (bar {BAR_GIB:g})")
    for title, seconds in took.items():
        print(f"  {seconds:6.1f} s  {title}")
    print(f"  verdict: {made.quality.verdict.value}; likeness {made.quality.likeness:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", type=Path, help="whole-head T1 (NIfTI or DICOM)")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for path in asked.images:
        worker = multiprocessing.get_context("spawn").Process(target=measured, args=(path,))
        worker.start()
        worker.join()


if __name__ == "__main__":
    main()
