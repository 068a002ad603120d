"""Real data that some tests read where it is present; the product never needs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_file(name: str) -> Path:
    """The file of that relative name in the shared data folder, or skip the test, saying so.

    The folder stands beside the repository (`../shared/data`) or where EUTHYMIA_TEST_DATA points.
    """
    path = Path(os.environ.get("EUTHYMIA_TEST_DATA", _DEFAULT)) / name
    if not path.exists():
        pytest.skip(f"the shared test data has no {name} here")
    return path
