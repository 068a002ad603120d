"""A lock on an open file that other processes respect, on every operating system."""

from __future__ import annotations

import errno
import sys
import time
from types import TracebackType

from euthymia.core.errors import InputError

_PAUSE_S = 0.005
_ATTEMPTS = 4_000
_HELD_ELSEWHERE = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
# Windows locks bytes, and forbids others to read them: so lock one that no chart ever reaches.
_FAR_BYTE = 2**31 - 2

if sys.platform == "win32":
    import msvcrt
    import os

    def _try_lock(descriptor: int, exclusive: bool) -> None:
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _try_lock(descriptor: int, exclusive: bool) -> None:
        kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class FileLock:
    """Holds a lock on an open file for the length of a `with` block.

    Exclusive for writing; shared for reading (exclusive, too, where the system knows no shared
    lock). Waits about 20 s for another holder, then raises InputError. The system frees the lock
    when its holder dies. Where the file system knows no locks, a reader goes on without one and a
    writer is refused.
    """

    def __init__(self, descriptor: int, name: str, *, exclusive: bool) -> None:
        self._descriptor = descriptor
        self._name = name
        self._exclusive = exclusive
        self._held = False

    def __enter__(self) -> FileLock:
        for _ in range(_ATTEMPTS):
            try:
                _try_lock(self._descriptor, self._exclusive)
            except OSError as error:
                if error.errno in _HELD_ELSEWHERE:
                    time.sleep(_PAUSE_S)
                    continue
                if not self._exclusive:
                    return self
                raise InputError(
                    self._name,
                    f"its file system cannot lock files ({error.strerror})",
                    "Keep charts on a file system with locks, such as a local disk",
                ) from None
            self._held = True
            return self
        raise InputError(
            self._name,
            "another program is holding it",
            "Wait until that program has finished, then try again",
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._held:
            _unlock(self._descriptor)
            self._held = False
