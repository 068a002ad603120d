"""A file sealed with a passphrase: read and written as a stream, every part of it authenticated.

    magic | salt, cost, prefix | tag that tells a wrong passphrase | part | part | ... | last part

The key is scrypt's of the passphrase and the file's own salt. Parts are sealed by AES-256-GCM; the
nonce of a part holds its number and whether it is the last one, and each vouches for the header,
too. So no part can be changed, left out, put elsewhere or cut off without being noticed.
"""

from __future__ import annotations

import os
import unicodedata
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from euthymia.core.errors import InputError

MAGIC = b"Euthymia sealed 1\n"
SHORTEST_PASSPHRASE = 12
COST_LOG2 = 17
"""scrypt's N as a power of two, with r 8, p 1: each try costs 128 MB of memory (OWASP's least)."""

_COSTS = range(10, 23)
_SALT, _PREFIX, _TAG = 16, 7, 16
_HEADER = len(MAGIC) + _SALT + 1 + _PREFIX
_PART = 1 << 20
_MIDDLE, _LAST, _CHECK = 0, 1, 2


class SealedWriter:
    """Seals what is written to it; `finish` writes the last part, without which nothing opens."""

    def __init__(self, file: IO[bytes], passphrase: str, cost_log2: int = COST_LOG2) -> None:
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise InputError(
                "passphrase",
                f"it is shorter than {SHORTEST_PASSPHRASE} characters",
                "Choose a longer one, such as five words that nobody would put together",
            )
        salt, self._prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        self._file, self._waiting, self._number = file, bytearray(), 0
        self._header = MAGIC + salt + bytes([cost_log2]) + self._prefix
        self._box = _box(passphrase, salt, cost_log2)
        file.write(self._header)
        file.write(self._box.encrypt(_nonce(self._prefix, 0, _CHECK), b"", self._header))

    def write(self, data: bytes) -> int:
        """Seal every part that is full, and keep the rest for the next one."""
        self._waiting += data
        while len(self._waiting) > _PART:
            self._seal(bytes(self._waiting[:_PART]), _MIDDLE)
            del self._waiting[:_PART]
        return len(data)

    def flush(self) -> None:
        """Nothing: a part is written when it is full."""

    def finish(self) -> None:
        """Write the last part."""
        self._seal(bytes(self._waiting), _LAST)
        self._waiting.clear()

    def _seal(self, part: bytes, which: int) -> None:
        nonce = _nonce(self._prefix, self._number, which)
        self._file.write(self._box.encrypt(nonce, part, self._header))
        self._number += 1


class SealedReader:
    """Gives back what was sealed, and nothing that was not.

    Raises InputError for a wrong passphrase and for a file that was cut off or changed.
    """

    def __init__(self, file: IO[bytes], passphrase: str, name: str) -> None:
        self._file, self._name = file, name
        self._header = file.read(_HEADER)
        check = file.read(_TAG)
        if len(check) < _TAG or not self._header.startswith(MAGIC):
            raise self._refused("it was cut off at its beginning")
        salt = self._header[len(MAGIC) : len(MAGIC) + _SALT]
        cost_log2, self._prefix = self._header[-_PREFIX - 1], self._header[-_PREFIX:]
        if cost_log2 not in _COSTS:
            raise self._refused("its beginning was changed")
        self._box = _box(passphrase, salt, cost_log2)
        try:
            self._box.decrypt(_nonce(self._prefix, 0, _CHECK), check, self._header)
        except InvalidTag:
            raise InputError(
                name,
                "the passphrase is not the one that it was encrypted with",
                "Give the right one; nothing was changed",
            ) from None
        self._ready, self._number, self._ended = bytearray(), 0, False
        self._ahead = file.read(_PART + _TAG)

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer only at the end; all that are left if `size` is negative."""
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._ready += self._next()
        taken = bytes(self._ready if size < 0 else self._ready[:size])
        del self._ready[: len(taken)]
        return taken

    def _next(self) -> bytes:
        part, self._ahead = self._ahead, self._file.read(_PART + _TAG)
        self._ended = not self._ahead
        nonce = _nonce(self._prefix, self._number, _LAST if self._ended else _MIDDLE)
        self._number += 1
        try:
            return self._box.decrypt(nonce, part, self._header)
        except InvalidTag:
            raise self._refused("it was cut off or changed after it was encrypted") from None

    def _refused(self, problem: str) -> InputError:
        return InputError(self._name, problem, "Nothing was changed; use another backup")


def is_sealed(file: IO[bytes]) -> bool:
    """Whether that begins as a sealed file does; the file stands at its beginning again."""
    begins = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    return begins


def _box(passphrase: str, salt: bytes, cost_log2: int) -> AESGCM:
    # The same letters typed on another keyboard may be other code points.
    text = unicodedata.normalize("NFC", passphrase).encode()
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << cost_log2, r=8, p=1).derive(text))


def _nonce(prefix: bytes, number: int, which: int) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([which])
