"""The binary answers of the bench."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from euthymia.clinic.bench.wire import packed, unpacked
from euthymia.core.errors import InputError

KINDS = (np.float32, np.float16, np.uint32, np.uint8, np.int8)


@given(
    st.dictionaries(
        st.text("abc_", min_size=1, max_size=6),
        st.sampled_from(KINDS).flatmap(
            lambda kind: hnp.arrays(kind, hnp.array_shapes(max_dims=3, min_side=0, max_side=5))
        ),
        max_size=4,
    ),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=3),
)
def test_what_is_packed_is_unpacked_unchanged(arrays: dict, meta: dict) -> None:
    found, back = unpacked(packed(meta, arrays))
    assert found == meta
    assert set(back) == set(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert np.array_equal(back[name], array, equal_nan=array.dtype.kind == "f")


def test_every_array_begins_where_the_browser_can_lay_it_over_the_buffer() -> None:
    content = packed({"a": 1}, {"odd": np.zeros(3, np.uint8), "wide": np.ones(2, np.float32)})
    length = int.from_bytes(content[4:8], "little")
    assert length % 8 == 0
    assert unpacked(content)[1]["wide"].tolist() == [1.0, 1.0]
    assert len(content) % 8 == 0


def test_a_kind_of_number_that_the_browser_does_not_read_is_refused() -> None:
    with pytest.raises(TypeError, match="float64"):
        packed({}, {"a": np.zeros(2)})


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(InputError, match="does not begin as one"):
        unpacked(b"<html>")
