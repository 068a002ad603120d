"""The name and version of this program, as it stands in what it makes."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def software() -> str:
    """What computed it: "euthymia 0.1.0"."""
    try:
        return f"euthymia {version('euthymia')}"
    except PackageNotFoundError:
        return "euthymia (not installed)"
