"""The field on tetrahedra against OpenMEEG's boundary elements, where no closed form exists."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "ellipsoid.py"
SPLITS = 5  # 252 vertices a surface; the benchmark takes 642, which takes minutes


@pytest.mark.slow
def test_an_ellipsoid_agrees_with_boundary_elements() -> None:
    pytest.importorskip("openmeeg")
    specification = importlib.util.spec_from_file_location("ellipsoid", SCRIPT)
    assert specification is not None and specification.loader is not None
    ellipsoid = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(ellipsoid)
    points, dipoles = ellipsoid.setting()
    expected = ellipsoid.boundary_element_field(points, *dipoles, SPLITS)
    found = ellipsoid.tetra_field(points, dipoles, 7.0)
    assert ellipsoid.difference(found, expected) < 0.018
