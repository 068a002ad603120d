"""What holds for every test: nothing may depend on how fast the machine is."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings

settings.register_profile(
    "euthymia", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("euthymia")

SHARING_FOLDERS = {"tests/clinic/bench", "tests/clinic/example"}
"""Their samples are made once in each process that runs one of their tests."""

# Many tests start processes of their own; these need not compile every module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell that runs the tests in its background has them ignore Ctrl-C, and so would every process
# that a test begins, and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers: one of them makes what tests share, and no long test comes last."""
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        group = mark.args[0] if mark is not None else _shares_with(item)
        # The plugin reads the group at the end of the id. It puts it there itself, but into a
        # field that pytest has ceased to read (pytest 9.2 with pytest-xdist 3.8).
        if group is not None and not item.nodeid.endswith(f"@{group}"):
            item._id = NodeId.parse(f"{item.nodeid}@{group}")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def _shares_with(item: pytest.Item) -> str | None:
    """The folder or module with whose other tests a test shares what takes long to make."""
    module = item.nodeid.partition("::")[0]
    folder = module.rpartition("/")[0]
    if folder in SHARING_FOLDERS:
        return folder
    known = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    shares = any(each.scope == "module" for found in known.values() for each in found)
    return module if shares else None
