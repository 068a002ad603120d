from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InputError
from euthymia.model.head.place.mni import MniMap

near_identity = st.lists(st.floats(-0.2, 0.2), min_size=12, max_size=12)


@given(near_identity, st.lists(st.floats(-100, 100), min_size=3, max_size=3))
def test_to_mni_and_back_is_where_one_was(entries: list[float], point: list[float]) -> None:
    matrix = np.eye(4)
    matrix[:3] += np.array(entries).reshape(3, 4)
    linear = MniMap(matrix, 5.0, "test")
    assert np.allclose(linear.back(linear.forward(point)), point, atol=1e-9)
    assert linear.forward([point, point]).shape == (2, 3)


def test_a_mirroring_map_is_refused() -> None:
    with pytest.raises(InputError, match="mirrors"):
        MniMap(np.diag([-1.0, 1.0, 1.0, 1.0]), 5.0, "test")


def test_a_map_with_holes_is_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        MniMap(np.full((4, 4), np.nan), 5.0, "test")
