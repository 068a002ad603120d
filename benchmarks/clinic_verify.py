"""How long `euthymia verify` takes on a large clinic, by the number of processes that check.

    .venv/bin/python benchmarks/clinic_verify.py [PATIENTS] [--workers N ...]

Makes the synthetic clinic if it is not there (`clinic_volume.py`; 10,500 patients take some 40
minutes). Prints seconds of the clock and of the processors for each number of workers, and the
ratio to the first. Ends with 1 if anything was found that is not as it was written.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

from clinic_volume import PATIENTS, volume_clinic

_VERIFY = """
import django
django.setup()
from euthymia.clinic.operation.verifying import run
from euthymia.core.progress import SILENT
raise SystemExit(run(SILENT, workers={workers}))
"""


def main() -> int:
    """Measure; 1 if a fault was found."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("patients", type=int, nargs="?", default=PATIENTS)
    words.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    given = words.parse_args()
    volume_clinic(given.patients)
    first, bad = 0.0, 0
    for workers in given.workers:
        before, began = _processors_s(), time.perf_counter()
        script = _VERIFY.format(workers=workers)
        done = subprocess.run([sys.executable, "-c", script], check=False)
        took = time.perf_counter() - began
        first, bad = first or took, bad or done.returncode
        worked = _processors_s() - before
        sys.stdout.write(
            f"{given.patients:,} patients, {workers} workers: {took:.0f} s, "
            f"{worked:.0f} s of the processors, {first / took:.2f} times as fast\n"
        )
    return 1 if bad else 0


def _processors_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
