"""What some pages need and the start does not: imported in the background once the server runs.

So no reader waits for it, and it is rarely first asked for by two requests at once.
"""

from __future__ import annotations

import gc
import threading
from importlib import import_module

AFTER_S = 3.0
"""So long the server has the processor to itself: for those who were waiting for it to start."""

PARTS = (
    "scipy.stats",
    "scipy.optimize",
    "euthymia.learn.forecast.ordinal_filter",
    "euthymia.clinic.bench.scene",
    "euthymia.clinic.prescribing.planning",
    "euthymia.report.letter.document",
)


def warm_later() -> None:
    """Begin to import them a little later, in a thread that nobody waits for."""
    timer = threading.Timer(AFTER_S, warm)
    timer.name = "warming"
    timer.daemon = True
    timer.start()


def warm() -> None:
    """Import them, and take what stands in memory by then out of every later search for garbage.

    Such a search goes through some hundred thousand objects of modules, which never become
    garbage; a page during which it happened took 0.2 s longer.
    """
    for name in PARTS:
        import_module(name)
    gc.collect()
    gc.freeze()
