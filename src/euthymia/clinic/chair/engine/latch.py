"""The latch of the emergency stop: once it is pulled, the stimulator is neither armed nor fired."""

from __future__ import annotations

from threading import Lock

from django.utils.translation import gettext as _

from euthymia.treat.session.engine import EMERGENCY
from euthymia.treat.session.run_state import Ended


class StopLatch:
    """Stands between engine and stimulator, and can be pulled from any thread.

    The engine may be busy when somebody presses the emergency stop: it may wait for the disk to
    take an entry. Where the stimulator is disarmed at that moment, the latch alone keeps it so,
    and the press is answered at once; where it is armed, the answer waits for the engine, which
    touches no disk then.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._pulled = self._safe = False

    @property
    def safe(self) -> bool:
        """Whether the stimulator was disarmed when it last said so, and not armed since."""
        return self._safe

    @property
    def holds(self) -> bool:
        """Whether it was pulled and the stimulator is disarmed: no pulse comes any more."""
        with self._lock:
            return self._pulled and self._safe

    def pull(self) -> None:
        """Let nothing through from now on."""
        with self._lock:
            self._pulled = True

    def let_through(self) -> None:
        """Before arming and before firing; ends the session where the latch was pulled."""
        with self._lock:
            if self._pulled:
                raise Ended(EMERGENCY, _("Emergency stop"), stays_open=True)
            self._safe = False

    def disarmed(self) -> None:
        """The stimulator has said that it is disarmed."""
        with self._lock:
            self._safe = True
