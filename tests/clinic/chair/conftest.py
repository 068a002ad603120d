"""An example clinic, in which synthetic patients may be treated in hurried time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from euthymia.clinic.config.place import Mode


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Let this be an example clinic with a folder of its own."""
    monkeypatch.setattr(
        settings, "PLACE", replace(settings.PLACE, mode=Mode.EXAMPLE, home=tmp_path)
    )
    yield tmp_path
