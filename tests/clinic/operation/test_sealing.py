"""A sealed file opens with its passphrase only, and only if it is whole."""

from __future__ import annotations

import sys
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.clinic.operation.passphrase import (
    FILE_VARIABLE,
    VARIABLE,
    asked_passphrase,
    given_passphrase,
)
from euthymia.clinic.operation.sealing import MAGIC, SealedReader, SealedWriter, is_sealed
from euthymia.core.errors import InputError

PASSPHRASE = "quiet otter, 4 lanterns"
PART = 1 << 20
CHEAP = 10
HEADER = len(MAGIC) + 16 + 1 + 7
BEFORE_PARTS = HEADER + 16


def sealed(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    file = BytesIO()
    writer = SealedWriter(file, passphrase, CHEAP)
    for start in range(0, len(data), 300_000):
        writer.write(data[start : start + 300_000])
    writer.finish()
    return file.getvalue()


def opened(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return SealedReader(BytesIO(data), passphrase, "the file").read()


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 5])
def test_what_was_sealed_comes_out_the_same(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    file = BytesIO(sealed(data[:size]))
    assert is_sealed(file)
    assert size < 16 or data[:16] not in file.getvalue()
    reader = SealedReader(file, PASSPHRASE, "the file")
    pieces = iter(lambda: reader.read(70_001), b"")
    assert b"".join(pieces) == data[:size]


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert sealed(b"x" * 100)[BEFORE_PARTS:] != sealed(b"x" * 100)[BEFORE_PARTS:]


def test_another_passphrase_is_refused_in_one_sentence() -> None:
    with pytest.raises(InputError) as refused:
        opened(sealed(b"Dear colleague"), "quiet otter, 5 lanterns")
    assert str(refused.value) == (
        "the file: the passphrase is not the one that it was encrypted with. "
        "Give the right one; nothing was changed."
    )


def test_a_passphrase_typed_on_another_keyboard_opens() -> None:
    assert opened(sealed(b"x", "caf\u00e9 au lait, 3 cups"), "cafe\u0301 au lait, 3 cups") == b"x"


def test_a_short_passphrase_seals_nothing() -> None:
    with pytest.raises(InputError, match="shorter than 12"):
        SealedWriter(BytesIO(), "eleven char", CHEAP)


SMALL = sealed(b"Dear colleague")


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(SMALL) - 1), bit=st.integers(0, 7))
def test_any_changed_bit_is_noticed(at: int, bit: int) -> None:
    changed = bytearray(SMALL)
    changed[at] ^= 1 << bit
    if at == HEADER - 8 and changed[at] > 14:
        return  # a cost that this test would have to pay
    with pytest.raises(InputError):
        opened(bytes(changed))


def test_parts_that_were_cut_off_doubled_or_exchanged_are_noticed() -> None:
    whole = sealed(bytes(2 * PART) + b"end")
    first, second = (
        whole[BEFORE_PARTS + n * (PART + 16) : BEFORE_PARTS + (n + 1) * (PART + 16)] for n in (0, 1)
    )
    head, last = whole[:BEFORE_PARTS], whole[BEFORE_PARTS + 2 * (PART + 16) :]
    assert opened(head + first + second + last) == bytes(2 * PART) + b"end"
    for parts in (
        (first, second),
        (first,),
        (),
        (second, first, last),
        (first, last),
        (first, second, second, last),
        (first, second, last, last),
        (first, second, last[:-1]),
        (first, second, last + b"x"),
    ):
        with pytest.raises(InputError, match="cut off or changed"):
            opened(head + b"".join(parts))
    for length in (len(MAGIC), HEADER, BEFORE_PARTS - 1):
        with pytest.raises(InputError, match="cut off"):
            opened(whole[:length])


# Where the passphrase comes from ---------------------------------------------------------------


def test_a_passphrase_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (VARIABLE, FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stdin", StringIO("typed ahead, by a pipe"))
    assert given_passphrase() is None
    with pytest.raises(InputError, match="nobody to be asked"):
        asked_passphrase(twice=False)
    monkeypatch.setenv(VARIABLE, "of the environment")
    assert given_passphrase() == "of the environment"
    file = tmp_path / "passphrase"
    file.write_text("of the file \n")
    assert given_passphrase(file) == "of the file "
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    assert given_passphrase() == "of the file "
    for text in ("two\nlines\n", "\n"):
        file.write_text(text)
        with pytest.raises(InputError, match="does not hold one line"):
            given_passphrase()
    with pytest.raises(InputError, match="no such file"):
        given_passphrase(tmp_path / "nothing")
